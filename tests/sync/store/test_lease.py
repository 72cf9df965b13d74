"""The hold on a module: one run has it, the living are waited for, the dead are inherited from."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Holder, Marker
from gitiam.sync.machine.process import Interrupted, Processes
from gitiam.sync.store import lease as leases
from gitiam.sync.store.lease import Clock, HeldError, Lease, LeaseLostError, Leases
from gitiam.sync.store.ledger import Ledger, marker_key
from tests.support.modules import marker, module
from tests.support.objects import PATIENCE, MemoryObjects, PausingObjects

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
CLAIM = replace(marker(module(ROLE, "new")), run={"actor": "alice", "url": "https://ci/7"})
OTHER = Holder("elsewhere", "another boot", 7, "9", "t")


@dataclass
class Time:
    """A clock that only waiting moves on; `then` happens while somebody waits."""

    now: float = 0.0
    then: Callable[[], object] = lambda: None

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.then()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.pause)


def stamp(ago: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - ago).isoformat()


def held(objects: MemoryObjects, *, ago: timedelta = timedelta(), by: Holder = OTHER) -> None:
    """As if another run had the module, and had renewed its hold so long ago."""
    Ledger(objects).begin(KEY, replace(CLAIM, holder=by, renewed_at=stamp(ago)))


def take(
    objects: MemoryObjects, time: Time, timeout: float = 120.0, **more: Any
) -> tuple[Lease, Marker | None]:
    return Leases(objects, timeout, time.clock, **more).take(KEY, CLAIM)


def test_who_comes_first_has_it() -> None:
    objects, time = MemoryObjects(), Time()
    lease, left = take(objects, time)
    assert left is None
    found = Ledger(objects).marker(KEY)
    assert found == lease.marker
    assert found.holder is not None
    assert found.holder.pid == os.getpid()
    assert found.imports == CLAIM.imports
    lease.end()
    assert objects.held == {}
    assert time.now == 0


def test_a_living_holder_is_waited_for_and_then_told_by_name() -> None:
    objects = MemoryObjects()
    numbers = count()
    time = Time(then=lambda: held(objects, by=replace(OTHER, token=str(next(numbers)))))
    held(objects)
    with pytest.raises(HeldError) as error:
        take(objects, time)
    assert 119 < time.now < 122
    assert str(error.value).startswith(
        f"{ROLE} is being applied by alice on elsewhere (https://ci/7) since 2026-11-23T11:59 UTC"
    )


def test_who_is_waited_for_is_told_once() -> None:
    objects, said = MemoryObjects(), list[str]()
    numbers = count()
    time = Time(then=lambda: held(objects, by=replace(OTHER, token=str(next(numbers)))))
    held(objects)
    with pytest.raises(HeldError):
        take(objects, time, say=said.append)
    assert said == [
        f"{ROLE}: waiting for alice on elsewhere (https://ci/7), at it since 2026-11-23T11:59 UTC"
    ]


def test_nobody_is_waited_for_where_there_is_no_time() -> None:
    objects, time = MemoryObjects(), Time()
    held(objects)
    with pytest.raises(HeldError):
        take(objects, time, timeout=0)
    assert time.now == 0


def test_it_is_had_as_soon_as_the_other_has_ended() -> None:
    objects, time = MemoryObjects(), Time()
    held(objects)

    def end_after_five() -> None:
        if time.now >= 5:
            objects.delete(marker_key(KEY))

    time.then = end_after_five
    _, left = take(objects, time)
    assert left is None
    assert time.now < 7


def test_a_marker_that_stands_still_is_taken_over_whatever_its_clock_says() -> None:
    """The other machine's clock is an hour ahead: only what we see ourselves counts."""
    objects, time = MemoryObjects(), Time()
    held(objects, ago=timedelta(hours=-1))
    _, left = take(objects, time)
    assert left is not None
    assert left.holder == OTHER
    assert leases.LEASE <= time.now < leases.LEASE + 2


def test_a_marker_that_is_renewed_counts_anew() -> None:
    objects, time = MemoryObjects(), Time()
    held(objects)

    def renew_once() -> None:
        if time.now == 30.0:
            held(objects)

    time.then = renew_once
    take(objects, time)
    assert 30 + leases.LEASE <= time.now < 33 + leases.LEASE


def test_a_marker_of_long_ago_is_taken_over_at_once() -> None:
    objects, time = MemoryObjects(), Time()
    held(objects, ago=timedelta(minutes=16))
    _, left = take(objects, time)
    assert left is not None
    assert time.now == 0
    held(objects, ago=timedelta(minutes=14))
    with pytest.raises(HeldError):
        take(objects, time, timeout=0)


def test_what_nobody_holds_is_taken_over_with_all_that_it_knows() -> None:
    objects, time = MemoryObjects(), Time()
    old = replace(marker(module(ROLE, "old"), "aws_iam_role.this"), run={"actor": "bob"})
    Ledger(objects).begin(KEY, old)
    lease, left = take(objects, time)
    assert left == old
    # Who has it now is told by name, and not who is dead.
    assert replace(lease.marker, holder=None, renewed_at="") == replace(old, run=CLAIM.run)
    assert time.now == 0


