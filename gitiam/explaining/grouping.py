"""Single permissions → parts that a person can take in: those that are alike, together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gitiam.catalog import Catalog
from gitiam.explaining.comparing import Judged, end_of
from gitiam.explaining.values import (
    EVERY,
    UNKNOWN,
    Level,
    Part,
    ServiceAccess,
    Standing,
    is_whole,
)
from gitiam.models import AccessLevel, Condition, Conditions
from gitiam.policy.coverage import is_end
from gitiam.policy.glob import is_glob
from gitiam.policy.statement import Statement, meaning_of_conditions

#: Actions by which a principal acts as another: they are never one among many.
APART = frozenset({"iam:passrole", "sts:assumerole"})

_Placed = tuple["_Alike", str, str, tuple[str, ...]]
_Alone = tuple["_Alike", str, frozenset[str]]
_Together = tuple["_Alike", tuple[str, ...], str, bool, tuple[str, ...]]
_LEVELS = (*AccessLevel, UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Alike:
    """What permissions of one part have in common, but for services and resources."""

    effect: str
    standing: Standing
    via: str
    by: tuple[str, ...]
    other_until: datetime | None
    conditions: Conditions
    until: datetime | None
    but_actions: tuple[str, ...]
    but_resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How conditions and actions were written: permissions are compared in small letters."""

    conditions: Mapping[Condition, Condition]
    actions: Mapping[str, str]

    @classmethod
    def of(cls, statements: Iterable[Statement]) -> Spelling:
        """From the statements that the permissions were taken from."""
        conditions: dict[Condition, Condition] = {}
        actions: dict[str, str] = {}
        for statement in statements:
            for one in statement.conditions:
                (found,) = meaning_of_conditions((one,))
                conditions.setdefault(found, one)
            for action in (*statement.actions, *statement.not_actions):
                actions.setdefault(action.lower(), action)
        return cls(conditions, actions)


def parts_of(judged: Iterable[Judged], spelling: Spelling, catalog: Catalog) -> tuple[Part, ...]:
    """The permissions in as few parts as they have different things to say; in a fixed order."""
    by_resource: defaultdict[_Placed, set[str]] = defaultdict(set)
    for one in judged:
        s = one.single
        action = "".join(s.actions)
        service = EVERY if not action else action.partition(":")[0]
        service = service if service.strip("*") else EVERY
        apart = action if action in APART else ""
        by_resource[_alike(one, spelling), service, apart, s.resources].add(action)
    by_actions: defaultdict[_Alone, set[str]] = defaultdict(set)
    for (alike, service, _, resources), actions in by_resource.items():
        by_actions[alike, service, frozenset(actions)].update(resources)
    together: defaultdict[_Together, list[ServiceAccess]] = defaultdict(list)
    for (alike, service, patterns), places in by_actions.items():
        where = tuple(sorted(places))
        access = _access(service, patterns, where, spelling, catalog)
        levels = tuple(level.name for level in access.levels)
        apart = "".join(patterns) if patterns <= APART else ""
        together[alike, where, apart, is_whole(access), levels].append(access)
    found = [_part(alike, where, those) for (alike, where, *_), those in together.items()]
    return tuple(sorted(found, key=_order))


def _alike(one: Judged, spelling: Spelling) -> _Alike:
    s = one.single
    return _Alike(
        s.effect,
        one.standing,
        one.via,
        one.by,
        one.until,
        tuple(spelling.conditions.get(c, c) for c in s.conditions if not is_end(c)),
        end_of(s),
        tuple(spelling.actions.get(a, a) for a in s.not_actions),
        s.not_resources,
    )


def _part(alike: _Alike, where: tuple[str, ...], services: list[ServiceAccess]) -> Part:
    return Part(
        effect=alike.effect,
        standing=alike.standing,
        services=tuple(sorted(services, key=lambda one: (one.service, one.patterns))),
        resources=where,
        but_actions=alike.but_actions,
        but_resources=alike.but_resources,
        conditions=alike.conditions,
        until=alike.until,
        via=alike.via,
        by=alike.by,
        other_until=alike.other_until,
    )


def _access(
    service: str,
    patterns: Iterable[str],
    where: tuple[str, ...],
    spelling: Spelling,
    catalog: Catalog,
) -> ServiceAccess:
    """The actions by level; what is spelled out counts whether or not it works on the resources."""
    written = tuple(sorted({_spelled(p, spelling, catalog) for p in patterns if p}))
    if service == EVERY:
        return ServiceAccess(EVERY, written, ())
    by_level: defaultdict[str, set[str]] = defaultdict(set)
    for pattern in written:
        names = catalog.expand(pattern)
        if not names and not is_glob(pattern):
            by_level[UNKNOWN].add(pattern)
        for name in names:
            action = catalog.action(name)
            if action is None:
                continue
            if is_glob(pattern) and where and not any(catalog.may_apply(action, r) for r in where):
                continue
            by_level[action.access_level].add(name)
    levels = (Level(name, tuple(sorted(by_level[name]))) for name in _LEVELS if by_level[name])
    return ServiceAccess(service, written, tuple(levels))


def _spelled(pattern: str, spelling: Spelling, catalog: Catalog) -> str:
    known = None if is_glob(pattern) else catalog.action(pattern)
    return known.full_name if known else spelling.actions.get(pattern, pattern)


def _order(part: Part) -> tuple[object, ...]:
    services = tuple((s.service, s.patterns) for s in part.services)
    conditions = tuple((c.key, c.operator, c.values) for c in part.conditions)
    return (
        part.via,
        services,
        part.resources,
        part.but_resources,
        conditions,
        str(part.until),
        part.standing.value,
        part.by,
    )
