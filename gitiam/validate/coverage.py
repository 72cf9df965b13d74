"""Which grants give nothing that another request of the same principal does not give already.

Conservative throughout: one other request must cover the whole grant, statement by statement, in
every account and for every principal of the file. Actions are compared as patterns, not by what
they match today; statements with `not_actions`, `not_resources` or Deny, and resources with
policy variables, count only where they are the same text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from gitiam.desired.grants import Access
from gitiam.desired.state import Desired
from gitiam.models import (
    AccessGrant,
    ActionsGrant,
    BundleGrant,
    Conditions,
    Grant,
    GroupGrant,
    ManagedPolicyGrant,
    Request,
)
from gitiam.policy.glob import includes, is_glob
from gitiam.policy.statement import Statement
from gitiam.validate.context import Context
from gitiam.validate.names import module_keys

#: Principals with more grants are left out: AWS's limits let hardly any hold so many, and the time
#: grows with their square.
MOST = 200
#: Likewise of resources.
MOST_RESOURCES = 1_000

GrantKey = tuple[str, int]

_WILDCARD = re.compile(r"[*?]")
# Packing numbers the statements of one request; a Sid ends in hexadecimal digits otherwise.
_NUMBER = re.compile(r"n[0-9]+\Z")


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
    covered_in: defaultdict[GrantKey, list[str]] = defaultdict(list)
    for desired in context.state.modules.values():
        if len(desired.origins) > 1:
            for needless, by in _needless(list(_units(desired, context)), context):
                covered_in[needless].append(by)
    return {
        grant: tuple(sorted(set(by)))
        for grant, by in covered_in.items()
        if len(by) == _count_of_modules(grant[0], context)
    }


def _count_of_modules(path: str, context: Context) -> int:
    """How many modules a request has a part in: it must be covered in all of them."""
    known = context.estate.config.accounts
    return sum(key.account in known for key in module_keys(context.by_path[path]))


def _units(desired: Desired, context: Context) -> Iterator[_Unit]:
    """The grants of one principal that may repeat each other."""
    files = map(context.by_path.__getitem__, desired.origins)
    requests = [file for file in files if isinstance(file, Request)]
    if len(requests) < 2 or sum(len(request.grants) for request in requests) > MOST:
        return
    if sum(len(statement.resources) for statement in desired.statements) > MOST_RESOURCES:
        return
    with_statements = may_repeat(desired, requests)
    for request in requests:
        for index, grant in enumerate(request.grants):
            if with_statements or isinstance(grant, (ManagedPolicyGrant, GroupGrant)):
                access = context.access(request, index, desired.account)
                if access is not None:
                    yield _Unit((request.path, index), request.expires, access)


def may_repeat(desired: Desired, requests: Iterable[Request]) -> bool:
    """Whether two requests could give the same by statements; a quick look, and never a false no.

    Whoever covers a statement has its resources, or a pattern that begins as they do. `*` says
    nothing, because bundles bring statements on it, unless a grant is about nothing else.
    """
    if sum(any(map(_is_about_everything, request.grants)) for request in requests) > 1:
        return True
    owners: dict[str, str] = {}
    beginnings: list[tuple[str, str]] = []
    for statement in desired.statements:
        owner = _NUMBER.sub("", statement.sid)
        for resource in statement.resources:
            if resource == "*":
                continue
            if owners.setdefault(resource, owner) != owner:
                return True
            if is_glob(resource):
                beginnings.append((_WILDCARD.split(resource, maxsplit=1)[0], owner))
    return any(
        resource.startswith(beginning) and owner != other
        for beginning, other in beginnings
        for resource, owner in owners.items()
    )


def _is_about_everything(grant: Grant) -> bool:
    if isinstance(grant, ActionsGrant):
        return "*" in grant.resources or not grant.resources or not grant.actions
    return isinstance(grant, (BundleGrant, AccessGrant)) and (
        not grant.resources or "*" in grant.resources
    )


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
