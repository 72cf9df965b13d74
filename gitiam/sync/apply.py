"""Applies pending modules: each by itself, in layers by kind, with the ledger written last.

The order of steps is what makes a kill harmless at any moment: a marker before Terraform starts,
the record after it has ended well, the marker away after the record. What a dead run created
without living to write its state is imported by the next, never created twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gitiam.errors import GitiamError
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Change, Marker, Module, Record, Standing, owned
from gitiam.outcomes import Outcome
from gitiam.sync.ledger import Ledger
from gitiam.sync.recovery import Found, Live, Recovery
from gitiam.sync.session import Purpose
from gitiam.sync.state import addresses_in_state, lock_in_bucket
from gitiam.sync.terraform import StateLockedError, Terraform, TerraformError, Variables

IMPORT_FILE = "gitiam_import.tf.json"
OVERRIDE_FILE = "gitiam_override.tf.json"

_TEMPLATE_SIGN = re.compile(r"[$%]")
REMOVED_FILE = "gitiam_removed.tf.json"


@dataclass(frozen=True, slots=True)
class Fate:
    """Of the principal itself: `kept` is its ARN where it stays behind without its access."""

    kept: str | None = None
    is_released: bool = False


@dataclass(frozen=True)
class Applier:
    """Everything that one run of apply needs. `run` says who and where, for the ledger."""

    terraform: Terraform
    ledger: Ledger
    live: Live
    standings: Mapping[ModuleKey, Standing]
    run: Mapping[str, str] = field(default_factory=dict)
    allow_destroy: bool = False
    break_locks: frozenset[str] = frozenset()

    def apply(self, change: Change) -> Outcome:
        """Apply one module and record it; GitiamError when it fails, and then it stays pending."""
        module = change.module
        standing = self.standings.get(change.key, Standing())
        record = self.ledger.record(change.key, standing)
        marker = self.ledger.marker(change.key) if standing.unfinished else None
        fate = self._fate(module, record, marker)
        self._break_lock(module)
        if marker is not None:
            self._recovery.settle(module, marker, self._variables(module))
        found = self._recovery.look(module, record, marker)
        before = frozenset(marker.absent if marker else ())
        marker = self._marker(module, marker, found.absent)
        self.ledger.begin(change.key, marker)
        outcome = self._run_twice(module, record, marker, found, fate, before)
        if fate.kept:
            raise _destruction(fate.kept, "its access was taken away, and it was kept")
        self._write(change, standing)
        return outcome

    def _run_twice(
        self,
        module: Module,
        record: Record | None,
        marker: Marker,
        found: Found,
        fate: Fate,
        before: frozenset[str],
    ) -> Outcome:
        """Run, and once more if the Terraform of a killed run has created something meanwhile.

        What is still absent after a failure was not made by this run: whoever makes it later is
        somebody else. Of what an earlier run found absent, `before`, that cannot be said.
        """
        try:
            return self._run(module, found.orphans, fate)
        except StateLockedError:
            raise
        except TerraformError:
            found = self._recovery.look(module, record, marker)
            if not found.orphans:
                unmade = set(found.absent) - before
                absent = tuple(a for a in marker.absent if a not in unmade)
                self.ledger.begin(module.key, replace(marker, absent=absent))
                raise
            return self._run(module, found.orphans, fate)

    def _run(self, module: Module, orphans: Iterable[str], fate: Fate) -> Outcome:
        targets = self._all_but_itself(module) if fate.kept else []
        if fate.kept and not targets:
            # Without a target, Terraform would take the module as a whole.
            return Outcome()
        files = self._extra_files(module, orphans, fate)
        with self.terraform.workspace(module, files) as workspace:
            return workspace.apply(self._variables(module), targets)

    def _break_lock(self, module: Module) -> None:
        if str(module.key) not in self.break_locks:
            return
        lock = lock_in_bucket(self.ledger.objects, module.key)
        if lock is not None:
            with self.terraform.workspace(module) as workspace:
                workspace.force_unlock(lock)

    def _fate(self, module: Module, record: Record | None, marker: Marker | None) -> Fate:
        """What becomes of the principal that the module made before.

        Where somebody still asks for its access, it is not meant to go: gitiam lets go of it, and
        only attaches to it from now on. Otherwise it is kept, while its access goes, until
        --allow-destroy. GitiamError where that cannot be: when it would be made anew elsewhere, or
        when it is a policy, which has no access apart from itself.
        """
        made = self._made(module, record, marker)
        if made is None or made == module.owns:
            return Fate()
        if not module.owns and not module.is_empty:
            return Fate(is_released=True)
        if self.allow_destroy:
            return Fate()
        if module.owns or module.key.kind is Kind.POLICY:
            raise _destruction(made, "nothing was done")
        return Fate(kept=made)

    def _made(self, module: Module, record: Record | None, marker: Marker | None) -> str | None:
        """The principal or policy that this module has made so far; a lost record hides none."""
        known = owned(record.creates if record else {}) or owned(marker.creates if marker else {})
        is_sure = record is not None and not self.standings[module.key].unfinished
        if known or is_sure or module.owns:
            return known
        in_state = addresses_in_state(self.ledger.objects, module.key)
        return str(module.key) if _own_address(module) in in_state else None

    def _all_but_itself(self, module: Module) -> list[str]:
        """Every resource in the module and in its state, but for the principal itself."""
        known = addresses_in_state(self.ledger.objects, module.key) | module.imports.keys()
        return sorted(known - {_own_address(module)})

    @property
    def _recovery(self) -> Recovery:
        return Recovery(self.terraform, self.ledger.objects, self.live)

    def _write(self, change: Change, standing: Standing) -> None:
        record = self._record(change)
        if change.module.is_empty:
            self.ledger.forget(change.key, record, standing)
        else:
            self.ledger.finish(change.key, record, standing)

    def _extra_files(self, module: Module, orphans: Iterable[str], fate: Fate) -> dict[str, str]:
        files = {}
        if fate.is_released:
            block = {"from": _own_address(module), "lifecycle": {"destroy": False}}
            files[REMOVED_FILE] = json.dumps({"removed": [block]})
        blocks = [{"to": a, "id": _no_template(module.imports[a])} for a in orphans]
        if blocks:
            files[IMPORT_FILE] = json.dumps({"import": blocks})
        if self.allow_destroy and module.owns:
            unguarded = {"lifecycle": {"prevent_destroy": False}}
            resource = {f"aws_iam_{module.key.kind}": {"this": unguarded}}
            files[OVERRIDE_FILE] = json.dumps({"resource": resource})
        return files

    def _variables(self, module: Module) -> Variables:
        return Variables(module.account.roles.apply, Purpose.APPLY, self.run.get("id", ""))

    def _marker(self, module: Module, previous: Marker | None, absent: Iterable[str]) -> Marker:
        before = previous or Marker("", (), {}, {}, {}, "")
        return Marker(
            digest=module.digest,
            absent=tuple(sorted({*before.absent, *absent})),
            creates={**before.creates, **module.creates},
            imports=module.imports,
            files=module.files,
            started_at=_timestamp(),
            run=self.run,
        )

    def _record(self, change: Change) -> Record:
        module = change.module
        return Record(
            digest=module.digest,
            origins=module.origins,
            creates=module.creates,
            applied_at=_timestamp(),
            run=self.run,
            reasons=change.reasons,
        )


def _own_address(module: Module) -> str:
    return f"aws_iam_{module.key.kind}.this"


def _no_template(text: str) -> str:
    """Text as it stands in Terraform's JSON, where every string is a template."""
    return _TEMPLATE_SIGN.sub(r'${"\g<0>"}', text)


def _destruction(arn: str, so_far: str) -> GitiamError:
    return GitiamError(
        f"this would destroy {arn} itself, and not only its access; {so_far}",
        hint="If that is meant, apply it with --allow-destroy",
    )


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
