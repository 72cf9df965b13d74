"""Plays a history on an estate in a folder, with AWS, Terraform and the store in memory.

After every step it looks whether what gitiam holds to be settled is what is live.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gitiam.modules import Change
from gitiam.report.effort import first
from gitiam.sync.apply.applier import Applier
from gitiam.sync.apply.schedule import Watch, run_all
from gitiam.sync.store.lease import Clock, Leases
from gitiam.sync.store.ledger import Ledger, record_key
from gitiam.sync.store.objects import Objects
from gitiam.sync.store.state import state_key
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
from tests.support.memory_iam import MemoryIam
from tests.support.memory_terraform import Estatewide, Failure, Hasty, memory_terraform
from tests.support.objects import (
    PATIENCE,
    Crash,
    CrashingObjects,
    MemoryObjects,
    PausingObjects,
    ProcessObjects,
)
from tests.support.sights import Estate, Run, Sight
from tests.support.verdict import Verdict, foreign


class RememberingObjects(MemoryObjects):
    """A store that knows every state that there has been, as a bucket with versions does."""

    def __init__(self) -> None:
        super().__init__()
        self.past: dict[str, list[bytes]] = {}

    def _put(self, key: str, data: bytes) -> str:
        if key.startswith("state/"):
            self.past.setdefault(key, []).append(data)
        return super()._put(key, data)


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
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Nothing is applied yet, and some are there already."""
        self.shared, self.verdict = Estatewide(self.iam), Verdict(self.iam)
        for path, text in self.base.items():
            self._write(path, text)
        for account in IDS.values():
            for principal in FOREIGN:
                self.iam.create(foreign(account, principal))

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
        if key in self.verdict.hurt:
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
        self.verdict.hurt[key] = step.what

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
        self.verdict.judge(run, step.harm)

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

    def check(self) -> None:
        """What the ledger holds to be settled is live; a blocked estate says nothing of that."""
        sight = self.look()
        if not sight.is_blocked:
            self.verdict.check(sight, self.ledger.standings())

    def settle(self) -> None:
        """An apply that nothing disturbs, and that may destroy: after it all is as desired."""
        for path in sorted(self.files, reverse=True):
            if path.startswith("requests/") and self.look().is_blocked:
                self._remove(path)
        sight = self.look()
        assert not sight.is_blocked
        run = self._whole(sight, ProcessObjects(self.objects), allow_destroy=True)
        self._go(run)
        self.verdict.judge(run)
        self.check()
        failed = {result.change.key for result in run.results if result.error}
        assert {change.key for change in sight.pending(self.ledger)} == failed
        for key, standing in self.ledger.standings().items():
            assert key in failed or not standing.unfinished, key
