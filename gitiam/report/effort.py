"""What many pending modules will take, said before they begin."""

from __future__ import annotations

from collections.abc import Sequence

from gitiam.modules import SURROUNDINGS, Change
from gitiam.report.layout import counted

#: Fewer are done before anybody has read about them.
MANY = 100


def is_blanket(change: Change) -> bool:
    """Whether no request has changed, but what surrounds them all."""
    return change.reasons == (SURROUNDINGS,)


def announcement(changes: Sequence[Change], jobs: int, seconds: float) -> str | None:
    """What there is to do and about how long it takes; None where it is little.

    `seconds` is what one module takes, `jobs` how many run at a time.
    """
    if len(changes) < MANY:
        return None
    blanket = sum(map(is_blanket, changes))
    if blanket == len(changes):
        why = f", all because {SURROUNDINGS}"
    elif blanket:
        why = f", {blanket:,} of them because {SURROUNDINGS}"
    else:
        why = ""
    took = _duration(len(changes) * seconds / jobs)
    each = f"{seconds:.1f} s each on {counted(jobs, 'job')}"
    return f"{counted(len(changes), 'module')}{why}; about {took} at {each}"


def first(changes: Sequence[Change], most: int) -> list[Change]:
    """So many of the changes, in their order: what somebody asked for before all else.

    Then what was begun and did not end, and at last what no request has changed.
    """
    ranked = sorted(range(len(changes)), key=lambda number: (_rank(changes[number]), number))
    return [changes[number] for number in sorted(ranked[:most])]


def _rank(change: Change) -> int:
    if is_blanket(change):
        return 2
    return 1 if SURROUNDINGS in change.reasons else 0


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
