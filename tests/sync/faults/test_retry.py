"""What passes is tried again, within bounds and after drawn waits; the rest is told at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.faults.causes import Cause, CausedError
from gitiam.sync.faults.retry import Again, Patience, Retry, cause_of
from gitiam.sync.machine.process import Interrupted
from gitiam.sync.terraform.workspace import TerraformError

THROTTLED = TerraformError("iam:CreateRole: Throttling: Rate exceeded")


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def failing(*errors: GitiamError) -> tuple[Callable[[], str], list[int]]:
    """Work that fails so and so, and then gives `done`; and how often it was tried."""
    left, tried = list(errors), [0]

    def work() -> str:
        tried[0] += 1
        if left:
            raise left.pop(0)
        return "done"

    return work, tried


def retry(time: Time, patience: Patience | None = None, draw: float = 1.0) -> Retry:
    return Retry(patience or Patience(), time.pause, lambda: time.now, lambda: draw)


def test_what_goes_well_is_done_once() -> None:
    work, tried = failing()
    assert (retry(Time()).run(work), tried) == ("done", [1])


@pytest.mark.parametrize(
    "cause", [Cause.THROTTLED, Cause.UNAVAILABLE, Cause.NETWORK, Cause.SETTLING, Cause.PROVIDER]
)
def test_what_passes_is_tried_again(cause: Cause) -> None:
    work, tried = failing(CausedError("no", cause=cause), CausedError("no", cause=cause))
    assert (retry(Time()).run(work), tried) == ("done", [3])


@pytest.mark.parametrize(
    "error",
    [
        CausedError("expired", cause=Cause.CREDENTIALS),
        GitiamError("the role is another's"),
        TerraformError("iam:CreateRole: AccessDenied: iam:CreateRole on app is denied"),
        TerraformError("EntityAlreadyExists: Role with name app already exists"),
    ],
)
def test_what_does_not_pass_is_told_at_once(error: GitiamError) -> None:
    work, tried = failing(error)
    with pytest.raises(GitiamError) as told:
        retry(Time()).run(work)
    assert (told.value, tried) == (error, [1])


def test_there_is_an_end_to_it() -> None:
    time, told = Time(), list[Again]()
    work, tried = failing(*[THROTTLED] * 9)
    with pytest.raises(TerraformError):
        retry(time).run(work, told.append)
    assert tried == [4]
    assert time.waits == [4.0, 8.0, 16.0]
    assert [str(again) for again in told] == [
        "AWS is throttling; again in 4 s (2 of 4)",
        "AWS is throttling; again in 8 s (3 of 4)",
        "AWS is throttling; again in 16 s (4 of 4)",
    ]


def test_nothing_is_begun_late() -> None:
    """A provider that waited for minutes by itself has been patient enough."""
    time = Time()

    def work() -> None:
        time.now += 60.0
        raise THROTTLED

    with pytest.raises(TerraformError):
        retry(time).run(work)
    assert time.waits == [4.0]


@pytest.mark.parametrize(("draw", "waits"), [(0.0, [0.0] * 3), (0.5, [2.0, 4.0, 8.0])])
def test_waits_are_drawn(draw: float, waits: list[float]) -> None:
    time = Time()
    work, _ = failing(*[THROTTLED] * 3)
    assert retry(time, draw=draw).run(work) == "done"
    assert time.waits == waits


def test_no_wait_is_longer_than_the_longest() -> None:
    patience = Patience(tries=9, until=10_000, longest_wait=30)
    time = Time()
    work, _ = failing(*[THROTTLED] * 8)
    assert retry(time, patience).run(work) == "done"
    assert time.waits == [4, 8, 16, 30, 30, 30, 30, 30]


def test_an_interrupt_ends_the_waiting() -> None:
    def stopped(seconds: float) -> None:
        raise Interrupted

    work, tried = failing(THROTTLED)
    with pytest.raises(Interrupted):
        Retry(pause=stopped).run(work)
    assert tried == [1]


def test_a_bug_is_not_tried_again() -> None:
    with pytest.raises(IndexError):
        retry(Time()).run(lambda: str([][0]))


def test_a_short_wait_is_told_as_none() -> None:
    assert (
        str(Again(Cause.NETWORK, 0.2, 2, 4)) == "AWS could not be reached; again at once (2 of 4)"
    )


def test_terraforms_errors_are_known_by_their_text() -> None:
    assert cause_of(THROTTLED) is Cause.THROTTLED
    assert cause_of(GitiamError("something else")) is None