def test_of_two_who_take_over_one_comes_through() -> None:
    objects = MemoryObjects()
    Ledger(objects).begin(KEY, CLAIM)
    begin = threading.Barrier(8)
    won: list[Lease] = []

    def race() -> None:
        begin.wait(PATIENCE)
        with suppress(HeldError):
            won.append(Leases(objects).take(KEY, CLAIM)[0])

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(won) == 1
    won[0].confirm()


def test_who_looked_too_early_does_not_take_it_over() -> None:
    """Both have seen that nobody holds it; one takes it, and only then the other tries."""
    objects = MemoryObjects()
    Ledger(objects).begin(KEY, CLAIM)
    slow = PausingObjects(objects, at=3)  # create, read, and now replace
    ended: list[BaseException | object] = []

    def late() -> None:
        try:
            ended.append(Leases(slow).take(KEY, CLAIM))
        except HeldError as error:
            ended.append(error)

    thread = threading.Thread(target=late)
    thread.start()
    assert slow.reached.wait(PATIENCE)
    first, _ = Leases(objects).take(KEY, CLAIM)
    slow.released.set()
    thread.join(PATIENCE)
    assert isinstance(ended[0], HeldError)
    first.confirm()


def test_somebody_may_say_that_the_holder_is_dead() -> None:
    objects, time = MemoryObjects(), Time()
    held(objects)
    _, left = Leases(objects, 0, time.clock).take(KEY, CLAIM, is_forced=True)
    assert left is not None
    assert left.holder == OTHER


def test_an_interrupt_ends_the_waiting() -> None:
    objects, processes = MemoryObjects(), Processes()
    held(objects)
    processes.stop()
    with pytest.raises(Interrupted):
        Leases(objects, 60, Clock(pause=processes.pause)).take(KEY, CLAIM)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]"])
def test_a_marker_that_cannot_be_read_stops_it(raw: bytes) -> None:
    objects = MemoryObjects({marker_key(KEY): raw})
    with pytest.raises(GitiamError, match="gitiam ledger repair"):
        take(objects, Time())
    assert objects.held == {marker_key(KEY): raw}


# -- a hold that is lost ------------------------------------------------------------------------


def stolen(objects: MemoryObjects) -> Lease:
    """Our hold, which another run has taken over meanwhile."""
    lease, _ = take(objects, Time())
    held(objects)
    return lease


@pytest.mark.parametrize(
    "use",
    [
        lambda lease: lease.confirm(),
        lambda lease: lease.write(CLAIM),
        lambda lease: lease.let_go(CLAIM),
        lambda lease: lease.end(),
    ],
    ids=["confirm", "write", "let_go", "end"],
)
def test_what_was_stolen_is_neither_written_nor_taken_away(use: Callable[[Lease], None]) -> None:
    objects = MemoryObjects()
    lease = stolen(objects)
    with pytest.raises(LeaseLostError, match="nothing was recorded"):
        use(lease)
    found = Ledger(objects).marker(KEY)
    assert found is not None
    assert found.holder == OTHER


def test_who_has_it_now_is_told_that_things_have_moved() -> None:
    objects = MemoryObjects()
    first = stolen(objects)
    second, _ = Leases(objects, 0, Time().clock).take(KEY, CLAIM, is_forced=True)
    with pytest.raises(LeaseLostError):
        first.confirm()
    first.spoil()
    with pytest.raises(LeaseLostError):
        second.confirm()
    found = Ledger(objects).marker(KEY)
    assert found is not None
    assert found.holder is None


def test_where_the_other_has_ended_a_marker_is_left() -> None:
    objects = MemoryObjects()
    lease = stolen(objects)
    objects.held.clear()
    with pytest.raises(LeaseLostError):
        lease.confirm()
    lease.spoil()
    assert Ledger(objects).marker(KEY) == replace(lease.marker, holder=None)


def test_it_is_renewed_as_long_as_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.001)
    objects = MemoryObjects()
    renewed = threading.Semaphore(0)
    replace_ = objects.replace

    def counting(key: str, data: bytes, version: str) -> str | None:
        renewed.release()
        return replace_(key, data, version)

    objects.replace = counting  # type: ignore[method-assign]
    lease, _ = take(objects, Time())
    with lease:
        for _ in range(3):
            assert renewed.acquire(timeout=PATIENCE)
        lease.confirm()
    assert not lease._thread.is_alive()


@pytest.mark.parametrize("error", [GitiamError("no network"), OSError(errno.EMFILE, "too many")])
def test_a_store_that_cannot_be_reached_for_a_while_costs_no_hold(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.001)
    objects = MemoryObjects()
    lease, _ = take(objects, Time())
    replace_ = objects.replace
    failed, well = threading.Semaphore(0), threading.Event()

    def failing(key: str, data: bytes, version: str) -> str | None:
        if well.is_set():
            return replace_(key, data, version)
        failed.release()
        raise error

    objects.replace = failing  # type: ignore[method-assign]
    with lease:
        for _ in range(2):
            assert failed.acquire(timeout=PATIENCE)
        well.set()
        lease.confirm()
