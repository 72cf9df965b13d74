"""Shown is what runs: a plan is compared with those that reviewers were shown.

Equal goes. Otherwise it goes by one of these rules, or not at all:

- same-result: everything ends up as it was shown; only what there was before differs, or a part has
  been done already. Nothing is deleted that was not shown to be.
- opens-nothing-more: all that is newly open lies within what reviewers were shown newly opening, be
  it in several records together; every prohibition, and the boundary, that they were shown with it
  is in force.
- takes-away: nothing is newly open at all.
- repeated: the same module was let pass by one of the first two rules, and its apply did not end
  well.
- destroys-on-order: as takes-away, and the principal itself goes, as somebody has ordered. Where
  reviewers were shown that it stays, the order must name this very module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gitiam.canonical import Values
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.openings import in_words, opening, side_after
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.policy.coverage import uncovered

AS_SHOWN = "as-shown"
SAME_RESULT = "same-result"
OPENS_NOTHING_MORE = "opens-nothing-more"
TAKES_AWAY = "takes-away"
REPEATED = "repeated"
DESTROYS_ON_ORDER = "destroys-on-order"

#: The rules by which everything that the module holds was shown, and not only what it opens.
WHOLE = frozenset({AS_SHOWN, SAME_RESULT, REPEATED})

_MOST_LINES = 5


def judge(plan: ModulePlan, shown: Sequence[ModulePlan], now: datetime) -> str:
    """The rule by which the plan may go; GitiamError says what was not shown."""
    digest = plan.digest()
    if any(digest == other.digest() for other in shown):
        return AS_SHOWN
    if not plan.changes or any(_ends_as(plan, other) for other in shown):
        return SAME_RESULT
    opened = opening(plan, now)
    if not opened:
        return TAKES_AWAY
    if not shown:
        raise _stop("no reviewed plan names this module; it would", opened.words())
    beyond = opened.beyond(opening(other, now) for other in shown)
    if beyond:
        raise _stop("reviewers were not shown that it would", beyond.words())
    missing = [*_missing_denies(plan, shown, now), *_missing_boundary(plan, shown, now)]
    if missing:
        raise _stop(
            "reviewers were shown what it opens together with something that is missing:",
            iter(missing),
        )
    return OPENS_NOTHING_MORE


def destroys(plan: ModulePlan, itself: str) -> bool:
    """Whether the principal or shared policy at this address goes, be it to be made anew."""
    return any(r.is_gone and r.address == itself for r in plan.changes)


def unshown_destruction(key: ModuleKey) -> GitiamError:
    """What a go-ahead for everything does not cover."""
    return GitiamError(
        f"it was not applied, as it would destroy {key} itself, and reviewers were shown that it"
        " stays",
        hint="Plan it anew with the same go-ahead and --save, and have that reviewed; or name it:"
        f" --allow-destroy {key}",
    )


def _ends_as(plan: ModulePlan, other: ModulePlan) -> bool:
    """Whether both lead to the same, and the plan deletes nothing that the other does not."""
    shown = {resource.address: resource for resource in other.resources}
    for resource in plan.changes:
        known = shown.get(resource.address)
        if known is None or (resource.is_gone and not known.is_gone):
            return False
    ours, theirs = _end(plan), _end(other)
    return ours.keys() == theirs.keys() and all(_is_alike(ours[a], theirs[a]) for a in ours)


def _end(plan: ModulePlan) -> dict[str, PlannedResource]:
    return {
        resource.address: resource.canonical()
        for resource in plan.resources
        if resource.after is not None
    }


def _is_alike(ours: PlannedResource, theirs: PlannedResource) -> bool:
    """What was not known when it was shown, cannot be compared; scope looks at each value."""
    unknown = ours.unknown | theirs.unknown
    return _without(ours.after, unknown) == _without(theirs.after, unknown)


def _without(values: Values | None, names: frozenset[str]) -> dict[str, object]:
    return {name: value for name, value in (values or {}).items() if name not in names}


def _missing_denies(plan: ModulePlan, shown: Sequence[ModulePlan], now: datetime) -> Iterator[str]:
    """Access was approved along with what limits it: less of that would be more access."""
    ours = side_after(plan, now)
    for other in shown:
        theirs = side_after(other, now)
        yield from map(in_words, uncovered(theirs.denies, ours.denies))
        yield from map(in_words, uncovered(theirs.trust_denies, ours.trust_denies))


def _missing_boundary(
    plan: ModulePlan, shown: Sequence[ModulePlan], now: datetime
) -> Iterator[str]:
    boundaries = {side_after(other, now).boundary for other in shown} - {None}
    ours = side_after(plan, now).boundary
    if boundaries and ours not in boundaries:
        yield from (
            f"the permissions boundary {boundary}" for boundary in sorted(map(str, boundaries))
        )


def _stop(what: str, lines: Iterator[str]) -> GitiamError:
    listed = list(dict.fromkeys(lines))
    more = len(listed) - _MOST_LINES
    text = "; ".join(listed[:_MOST_LINES]) + (f"; and {more} more" if more > 0 else "")
    return GitiamError(
        f"it was not applied, as {what} {text}",
        hint="Plan it anew with `gitiam plan --save`, have that reviewed, and apply it with"
        " --reviewed",
    )
