"""One apply of one module by the run that has it: recover, plan, apply, record.

The order of steps is what makes a kill harmless at any moment: a marker before Terraform starts,
the record after it has ended well, the marker away after the record. What a dead run created
without living to write its state is imported by the next, never created twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, Protocol

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Change, Marker, Module, Record, Standing, StateVersion
from gitiam.outcomes import Outcome
from gitiam.plans import ModulePlan
from gitiam.sync.apply.fate import Fate, destruction, extra_files, fate_of, is_idle, targets
from gitiam.sync.apply.recovery import Found, Live, Recovery, kept_files
from gitiam.sync.apply.run import trail
from gitiam.sync.apply.shown import WHOLE
from gitiam.sync.aws.session import Purpose
from gitiam.sync.store.lease import Lease
from gitiam.sync.store.ledger import Ledger, Page
from gitiam.sync.store.objects import at_once
from gitiam.sync.store.state import ModuleState, State, lock_in_bucket
from gitiam.sync.terraform.workspace import (
    StateLockedError,
    Terraform,
    TerraformError,
    TerraformKilledError,
    Variables,
)

#: The modules whose principals may be destroyed, by name; or all of them.
AllowDestroy = frozenset[str] | Literal["all"]


class Intent(Protocol):
    """Judges a plan before it is applied: whether it is what was meant, and what was shown."""

    def check(
        self,
        change: Change,
        record: Record | None,
        marker: Marker | None,
        plan: ModulePlan,
        *,
        may_destroy: bool,
    ) -> str | None:
        """GitiamError stops the module; else by which rule a difference is let pass, if any."""
        ...


@dataclass(frozen=True)
class Tools:
    """What every module of one run is applied with."""

    terraform: Terraform
    ledger: Ledger
    live: Live
    run: Mapping[str, str] = field(default_factory=dict)
    allow_destroy: AllowDestroy = frozenset()
    adopt: frozenset[str] = frozenset()
    intent: Intent | None = None

    def may_destroy(self, key: ModuleKey) -> bool:
        """Whether the principal or shared policy of this module may itself be destroyed."""
        return self.allow_destroy == "all" or str(key) in self.allow_destroy


class Attempt:
    """Under its lease. `left` is the marker that was taken over, if there was one.

    `guess` is what the ledger said when the run began; `breaks_lock`: the lock on its state is a
    dead run's, somebody has said.
    """

    def __init__(
        self,
        tools: Tools,
        change: Change,
        guess: Standing,
        lease: Lease,
        left: Marker | None,
        *,
        breaks_lock: bool = False,
    ) -> None:
        #: Whether anything may have been changed in AWS.
        self.has_begun = False
        self._tools = tools
        self._change = change
        self._module = change.module
        self._guess = guess
        self._lease = lease
        self._left = left
        self._breaks_lock = breaks_lock
        self._state = ModuleState(tools.ledger.objects, change.key)
        self._page = Page()
        self._seen = State()
        self._notes: list[str] = []
        self._passed: str | None = None
        self._began = datetime.now(UTC)
        #: What the marker says if this attempt fails.
        self._leaving = lease.marker

    def run(self) -> Outcome:
        """Make it so, and record it; GitiamError when it fails."""
        self._look()
        if self._was_applied_by_another:
            self._lease.end()
            return Outcome(by_another=True)
        fate = self._fate()
        self._break_lock()
        recovery = self._recovered()
        found = recovery.look(self._left)
        self._begin(found)
        outcome = self._run_twice(recovery, found, fate)
        if fate.kept:
            self._leaving = replace(self._leaving, kept=fate.kept)
            so_far = "its access was taken away, and it was kept"
            raise destruction(self._module.key, fate.kept, so_far)
        self._record(recovery.state)
        outcome.notes += self._notes
        outcome.passed = self._passed
        return outcome

    def let_go(self) -> None:
        """After a failure: leave the marker to the next run, or take it away if it says nothing."""
        if self._left is None and not self.has_begun:
            self._lease.end()
        else:
            shown = self._module.digest if self._passed in WHOLE else ""
            if not self.has_begun:
                shown = shown or self._still_shown
            self._lease.let_go(replace(self._leaving, reviewed=shown))

    @property
    def _still_shown(self) -> str:
        """What reviewers were shown before an earlier failure, if it is just what is wanted now."""
        left = self._left.reviewed if self._left else ""
        return left if left == self._module.digest else ""

    # -- before Terraform -------------------------------------------------------------------

    def _look(self) -> None:
        """What ledger and state say now that nobody else can change them.

        What the run began with may be long past. (A `cached_property` would not do: up to Python
        3.11 all modules would wait for each other there.)
        """
        self._page, self._seen = at_once(
            self._tools.ledger.objects,
            lambda: self._tools.ledger.page(self._module.key, self._guess),
            self._state.read,
        )

    @property
    def _was_applied_by_another(self) -> bool:
        """Whether just this has been recorded since the run began, and nothing is unfinished."""
        wanted = () if self._module.is_empty else (self._module.digest,)
        return self._left is None and self._page.standing.digests == wanted

    def _fate(self) -> Fate:
        return fate_of(
            self._module,
            self._page.record,
            self._left,
            lambda: self._seen.addresses,
            unfinished=self._left is not None,
            may_destroy=self._tools.may_destroy(self._module.key),
        )

    def _break_lock(self) -> None:
        if not self._breaks_lock:
            return
        lock = lock_in_bucket(self._tools.ledger.objects, self._module.key)
        if lock is not None:
            with self._tools.terraform.workspace(self._module) as workspace:
                workspace.force_unlock(lock.id)

    def _recovered(self) -> Recovery:
        """With the state as it would be had nobody died and nothing been lost."""
        record = self._page.record
        damage = self._seen.damage(record, self._left)
        missing = self._seen.missing(record)
        recovery = Recovery(
            self._tools.terraform,
            self._tools.live,
            self._module,
            self._state,
            record,
            is_doubtful=bool(damage or missing),
            adopts=str(self._module.key) in self._tools.adopt,
        )
        if self._left is not None:
            # What died between the record and its history has its history now.
            for known in self._page.records:
                self._tools.ledger.remember(self._module.key, known)
        if damage is not None:
            self._state.set_aside()
            self._notes.append(f"the Terraform state {damage}; made anew from the ledger")
        if damage or missing:
            recovery.rebuild(self._variables)
        if self._left is not None:
            recovery.settle(self._left, self._variables)
            recovery.untaint(self._variables)
        return recovery

    def _begin(self, found: Found) -> None:
        """Remember what was absent before anything is made. The claim says the rest already."""
        if self._left is None and not found.absent:
            return
        left = self._left or self._lease.marker
        self._lease.write(
            replace(
                self._lease.marker,
                digest=self._module.digest,
                absent=tuple(sorted({*left.absent, *found.absent})),
                creates={**left.creates, **self._module.creates},
                imports=self._module.imports,
                files=self._module.files,
                started_at=_timestamp(),
                run=self._tools.run,
                reviewed=self._still_shown,
                kept="",
                state=self._state.read().version,
            )
        )
        self._leaving = self._lease.marker

    # -- Terraform --------------------------------------------------------------------------

    def _run_twice(self, recovery: Recovery, found: Found, fate: Fate) -> Outcome:
        """Run, and once more if the Terraform of a killed run has created something meanwhile.

        What is still absent after a failure was not made by this run: whoever makes it later is
        somebody else. Of what an earlier run found absent that cannot be said.
        """
        marker = self._lease.marker
        try:
            return self._run(found.orphans, fate)
        except StateLockedError:
            raise
        except TerraformError as error:
            if isinstance(error, TerraformKilledError):
                self._break_own_lock()
            found = recovery.look(marker)
            if not found.orphans:
                before = set(self._left.absent if self._left else ())
                unmade = set(found.absent) - before
                absent = tuple(a for a in marker.absent if a not in unmade)
                self._leaving = replace(marker, absent=absent)
                raise
            return self._run(found.orphans, fate)

    def _break_own_lock(self) -> None:
        """Take away what the Terraform of this very attempt has left, which is known to be dead."""
        key = self._module.key
        lock = lock_in_bucket(self._tools.ledger.objects, key)
        if lock is not None and lock.is_since(self._began):
            with self._tools.terraform.workspace(self._module) as workspace:
                workspace.force_unlock(lock.id)

    def _run(self, orphans: Iterable[str], fate: Fate) -> Outcome:
        module, may_destroy = self._module, self._tools.may_destroy(self._module.key)
        aimed = targets(module, fate, self._state.read().addresses if fate.kept else ())
        if is_idle(fate, aimed):
            return Outcome()
        files = extra_files(module, orphans, fate, may_destroy=may_destroy)
        with self._tools.terraform.workspace(module, files) as workspace:
            if self._tools.intent is None:
                self.has_begun = True
                return workspace.apply(self._variables, aimed)
            return workspace.apply(self._variables, aimed, check=self._check)

    def _check(self, plan: ModulePlan) -> None:
        """The last moment at which nothing has moved yet."""
        if self._tools.intent is not None:
            self._passed = self._tools.intent.check(
                self._change,
                self._page.record,
                self._left,
                plan,
                may_destroy=self._tools.may_destroy(self._module.key),
            )
        # A machine that slept may have been taken for dead: then another run has the module.
        self._lease.confirm()
        self.has_begun = True

    @property
    def _variables(self) -> Variables:
        run = trail(self._tools.run)
        return Variables(self._module.account.roles.apply, Purpose.APPLY, run)

    # -- after Terraform --------------------------------------------------------------------

    def _record(self, state: ModuleState) -> None:
        """Write the record, if the module is still ours."""
        ledger, page = self._tools.ledger, self._page
        after, _ = at_once(ledger.objects, state.read, self._lease.confirm)
        if after.broken:
            raise GitiamError(
                f"Terraform ended well, but its state cannot be read: {after.broken}",
                hint="Run `gitiam apply` again: it makes the state anew",
            )
        record = _record(self._module, self._change, after.version, self._tools.run)
        record = replace(record, passed=self._passed or "")
        write = ledger.forget if self._module.is_empty else ledger.finish
        write(self._module.key, record, page.standing, page.versions, self._lease.end)


def claim(module: Module, run: Mapping[str, str]) -> Marker:
    """The marker of an apply that is about to begin."""
    return Marker(
        digest=module.digest,
        absent=(),
        creates=module.creates,
        imports=module.imports,
        files=module.files,
        started_at=_timestamp(),
        run=run,
    )


def _record(
    module: Module, change: Change, state: StateVersion | None, run: Mapping[str, str]
) -> Record:
    return Record(
        digest=module.digest,
        origins=module.origins,
        creates=module.creates,
        applied_at=_timestamp(),
        run=run,
        reasons=change.reasons,
        state=state,
        files=kept_files(module.files),
        imports=module.imports,
        approvals=change.approvals,
    )


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
