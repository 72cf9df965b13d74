"""Where a fault can come: every call to AWS, every write to the store, every start of Terraform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from tests.support.faults import FOR_EVER, Call
from tests.support.refusals import kinds

#: What is over by itself. The number says how often it happens.
PASSING = {
    "throttled": 2,
    "broken": 2,
    "unavailable": 1,
    "reset-before": 1,
    "reset-after": 1,
    "truncated": 1,
    "hang": 1,
}
#: What stays until somebody does something.
LASTING = {"denied": FOR_EVER, "expired": FOR_EVER}
#: Who dies while the call waits: before AWS hears of it, or when it has done it.
DEATHS = ("kill-before", "kill-after", "kill-gitiam", "kill-terraform")
#: Of the store in a folder, at its n-th write: who writes dies, or the disk refuses.
STORE = ("die-before", "die-after", "full-disk", "read-only", "failing-disk")
#: At the n-th start of Terraform: it dies at once, or gitiam does, or gitiam dies at its end.
STARTS = ("terraform-dies", "gitiam-dies", "gitiam-dies-after")


@dataclass(frozen=True, slots=True)
class Trace:
    """What a run without a fault does."""

    calls: Sequence[Call]
    writes: int
    starts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Point:
    """One fault, in one scenario, at one place: `call NAME INDEX`, `write N` or `start N`."""

    scenario: str
    place: str
    kind: str

    def __str__(self) -> str:
        """Its name, the same on every run."""
        return f"{self.scenario} | {self.place} | {self.kind}"

    @property
    def call(self) -> Call:
        """The call of a place that is one."""
        _, _, rest = self.place.partition(" ")
        name, _, index = rest.rpartition(" ")
        return Call(name, int(index))

    @property
    def number(self) -> int:
        """Of a place that is a write or a start."""
        return int(self.place.rpartition(" ")[2])

    @property
    def times(self) -> int:
        """How often it happens."""
        return PASSING.get(self.kind) or LASTING.get(self.kind, 1)


def points_of(scenario: str, trace: Trace) -> Iterator[Point]:
    """Every place of this trace with every fault that makes sense there."""
    for call in sorted(set(trace.calls)):
        place = f"call {call.name} {call.index}"
        yield from (Point(scenario, place, kind) for kind in _kinds_at(call))
    for number in range(trace.writes):
        yield from (Point(scenario, f"write {number}", kind) for kind in STORE)
    for number in range(len(trace.starts)):
        yield from (Point(scenario, f"start {number}", kind) for kind in STARTS)


def _kinds_at(call: Call) -> Iterator[str]:
    answers = kinds(call.service)
    for kind in (*PASSING, *LASTING):
        is_answer = not kind.startswith(("reset", "truncated", "hang"))
        if is_answer and kind not in answers:
            continue
        if kind == "reset-after" and not call.writes:
            continue  # as `reset-before`
        yield kind
    by_terraform = call.name.startswith("terraform:")
    for kind in DEATHS:
        if (call.writes or kind == "kill-before") and (by_terraform or kind != "kill-terraform"):
            yield kind


def sample(points: Iterable[Point], number: int, seed: str = "") -> list[Point]:
    """So many of them, the same on every run, from every kind and scenario in turn."""
    piles: defaultdict[tuple[str, str], list[Point]] = defaultdict(list)
    for point in points:
        piles[point.kind, point.scenario].append(point)
    for pile in piles.values():
        pile.sort(key=lambda point: _draw(point, seed))
    rounds = [(depth, _draw(p, seed), p) for pile in piles.values() for depth, p in enumerate(pile)]
    return [point for _, _, point in sorted(rounds, key=lambda entry: entry[:2])][:number]


def _draw(point: Point, seed: str) -> str:
    return sha256(f"{seed}{point}".encode()).hexdigest()
