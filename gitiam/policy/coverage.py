"""Whether one permission lies within others. Where that is not certain, the answer is no.

A permission is a statement with one action and one resource, as `singles` takes them apart; `Not…`
lists cannot be taken apart and are covered by their like alone. Within means: whatever request the
inner one matches, the outer one matches too, at any time and whatever the request's context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import product

from gitiam.models import Condition
from gitiam.policy.glob import includes
from gitiam.policy.resource import resource_within
from gitiam.policy.statement import Principals, Statement


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
    """Those permissions of `inner` that lie within no single one of `outer`."""
    known = tuple(singles(outer))
    alike = frozenset(known)
    return tuple(s for s in singles(inner) if s not in alike and not _is_within(s, known))


def has_ended(statement: Statement, now: datetime) -> bool:
    """Whether the statement's date is past: it matches nothing any more, and never will again."""
    return any(
        all((end := _instant(value)) is not None and end <= now for value in condition.values)
        for condition in statement.conditions
        if is_end(condition) and condition.values
    )


def _is_within(inner: Statement, known: Sequence[Statement]) -> bool:
    return any(covers(outer, inner) for outer in known)


def covers(outer: Statement, inner: Statement) -> bool:
    """Whether the permission `inner` lies within the permission `outer`."""
    return (
        outer.effect == inner.effect
        and outer.principals == inner.principals
        and outer.not_principals == inner.not_principals
        and outer.not_actions == inner.not_actions
        and outer.not_resources == inner.not_resources
        and _pairwise(_action_within, outer.actions, inner.actions)
        and _pairwise(resource_within, outer.resources, inner.resources)
        and all(_is_implied(wanted, inner.conditions) for wanted in outer.conditions)
    )


def _pairwise(
    within: Callable[[str, str], bool], outer: tuple[str, ...], inner: tuple[str, ...]
) -> bool:
    """One value on each side; or none on both, as with a `Not` list."""
    if len(outer) == len(inner) == 1:
        return within(outer[0], inner[0])
    return outer == inner


def _action_within(outer: str, inner: str) -> bool:
    if outer in ("*", inner):
        return True
    service, _, name = outer.partition(":")
    inner_service, _, inner_name = inner.partition(":")
    return service == inner_service and bool(name) and includes(name, inner_name)


def _is_implied(wanted: Condition, given: Iterable[Condition]) -> bool:
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
