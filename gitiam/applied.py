"""What a run of `gitiam apply` did, as its JSON tells it: values that come through a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitiam.models import ModuleKey


class State(StrEnum):
    """How a module stands after a run."""

    FAILED = "failed"
    PENDING = "pending"
    APPLIED = "applied"

    @property
    def rank(self) -> int:
        """0 for what people have to look at first."""
        return list(State).index(self)


@dataclass(frozen=True, slots=True)
class Standing:
    """One module after a run, with the request files whose change it was to carry out."""

    key: ModuleKey
    state: State
    reasons: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    error: str = ""

    @property
    def order(self) -> tuple[int, tuple[int, str, str]]:
        """Failures first."""
        return (self.state.rank, self.key.order)


@dataclass(frozen=True, slots=True)
class Results:
    """One file: what `gitiam apply` did, or (without a time) what `gitiam changes` found."""

    modules: tuple[Standing, ...]
    at: datetime | None = None
    left: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """All files of one run together. `at` is when the last of its applies ended.

    `unknown` counts modules that are pending and of which no file tells.
    """

    modules: tuple[Standing, ...]
    at: datetime | None = None
    unknown: int = 0

    @property
    def missing(self) -> tuple[Standing, ...]:
        """What is not applied."""
        return tuple(one for one in self.modules if one.state is not State.APPLIED)

    @property
    def is_whole(self) -> bool:
        """Whether everything is applied, and that is known."""
        return not self.missing and not self.unknown


def together(pending: Results | None, results: Iterable[Results]) -> Applied:
    """What was pending before the run, and what became of it.

    A module that no result names is pending still: its job may have died. ValueError for results
    that contradict each other.
    """
    told = list(results)
    found: dict[ModuleKey, Standing] = {}
    for one in (module for result in told for module in result.modules):
        if one.key in found:
            raise ValueError(f"{one.key} stands in two results")
        found[one.key] = one
    before = pending.modules if pending is not None else ()
    all_ = {**{one.key: one for one in before}, **found}
    unknown = sum(result.left for result in told) if pending is None else 0
    return Applied(
        tuple(sorted(all_.values(), key=lambda one: one.order)),
        max((result.at for result in told if result.at is not None), default=None),
        unknown,
    )
