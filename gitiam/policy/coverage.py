"""Whether one permission lies within others. Where that is not certain, the answer is no.

A permission is a statement with one action and one resource, as `singles` takes them apart; `Not…`
lists cannot be taken apart. Within means: whatever request the
inner one matches, the outer one matches too, at any time and whatever the request's context.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import product

from gitiam.models import Condition
from gitiam.policy.glob import includes, intersects, is_glob
from gitiam.policy.resource import resource_within, resources_meet
from gitiam.policy.statement import Principals, Statement

#: Of permissions with each other, when two documents are compared: some seconds.
MOST_COMPARISONS = 500_000


def singles(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Each permission by itself, in the form of `Statement.meaning`; every principal apart."""
    nothing: list[tuple[str, ...]] = [()]
    for statement in statements:
        found = statement.meaning()
        actions = [(action,) for action in found.actions] or nothing
        resources = [(resource,) for resource in found.resources] or nothing
        everyone: list[Principals] = [
            ((kind, (name,)),) for kind, names in found.principals for name in names
        ]
        for action, resource, who in product(actions, resources, everyone or [()]):
            yield Statement(
                found.effect,
                action,
                resource,
                found.conditions,
                found.not_actions,
                found.not_resources,
                who,
                found.not_principals,
            )


def uncovered(inner: Iterable[Statement], outer: Iterable[Statement]) -> tuple[Statement, ...]:
    """Those permissions of `inner` that lie within no single one of `outer`.

    Where it would take too many comparisons to say, what is not just the same counts as not within.
    """
    known = Permissions(singles(outer))
    others = [one for one in singles(inner) if one not in known]
    if sum(known.count_near(one) for one in others) > MOST_COMPARISONS:
        return tuple(others)
    return tuple(one for one in others if not any(covers(o, one) for o in known.near(one)))


class Permissions:
    """Permissions as `singles` gives them, found by their action."""

    def __init__(self, permissions: Iterable[Statement]) -> None:
        self._all = frozenset(permissions)
        self._named: defaultdict[str, list[Statement]] = defaultdict(list)
        self._wide: list[Statement] = []
        for one in self._all:
            is_named = bool(one.actions) and not is_glob(one.actions[0])
            (self._named[one.actions[0]] if is_named else self._wide).append(one)

    def __contains__(self, one: Statement) -> bool:
        """Whether just this permission is among them."""
        return one in self._all

    def near(self, one: Statement) -> Iterator[Statement]:
        """Those that may cover a permission: a name covers nothing but itself."""
        yield from self._named.get(one.actions[0], ()) if one.actions else ()
        yield from self._wide

    def count_near(self, one: Statement) -> int:
        """How many these are."""
        named = self._named.get(one.actions[0], ()) if one.actions else ()
        return len(named) + len(self._wide)


def has_ended(statement: Statement, now: datetime) -> bool:
    """Whether the statement's date is past: it matches nothing any more, and never will again."""
    return any(
        all((end := _instant(value)) is not None and end <= now for value in condition.values)
        for condition in statement.conditions
        if is_end(condition) and condition.values
    )


def covers(outer: Statement, inner: Statement) -> bool:
    """Whether the permission `inner` lies within the permission `outer`."""
    return (
        outer.effect == inner.effect
        and outer.principals == inner.principals
        and outer.not_principals == inner.not_principals
        and _actions_within(outer, inner)
        and _resources_within(outer, inner)
        and all(implied(wanted, inner.conditions) for wanted in outer.conditions)
    )


def _actions_within(outer: Statement, inner: Statement) -> bool:
    """Whoever excepts something covers whoever excepts that, too, and what is none of it."""
    if outer.not_actions and inner.not_actions:
        return all(any(action_within(i, o) for i in inner.not_actions) for o in outer.not_actions)
    if outer.not_actions:
        return not any(actions_meet(o, i) for o in outer.not_actions for i in inner.actions)
    return all(any(action_within(o, i) for o in outer.actions) for i in inner.actions or ("*",))


def _resources_within(outer: Statement, inner: Statement) -> bool:
    """The same of resources. Policies of a resource may have none: then they are about that."""
    if outer.not_resources and inner.not_resources:
        exempt = inner.not_resources
        return all(any(resource_within(i, o) for i in exempt) for o in outer.not_resources)
    if outer.not_resources:
        return bool(inner.resources) and not any(
            resources_meet(o, i) for o in outer.not_resources for i in inner.resources
        )
    if inner.not_resources:
        return "*" in outer.resources
    if not outer.resources or not inner.resources:
        return outer.resources == inner.resources
    return all(any(resource_within(o, i) for o in outer.resources) for i in inner.resources)


def actions_meet(one: str, other: str) -> bool:
    """Whether some action may belong to both patterns, both in small letters."""
    return "*" in (one, other) or intersects(one, other)


def action_within(outer: str, inner: str) -> bool:
    """Whether every action of one pattern is one of the other, both in small letters."""
    if outer in ("*", inner):
        return True
    service, _, name = outer.partition(":")
    inner_service, _, inner_name = inner.partition(":")
    return service == inner_service and bool(name) and includes(name, inner_name)


def implied(wanted: Condition, given: Iterable[Condition]) -> bool:
    """Whether what is wanted holds whenever all that is given holds; an earlier end implies it."""
    return any(found == wanted or _ends_before(found, wanted) for found in given)


def _ends_before(found: Condition, wanted: Condition) -> bool:
    if not (is_end(found) and is_end(wanted) and len(found.values) == len(wanted.values) == 1):
        return False
    first, last = _instant(found.values[0]), _instant(wanted.values[0])
    return first is not None and last is not None and first <= last


def is_end(condition: Condition) -> bool:
    """Whether the condition is a date after which the statement matches nothing."""
    return (condition.operator.lower(), condition.key.lower()) == (
        "datelessthan",
        "aws:currenttime",
    )


def _instant(text: str) -> datetime | None:
    """The form that gitiam writes; AWS knows others, of which nothing is concluded."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
