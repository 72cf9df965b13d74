"""How a file came from what was applied to what stands: every step of it must have been approved.

A commit that nobody approved and a later one that takes it back leave nothing to approve; a commit
that somebody approved does not make good an earlier one that nobody did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A commit of the main branch that changed the file; `blob` is what it holds then, if it is."""

    commit: str
    blob: str | None


def steps_to_approve(
    steps: Sequence[Step],
    places: Mapping[str, int],
    applied: str | None,
    *,
    is_certain: bool = True,
) -> tuple[Step, ...]:
    """The steps since the file last was as it has been applied; `steps` are the oldest first.

    `applied` is the commit that was applied last; None where nobody knows, and then every step
    there ever was has to be approved. One that is not of this line is not known either. Where it
    is not certain that nothing was applied after it, what was taken back counts as well.
    """
    if applied is None or applied not in places:
        return tuple(steps)
    at = places[applied]
    before = [step for step in steps if places[step.commit] <= at]
    after = [step for step in steps if places[step.commit] > at]
    blob = before[-1].blob if before else None
    back = [number for number, step in enumerate(after, 1) if is_certain and step.blob == blob]
    return tuple(after[back[-1] :] if back else after)
