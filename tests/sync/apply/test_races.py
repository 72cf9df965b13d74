"""Two applies of one module, stopped and killed at every call that they make to the store.

Terraform's own calls are among them: it reads and writes its state there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Holder, Module, Standing
from gitiam.outcomes import Outcome
from gitiam.sync.apply.applier import Applier
from gitiam.sync.apply.attempt import claim
from gitiam.sync.store.lease import Clock, HeldError, LeaseLostError, Leases
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.store.objects import Objects
from gitiam.sync.terraform.workspace import StateLockedError
from tests.support.intents import Says
from tests.support.modules import change, emptied, module
from tests.support.objects import (
    PATIENCE,
    Crash,
    MemoryObjects,
    PausingObjects,
    ProcessObjects,
)
from tests.support.terraform import Cloud, fake_terraform

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
ARN = "arn:aws:iam::111122223333:role/data-pipeline"
ACCESS = f"{ROLE} aws_iam_role_policy.inline"
OWN, INLINE = "aws_iam_role.this", "aws_iam_role_policy.inline"
_IMPORTS = {OWN: "data-pipeline", INLINE: "data-pipeline:gitiam"}

OLD = module(ROLE, "old", creates={OWN: ARN}, imports={OWN: "data-pipeline"})
NEW = module(ROLE, "new", creates={OWN: ARN}, imports=_IMPORTS)
THIRD = module(ROLE, "third", creates={OWN: ARN}, imports=_IMPORTS)
EMPTY = emptied(KEY)

Dead = Callable[[Holder], bool]


def apply(cloud: Cloud, found: Module, objects: Objects, dead: Dead) -> Outcome:
    """One run that waits for nobody; of whom it thinks that they are dead, `dead` says."""
    ledger = Ledger(objects)
    leases = Leases(objects, 0, Clock(pause=lambda seconds: None), is_gone=dead)
    applier = Applier(
        fake_terraform(cloud, objects),
        ledger,
        cloud,
        ledger.standings(),
        allow_destroy="all",
        leases=leases,
    )
    return applier.apply(change(found))


def alive(holder: Holder) -> bool:
    return False


def gone(holder: Holder) -> bool:
    return True


@dataclass
class Run:
    """An apply in a thread of its own, and how it ended."""

    objects: PausingObjects
    cloud: Cloud
    wanted: Module
    outcome: Outcome | None = None
    error: BaseException | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.outcome = apply(self.cloud, self.wanted, self.objects, gone)
        except BaseException as error:
            self.error = error
        self.objects.reached.set()

    def stopped(self) -> bool:
        """Wait until it stands still; False when it has come to its end instead."""
        assert self.objects.reached.wait(PATIENCE)
        return self.outcome is None and self.error is None

    def end(self) -> None:
        """Let it go on to its end."""
        self.objects.released.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def pauses(before: Module | None, first: Module) -> list[tuple[Cloud, Run]]:
    """The first apply, stopped before its first call, its second, … up to its last."""
    found: list[tuple[Cloud, Run]] = []
    while True:
        store = MemoryObjects()
        cloud = Cloud(store)
        if before:
            apply(cloud, before, ProcessObjects(store), gone)
        run = Run(PausingObjects(store, len(found) + 1), cloud, first)
        if not run.stopped():
            assert run.error is None
            return found
        found.append((cloud, run))


def assert_clean(cloud: Cloud, wanted: Module) -> None:
    """Live, state and ledger say the same; nothing was made twice, and nothing is left over."""
    ledger = Ledger(cloud.objects)
    expected = {OWN: ARN, INLINE: ACCESS}
    known = {address: expected[address] for address in wanted.imports}
    assert cloud.state(KEY) == known
    assert cloud.exists == set(known.values())
    assert cloud.twice == []
    standings = {} if wanted.is_empty else {KEY: Standing((wanted.digest,))}
    assert ledger.standings() == standings
    for page in (ledger.page(key) for key in standings):
        assert page.record is not None
        assert page.record.imports == wanted.imports


def finish(cloud: Cloud, wanted: Module) -> None:
    """The next run, some time later: everybody else has ended."""
    standing = Ledger(cloud.objects).standings().get(KEY, Standing())
    if standing.unfinished or standing.digests != (() if wanted.is_empty else (wanted.digest,)):
        apply(cloud, wanted, ProcessObjects(cloud.objects), gone)


CASES = [(None, NEW, NEW), (OLD, NEW, NEW), (OLD, NEW, THIRD), (NEW, EMPTY, EMPTY)]
CASES += [(OLD, NEW, OLD), (OLD, EMPTY, NEW), (None, NEW, EMPTY)]


@pytest.mark.parametrize(("before", "first", "second"), CASES)
def test_one_waits_for_the_other(before: Module | None, first: Module, second: Module) -> None:
    """Run 1 stands still at its k-th call and lives; run 2 comes; run 1 goes on."""
    told = 0
    stops = pauses(before, first)
    assert len(stops) > 8
    for cloud, run in stops:
        try:
            apply(cloud, second, ProcessObjects(cloud.objects), alive)
        except HeldError:
            told += 1
        run.end()
        assert not isinstance(run.error, LeaseLostError)
        assert isinstance(run.error, HeldError | None)
        # At least one of the two has come through, and left nothing half done.
        standing = Ledger(cloud.objects).standings().get(KEY, Standing())
        assert not standing.unfinished
        assert len(standing.digests) <= 1
        finish(cloud, second)
        assert_clean(cloud, second)
    assert told >= len(stops) - 4


def test_the_same_is_not_applied_twice() -> None:
    """Run 1 stands still before it has the module; run 2 applies the same; run 1 sees that."""
    by_another = 0
    for cloud, run in pauses(OLD, NEW):
        try:
            apply(cloud, NEW, ProcessObjects(cloud.objects), alive)
        except HeldError:
            run.end()
            assert run.outcome == Outcome()
        else:
            run.end()
            assert run.outcome is not None
            by_another += run.outcome.by_another
        assert len(cloud.runs) == 2  # OLD, and NEW once
        assert_clean(cloud, NEW)
    assert by_another >= 2


@pytest.mark.parametrize(("before", "first", "second"), CASES)
def test_a_run_that_is_taken_for_dead_and_comes_back(
    before: Module | None, first: Module, second: Module
) -> None:
    """Run 1 stands still for so long that run 2 takes over; then it wakes up, and goes on.

    Whatever it did before it noticed, the module is either as run 2 recorded it, or pending.
    """
    lost = 0
    for cloud, run in pauses(before, first):
        with suppress(StateLockedError):  # where run 1 stands still within Terraform
            apply(cloud, second, ProcessObjects(cloud.objects), gone)
        run.end()
        if run.error is not None:
            assert isinstance(run.error, GitiamError)
            lost += isinstance(run.error, LeaseLostError)
        standing = Ledger(cloud.objects).standings().get(KEY, Standing())
        if standing == Standing(() if second.is_empty else (second.digest,)):
            assert_clean(cloud, second)
        finish(cloud, second)
        assert_clean(cloud, second)
    assert lost


@pytest.mark.parametrize(("before", "first", "second"), CASES)
def test_killed_at_every_call(before: Module | None, first: Module, second: Module) -> None:
    for cloud, run in pauses(before, first):
        run.objects.is_dead = True
        run.end()
        assert isinstance(run.error, Crash)
        finish(cloud, second)
        assert_clean(cloud, second)


def test_killed_twice_in_a_row_at_any_two_calls() -> None:
    """The second run inherits from the first, the third from both."""
    for at in range(1, 200):
        stops = pauses(OLD, NEW)
        for cloud, run in stops:
            run.objects.is_dead = True
            run.end()
            second = Run(PausingObjects(cloud.objects, at), cloud, THIRD)
            if second.stopped():
                second.objects.is_dead = True
                second.end()
            finish(cloud, EMPTY if at % 2 else THIRD)
            assert_clean(cloud, EMPTY if at % 2 else THIRD)
        if at > 30:
            return


def test_a_lock_is_broken_once() -> None:
    """Who has the module when it is tried again is alive, whatever was said before."""
    cloud, says = Cloud(MemoryObjects()), Says(None)
    applier = Applier(
        fake_terraform(cloud),
        Ledger(cloud.objects),
        cloud,
        {},
        break_locks=frozenset({ROLE}),
        leases=Leases(cloud.objects, 0, Clock(pause=lambda seconds: None), is_gone=alive),
        intent=says,
    )
    dead, _ = Leases(cloud.objects, 0).take(KEY, claim(OLD, {}))
    with suppress(LeaseLostError), dead, pytest.raises(GitiamError, match="it was not shown"):
        applier.apply(change(NEW))
    living, _ = Leases(cloud.objects, 0).take(KEY, claim(NEW, {}), is_expected=True)
    with living, pytest.raises(HeldError):
        applier.apply(change(NEW))
    assert len(says.markers) == 1
