"""Which grants give nothing that another request of the same principal does not give already.

Conservative throughout: one other request must cover the whole grant, statement by statement, in
every account and for every principal of the file. Actions are compared as patterns, not by what
they match today; statements with `not_actions`, `not_resources` or Deny, and resources with
policy variables, count only where they are the same text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from gitiam.desired.grants import Access
from gitiam.models import Conditions, ModuleKey, Request
from gitiam.policy.glob import includes, is_glob
from gitiam.policy.statement import Statement
from gitiam.validate.context import Context
from gitiam.validate.names import module_keys

#: Principals with more grants are left out: AWS's limits let hardly any hold so many, and the time
#: grows with their square.
MOST = 200

GrantKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """One grant to one principal in one account."""

    key: GrantKey
    expires: datetime | None
    access: Access

    @property
    def path(self) -> str:
        return self.key[0]

    def lasts_as_long_as(self, other: _Unit) -> bool:
        if self.expires is None:
            return True
        return other.expires is not None and self.expires >= other.expires


def covered_grants(context: Context) -> Mapping[GrantKey, tuple[str, ...]]:
    """(path, index) of each grant that is needless → the requests that make it so, sorted."""
    asked: defaultdict[ModuleKey, list[Request]] = defaultdict(list)
    for request in context.live:
        for key in module_keys(request):
            if key.account in context.estate.config.accounts:
                asked[key].append(request)
    covered_in: defaultdict[GrantKey, list[str]] = defaultdict(list)
    for key, requests in asked.items():
        if len(requests) > 1 and sum(len(r.grants) for r in requests) <= MOST:
            for needless, by in _needless(list(_units(requests, key.account, context)), context):
                covered_in[needless].append(by)
    return {
        grant: tuple(sorted(set(by)))
        for grant, by in covered_in.items()
        if len(by) == len(_modules(grant[0], context))
    }


def _modules(path: str, context: Context) -> list[ModuleKey]:
    """The modules that a request has a part in: all of them must be covered."""
    file = context.by_path[path]
    return [k for k in module_keys(file) if k.account in context.estate.config.accounts]


def _units(requests: Iterable[Request], account: str, context: Context) -> Iterator[_Unit]:
    for request in requests:
        for index in range(len(request.grants)):
            access = context.access(request, index, context.estate.config.accounts[account])
            if access is not None:
                yield _Unit((request.path, index), request.expires, access)


def _needless(units: list[_Unit], context: Context) -> Iterator[tuple[GrantKey, str]]:
    """Of two requests that cover each other, the one that stood first is the one that stays."""
    index = _Index()
    for unit in units:
        index.add(unit)
    hits = {unit.key: paths for unit in units if (paths := index.covering(unit))}
    covering = {path for paths in hits.values() for path in paths}
    mutual = {
        (key[0], other) for key, paths in hits.items() if key[0] in covering for other in paths
    }
    for key, paths in hits.items():
        path = key[0]
        for other in sorted(paths, key=context.precedence):
            is_first = context.precedence(other) < context.precedence(path)
            if is_first or (other, path) not in mutual:
                yield key, other
                break


@dataclass(slots=True)
class _Index:
    """Finds, for a resource, the statements that may cover it, without comparing all with all."""

    exact: defaultdict[str, list[tuple[_Unit, Statement]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    globs: defaultdict[str, list[tuple[_Unit, Statement]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    whole: defaultdict[object, list[_Unit]] = field(default_factory=lambda: defaultdict(list))

    def add(self, unit: _Unit) -> None:
        for part in (*unit.access.attachments, *unit.access.groups):
            self.whole[part].append(unit)
        for statement in unit.access.statements:
            if not _is_plain(statement):
                self.whole[statement.meaning()].append(unit)
                continue
            for resource in dict.fromkeys(statement.resources):
                home = self.globs if is_glob(resource) and "${" not in resource else self.exact
                home[resource].append((unit, statement))

    def covering(self, unit: _Unit) -> frozenset[str]:
        """The other requests that give all that this unit gives, at least as long."""
        paths: frozenset[str] | None = None
        for found in self._parts(unit):
            right = {u.path for u in found if u.path != unit.path and u.lasts_as_long_as(unit)}
            paths = frozenset(right) if paths is None else paths & right
            if not paths:
                return frozenset()
        return paths or frozenset()

    def _parts(self, unit: _Unit) -> Iterator[Iterable[_Unit]]:
        """For each thing that the unit gives, the units that give it, too."""
        for part in (*unit.access.attachments, *unit.access.groups):
            yield self.whole[part]
        # The narrowest resources first: they are the ones that nobody else has.
        for statement in sorted(unit.access.statements, key=lambda s: "*" in s.resources):
            if not _is_plain(statement):
                yield self.whole[statement.meaning()]
                continue
            for resource in statement.resources:
                yield (
                    u for u, s in self._with(resource) if _gives(s, statement.actions, statement)
                )

    def _with(self, resource: str) -> Iterator[tuple[_Unit, Statement]]:
        yield from self.exact.get(resource, ())
        for glob, found in self.globs.items():
            if (
                glob == resource
                or glob == "*"
                or ("${" not in resource and includes(glob, resource))
            ):
                yield from found


def _is_plain(statement: Statement) -> bool:
    return bool(statement.effect == "Allow" and statement.actions and statement.resources)


def _gives(outer: Statement, actions: tuple[str, ...], inner: Statement) -> bool:
    if outer.conditions and _sorted(outer.conditions) != _sorted(inner.conditions):
        return False
    return _actions_cover(outer.actions, actions)


def _sorted(conditions: Conditions) -> Conditions:
    return Statement("Allow", conditions=conditions).meaning().conditions


@lru_cache(16_384)
def _actions_cover(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    if outer == inner:
        return True
    wide = {action.lower() for action in outer}
    patterns = [action for action in wide if is_glob(action)]
    return all(
        action in wide or any(includes(pattern, action) for pattern in patterns)
        for action in map(str.lower, inner)
    )
