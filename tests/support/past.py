"""Plays a history on an estate in a folder, with AWS, Terraform and the store in memory.

After every step it looks whether what gitiam holds to be settled is what is live.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import renderer_for
from gitiam.desired.state import INLINE_NAME, Desired, DesiredState
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Change, Module, Standing
from gitiam.outcomes import Result
from gitiam.policy.statement import document_text
from gitiam.render.changes import Files, pending
from gitiam.render.module import Renderer
from gitiam.render.templates import Templates
from gitiam.report.effort import first
from gitiam.shipped import templates_dir
from gitiam.sync.apply import Applier
from gitiam.sync.lease import Clock, Leases
from gitiam.sync.ledger import Ledger, record_key
from gitiam.sync.objects import Objects
from gitiam.sync.schedule import Watch, run_all
from gitiam.sync.state import state_key
from tests.support.histories import (
    BASE,
    BEGIN,
    FOREIGN,
    IDS,
    NOTE,
    Apply,
    Die,
    Fail,
    History,
    Lose,
    Overlap,
    Remove,
    Step,
    Wait,
    Write,
)
from tests.support.memory_iam import Entity, MemoryIam, spot
from tests.support.memory_terraform import Estatewide, Failure, Hasty, memory_terraform
from tests.support.objects import (
    PATIENCE,
    Crash,
    CrashingObjects,
    MemoryObjects,
    PausingObjects,
    ProcessObjects,
)

_OWN_POLICY = "arn:aws:iam::aws:policy/job-function/Billing"


class RememberingObjects(MemoryObjects):
    """A store that knows every state that there has been, as a bucket with versions does."""

    def __init__(self) -> None:
        super().__init__()
        self.past: dict[str, list[bytes]] = {}

    def _put(self, key: str, data: bytes) -> str:
        if key.startswith("state/"):
            self.past.setdefault(key, []).append(data)
        return super()._put(key, data)


class Estate(EstateContext):
    """The estate in a folder, without the bundles: no request here names one."""

    @property
    def bundle_folders(self) -> list[Path]:
        """None."""
        return []


@dataclass(frozen=True)
class Sight:
    """The estate as it is now: what it asks for, and which modules that gives."""

    context: Estate
    note: str = ""

    @cached_property
    def state(self) -> DesiredState:
        """What is desired."""
        return self.context.state

    @property
    def is_blocked(self) -> bool:
        """Whether gitiam would do nothing at all."""
        estate = self.context.estate
        return bool(estate.findings or self.state.unfit or self.state.unresolved)

    @cached_property
    def renderer(self) -> Renderer:
        """Of this estate, its templates included."""
        return replace(renderer_for(self.context), templates=_templates(self.note))

    @cached_property
    def modules(self) -> dict[ModuleKey, Module]:
        """All modules."""
        return self.renderer.modules(self.state)

    def pending(self, ledger: Ledger) -> tuple[Change, ...]:
        """What differs from the ledger."""
        standings = ledger.standings()
        expired = frozenset(request.path for request in self.state.expired)
        files = Files(frozenset(self.context.tree.files), expired)
        read = {key: ledger.record(key, standing) for key, standing in standings.items()}
        return pending(self.modules, standings, self.renderer.empty, read.get, files)


@dataclass
class Run:
    """One `gitiam apply`: what it saw, what it may, and how its modules ended, unless it `died`.

    `waiting` is all that was pending, `chosen` what it was to apply.
    """

    objects: Objects
    sight: Sight
    chosen: Sequence[Change]
    waiting: frozenset[ModuleKey]
    allow_destroy: bool = False
    results: list[Result] = field(default_factory=list)
    died: bool = False


@dataclass
class Past:
    """An estate, its accounts, its store and its clock."""

    root: Path
    base: Mapping[str, str] = field(default_factory=lambda: BASE)
    now: datetime = BEGIN
    iam: MemoryIam = field(default_factory=MemoryIam)
    objects: RememberingObjects = field(default_factory=RememberingObjects)
    files: dict[str, str] = field(default_factory=dict)
    sights: dict[Any, Sight] = field(default_factory=dict)
    #: Modules of which the ledger or the state has lost something since they were last applied.
    hurt: dict[ModuleKey, str] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Nothing is applied yet, and some are there already."""
        self.shared = Estatewide(self.iam)
        for path, text in self.base.items():
            self._write(path, text)
        for account in IDS.values():
            for principal in FOREIGN:
                self.iam.create(_foreign(account, principal))

    @property
    def ledger(self) -> Ledger:
        """As anybody sees it."""
        return Ledger(self.objects)

    def play(self, history: History) -> None:
        """All of it, and then an apply that nothing disturbs: it must bring everything right."""
        self.tally["histories"] += 1
        for step in history:
            self.do(step)
            self.check()
        self.settle()

    def do(self, step: Step) -> None:
        """One step."""
        self.tally[type(step).__name__] += 1
        match step:
            case Write():
                self._write(step.path, step.spelled_out)
            case Remove(path):
                self._remove(path)
            case Wait(by):
                self.now += by
            case Lose():
                self._lose(step)
            case Apply():
                self._apply(step)
            case Overlap():
                self._overlap(step)

    # -- files ------------------------------------------------------------------------------

    def _write(self, path: str, text: str) -> None:
        self.files[path] = text
        if path == NOTE:
            return
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def _remove(self, path: str) -> None:
        if self.files.pop(path, None) is not None and path != NOTE:
            (self.root / path).unlink()

    def look(self) -> Sight:
        """The estate now; looked at once as long as it stays as it is."""
        at = (self.now, *sorted(self.files.items()))
        if at not in self.sights:
            context = Estate(self.root, None, None)
            context.now = self.now
            sight = Sight(context, self.files.get(NOTE, ""))
            if not sight.is_blocked:
                assert sight.modules is not None
            self.sights[at] = sight
        return self.sights[at]

    def _lose(self, step: Lose) -> None:
        keys = sorted(self.ledger.standings(), key=str)
        if not keys:
            return
        key = keys[step.which % len(keys)]
        if key in self.hurt:
            return
        standing = self.ledger.standings()[key]
        lost = record_key(key, standing.digests[0]) if standing.digests else ""
        where = state_key(key)
        match step.what:
            case "record" if lost:
                self.objects.delete(lost)
            case "state":
                self.objects.delete(where)
            case "old" if where in self.objects.past:
                self.objects.put(where, self.objects.past[where][0])
            case _:
                return
        self.hurt[key] = step.what

    # -- applies ----------------------------------------------------------------------------

    def _apply(self, step: Apply) -> None:
        sight = self.look()
        if sight.is_blocked:
            return
        changes = list(sight.pending(self.ledger))
        waiting = frozenset(change.key for change in changes)
        if step.only and changes:
            picked = {changes[n % len(changes)].key for n in step.only}
            changes = [change for change in changes if change.key in picked]
        if step.at_most is not None:
            changes = list(first(changes, step.at_most))
        objects: ProcessObjects = ProcessObjects(self.objects)
        if isinstance(step.harm, Die):
            objects = CrashingObjects(self.objects, step.harm.at, after=step.harm.late)
        if isinstance(step.harm, Fail) and changes:
            self._plant(step.harm, changes)
        run = Run(objects, sight, changes, waiting, step.allow_destroy)
        self._go(run)
        self.shared.failing.clear()
        self._judge(run, step.harm)

    def _plant(self, harm: Fail, changes: Sequence[Change]) -> None:
        key = changes[harm.which % len(changes)].key
        # What passes by passes after a while, or later than gitiam has patience.
        times = harm.after * 2 if harm.how == "throttled" else 1
        self.shared.failing[key] = Failure(harm.how, harm.after, max(times, 1))

    def _go(self, run: Run, *, others_live: bool = False) -> None:
        """Apply what it has chosen, one module after the other."""
        ledger, before = Ledger(run.objects), len(self.iam.destroyed)
        clock = Clock(pause=lambda seconds: None)
        allowed = frozenset(str(c.key) for c in run.chosen) if run.allow_destroy else frozenset()
        try:
            applier = Applier(
                memory_terraform(self.shared, run.objects),
                ledger,
                self.iam,
                ledger.standings(),
                {"actor": "tests"},
                allowed,
                leases=Leases(run.objects, 0, clock, is_gone=lambda holder: not others_live),
            )
            run.results = run_all(run.chosen, applier.apply, 1, Hasty(), Watch())
        except Crash:
            run.died = True
            self.tally["runs killed"] += 1
        if not run.allow_destroy:
            gone = self.iam.destroyed[before:]
            assert all("/policy/gitiam-" in home for home in gone), f"nobody said so: {gone}"
        self.tally["modules applied"] += sum(result.error is None for result in run.results)
        self.tally["modules failed"] += sum(result.error is not None for result in run.results)

    def _overlap(self, step: Overlap) -> None:
        sight = self.look()
        if sight.is_blocked:
            return
        objects = PausingObjects(self.objects, step.at)
        early = self._whole(sight, objects)
        thread = threading.Thread(target=self._to_its_end, args=(early, objects), daemon=True)
        thread.start()
        assert objects.reached.wait(PATIENCE)
        if step.edit is not None:
            self.do(step.edit)
        later = self.look()
        if not later.is_blocked:
            second = self._whole(later, ProcessObjects(self.objects))
            self._go(second, others_live=not step.is_taken_for_dead)
        objects.released.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()

    def _to_its_end(self, run: Run, objects: PausingObjects) -> None:
        try:
            self._go(run)
        finally:
            objects.reached.set()

    def _whole(self, sight: Sight, objects: Objects, *, allow_destroy: bool = False) -> Run:
        """Of all that is pending."""
        changes = sight.pending(self.ledger)
        keys = frozenset(change.key for change in changes)
        return Run(objects, sight, changes, keys, allow_destroy)

    # -- what must be so --------------------------------------------------------------------

    def _judge(self, run: Run, harm: Fail | Die | None = None) -> None:
        """Only what was harmed may have failed, or what has a good reason."""
        if run.died:
            return
        failed = {result.change.key for result in run.results if result.error}
        for result in run.results:
            if result.error is None:
                self.hurt.pop(result.change.key, None)
                continue
            text = str(result.error)
            is_harmed = isinstance(harm, Fail) and any(
                word in text for word in ("injected", "Throttling", "is locked by somebody")
            )
            if not is_harmed:
                why = f"{result.change.key}: {text}"
                assert self._has_reason(result, run, failed), why

    def _has_reason(self, result: Result, run: Run, failed: set[ModuleKey]) -> bool:
        text, key = str(result.error), result.change.key
        if "this would destroy" in text:
            return not run.allow_destroy
        if "was not made by gitiam" in text or "EntityAlreadyExists" in text:
            home = spot(result.change.module.account.id, key.kind, key.name)
            return home in self.iam.released
        if "NoSuchEntity" in text or "DeleteConflict" in text:
            return self._depends(text, run, failed)
        return False

    def _depends(self, text: str, run: Run, failed: set[ModuleKey]) -> bool:
        """Whether something else has to come first, and did not: it failed, or was left out."""
        about = text.split(": ")[-1]
        done = {result.change.key for result in run.results} - failed
        if about.startswith("arn:"):
            return not any(
                key in done or key not in run.waiting
                for key in run.sight.modules
                if run.sight.modules[key].owns == about
            )
        if "NoSuchEntity" in text:
            return all(
                key not in done and key in run.waiting
                for key, module in run.sight.modules.items()
                if module.owns and spot(module.account.id, key.kind, key.name) == about
            )
        entity = self.iam.entities[about]
        users = [
            e
            for e in self.iam
            if entity.arn in e.attached or (entity.kind is Kind.GROUP and entity.name in e.groups)
        ]
        homes = {spot(IDS[k.account], k.kind, k.name): k for k in failed | run.waiting - done}
        wanted = {
            spot(IDS[key.account], Kind.GROUP, group)
            for key, desired in run.sight.state.modules.items()
            for group in desired.groups
        }
        return about in wanted or any(
            user.spot in homes or self._is_forgotten(user.spot) for user in users
        )

    def _is_forgotten(self, home: str) -> bool:
        """Whether the ledger's record was lost, and nobody can know any more what was made."""
        return any(
            spot(IDS[key.account], key.kind, key.name) == home
            for key, lost in self.hurt.items()
            if lost == "record"
        )

    def check(self) -> None:
        """What the ledger holds to be applied is live just so; nothing else of gitiam's is."""
        sight = self.look()
        if sight.is_blocked:
            return
        standings = self.ledger.standings()
        explained: dict[str, ModuleKey] = {}
        for key in {*sight.state.modules, *standings}:
            explained[spot(IDS[key.account], key.kind, key.name)] = key
        for key, module in sight.modules.items():
            if standings.get(key, Standing()).digest == module.digest:
                self._assert_live(sight.state.modules[key])
        for entity in self.iam:
            self._assert_explained(entity, explained, standings, sight)
        self._assert_foreign()

    def settle(self) -> None:
        """An apply that nothing disturbs, and that may destroy: after it all is as desired."""
        for path in sorted(self.files, reverse=True):
            if path.startswith("requests/") and self.look().is_blocked:
                self._remove(path)
        sight = self.look()
        assert not sight.is_blocked
        run = self._whole(sight, ProcessObjects(self.objects), allow_destroy=True)
        self._go(run)
        self._judge(run)
        self.check()
        failed = {result.change.key for result in run.results if result.error}
        assert {change.key for change in sight.pending(self.ledger)} == failed
        for key, standing in self.ledger.standings().items():
            assert key in failed or not standing.unfinished, key

    def _assert_live(self, desired: Desired) -> None:
        """One module's share of live IAM is as it is desired."""
        key, owner = desired.key, desired.shared or desired.declaration
        live = self.iam.find(desired.account.id, key.kind, key.name)
        assert live is not None, f"{key} is gone"
        if owner is not None:
            assert live.arn == desired.arn
            assert live.settings["path"] == owner.path
            if key.kind is not Kind.GROUP:
                assert live.settings["tags"] == dict(owner.tags)
        if desired.declaration and key.kind in (Kind.ROLE, Kind.USER):
            assert live.settings["permissions_boundary"] == desired.boundary
        text = document_text(desired.inline) if desired.inline else None
        if desired.shared:
            assert live.text == text, key
            return
        assert live.inline.get(INLINE_NAME) == text, key
        wanted = {a.arn for a in desired.attachments} | {p.arn for p in desired.overflow}
        own = _theirs(key)
        assert live.attached == wanted | own, key
        for policy in desired.overflow:
            found = self.iam.policy(policy.arn)
            assert found is not None
            assert found.text == document_text(policy.document)
        if key.kind is Kind.USER:
            assert live.groups == set(desired.groups), key

    def _assert_explained(
        self,
        entity: Entity,
        explained: Mapping[str, ModuleKey],
        standings: Mapping[ModuleKey, Standing],
        sight: Sight,
    ) -> None:
        home = entity.spot
        if entity.kind is Kind.POLICY and entity.name.startswith("gitiam-"):
            _, kind, name, _ = entity.name.split("-")
            home = spot(entity.account, Kind(kind), name)
        if home in explained:
            return
        if self._is_forgotten(home):
            return
        is_known = home in self.iam.released or home.split("/", 1)[1] in FOREIGN
        assert is_known, f"nobody knows of {entity.spot}"
        assert entity.kind is not Kind.POLICY or not entity.name.startswith("gitiam-")
        assert INLINE_NAME not in entity.inline, f"{home} keeps its access"
        own = {_OWN_POLICY} if home.split("/", 1)[1] in FOREIGN else set()
        assert entity.attached == own, f"{home} keeps its policies"
        assert not entity.groups, f"{home} keeps its groups"

    def _assert_foreign(self) -> None:
        for account in IDS.values():
            for principal in FOREIGN:
                kind, name = principal.split("/")
                found = self.iam.get(account, Kind(kind), name)
                before = _foreign(account, principal)
                assert (found.arn, found.text, found.settings) == (
                    *(before.arn, before.text, before.settings),
                )
                assert found.inline.items() >= before.inline.items()
                assert found.attached >= before.attached


def _theirs(key: ModuleKey) -> set[str]:
    return {_OWN_POLICY} if key.principal in FOREIGN else set()


def _foreign(account: str, principal: str) -> Entity:
    kind, name = principal.split("/")
    return Entity(
        f"arn:aws:iam::{account}:{principal}",
        Kind(kind),
        name,
        {"path": "/", "tags": {"team": "old"}},
        "theirs",
        {"own": "theirs"},
        {_OWN_POLICY},
    )


@cache
def _templates(note: str) -> Templates:
    """Gitiam's own, with an estate's own in front that differ by a comment; compiled but once."""
    shipped = templates_dir() / "terraform"
    own = Path(tempfile.mkdtemp(prefix="gitiam-past-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    if note:
        for name in ("role.tf.j2", "user.tf.j2"):
            text = (shipped / name).read_text(encoding="utf-8")
            (own / name).write_text(f"# {note}\n{text}", encoding="utf-8")
    return Templates([own, shipped])
