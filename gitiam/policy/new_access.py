"""What one document gives that another did not: the access that is new.

It may call something new that is not; it never calls something old that is new. Patterns are
compared as patterns, so that what AWS adds to its services later is thought of, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitiam.policy.coverage import (
    MOST_COMPARISONS,
    Permissions,
    action_within,
    actions_meet,
    covers,
    implied,
    singles,
)
from gitiam.policy.resource import resource_within, resources_meet
from gitiam.policy.statement import Statement


def new_access(old: Iterable[Statement], new: Iterable[Statement]) -> tuple[Statement, ...]:
    """The permissions of `new`, one action on one resource each, that are not certainly in `old`.

    A request that `new` allows and `old` does not is always within one of them: an Allow that was
    not there, or one that a Deny held back that is there no more.
    """
    before, after = tuple(singles(old)), tuple(singles(new))
    allows = [s for s in dict.fromkeys(after) if s.effect == "Allow"]
    if _are_too_many(before, after):
        return tuple(allows)
    allowed = [s for s in before if s.effect == "Allow"]
    denied = [s for s in before if s.effect == "Deny"]
    denies = [s for s in after if s.effect == "Deny"]
    freed = [d for d in denied if not any(covers(still, d) for still in denies)]
    known = Permissions(allowed)
    return tuple(
        one
        for one in allows
        if not any(takes_away(deny, one) for deny in denies)
        and (
            any(may_meet(deny, one) for deny in freed)
            or not (one in known or any(covers(other, one) for other in known.near(one)))
        )
    )


def _are_too_many(before: Sequence[Statement], after: Sequence[Statement]) -> bool:
    """Whether some lists are so long that comparing each with each would take minutes."""
    allowed = Permissions(s for s in before if s.effect == "Allow")
    denies = [s for s in (*before, *after) if s.effect == "Deny"]
    allows = [s for s in after if s.effect == "Allow"]
    near = sum(allowed.count_near(one) for one in allows if one not in allowed)
    return near + len(denies) * (len(allows) + len(denies)) > MOST_COMPARISONS


def takes_away(deny: Statement, allow: Statement) -> bool:
    """Whether a Deny certainly leaves nothing of a permission; both as `singles` gives them."""
    return (
        _denies_every_action(deny, allow)
        and _denies_every_resource(deny, allow)
        and all(implied(condition, allow.conditions) for condition in deny.conditions)
        and not deny.not_principals
        and (not deny.principals or deny.principals == allow.principals)
    )


def may_meet(one: Statement, other: Statement) -> bool:
    """Whether some request may match both; yes where that is not certain."""
    return _actions_may_meet(one, other) and _resources_may_meet(one, other)


def _denies_every_action(deny: Statement, allow: Statement) -> bool:
    if not allow.actions:
        return deny.actions == ("*",)
    (action,) = allow.actions
    if deny.not_actions:
        return not any(actions_meet(pattern, action) for pattern in deny.not_actions)
    return any(action_within(pattern, action) for pattern in deny.actions)


def _denies_every_resource(deny: Statement, allow: Statement) -> bool:
    if not allow.resources:
        return deny.resources == ("*",) or (
            not deny.resources and deny.not_resources == allow.not_resources
        )
    (resource,) = allow.resources
    if deny.not_resources:
        return not any(resources_meet(pattern, resource) for pattern in deny.not_resources)
    return any(resource_within(pattern, resource) for pattern in deny.resources)


def _actions_may_meet(one: Statement, other: Statement) -> bool:
    for action in one.actions:
        if any(action_within(pattern, action) for pattern in other.not_actions):
            continue
        if other.not_actions or any(actions_meet(action, o) for o in other.actions):
            return True
    if not one.actions:
        return not other.actions or _actions_may_meet(other, one)
    return False


def _resources_may_meet(one: Statement, other: Statement) -> bool:
    if not one.resources or not other.resources:
        return True
    return any(resources_meet(r, o) for r in one.resources for o in other.resources)
