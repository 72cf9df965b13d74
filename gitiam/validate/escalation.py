"""Which ways to more permissions a principal has, with all that it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

from gitiam.policy.evaluate import action_matches
from gitiam.policy.reach import Permit
from gitiam.policy.resource import resource_within, resources_meet
from gitiam.policy.statement import Statement
from gitiam.policy.truth import Domain
from gitiam.risks.paths import EscalationPath, Need, Where, paths
from gitiam.validate.reaching import Holder

_PASSING = "iam:PassRole"
#: Permits that count, at most, for one need: a hostile file could have thousands.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Escalation:
    """A path that is open, and what opens it, need by need; leave to pass a role comes last."""

    path: EscalationPath
    permits: tuple[tuple[Permit, ...], ...]

    @property
    def every(self) -> Iterator[Permit]:
        """All permits that have a part in it."""
        return (permit for found in self.permits for permit in found)


def escalations(holder: Holder) -> tuple[Escalation, ...]:
    """Every path that is open to the holder, in the order of the catalogue."""
    held = _held(holder)
    if not held:
        return ()
    candidates = (
        path
        for path in paths()
        if all(held.intersection(need.actions) for need in path.needs)
        and (not path.passes or _PASSING in held)
    )
    found = (_open(path, holder) for path in candidates)
    return tuple(one for one in found if one is not None)


def _held(holder: Holder) -> frozenset[str]:
    """The actions of the catalogue that some statement names."""
    held: set[str] = set()
    for piece in holder.reach.pieces:
        held |= _named(piece.statement)
    return frozenset(held)


@cache
def _interesting() -> frozenset[str]:
    """Every action that has a part in some path."""
    return frozenset({_PASSING, *(action for path in paths() for action in path.actions)})


def _named(statement: Statement) -> frozenset[str]:
    if statement.not_actions:
        return _interesting() - _matched(statement.not_actions)
    return _matched(statement.actions)


@lru_cache(16_384)
def _matched(patterns: tuple[str, ...]) -> frozenset[str]:
    """Those of the catalogue that one of the patterns means; requests repeat the same lists."""
    return frozenset(a for p in patterns for a in _candidates(p) if action_matches(p, a))


def _candidates(pattern: str) -> Iterable[str]:
    """The catalogue's actions of the pattern's service, without which nothing can match."""
    service = pattern.partition(":")[0].lower()
    return _by_service().get(service, ()) if service.strip("*") else _interesting()


@cache
def _by_service() -> Mapping[str, list[str]]:
    index: defaultdict[str, list[str]] = defaultdict(list)
    for action in _interesting():
        index[action.partition(":")[0].lower()].append(action)
    return dict(index)


def _open(path: EscalationPath, holder: Holder) -> Escalation | None:
    found = [_permits(need, holder) for need in path.needs]
    if path.passes:
        found.append(_passable(path.passes, holder))
    if not all(found):
        return None
    if not _met_together(path.needs, found):
        return None
    return Escalation(path, tuple(map(tuple, found)))


def _permits(need: Need, holder: Holder) -> list[Permit]:
    """The permits that meet a need."""
    found = (
        permit
        for action in need.actions
        for permit in holder.reach.permits(action, domains=_chosen(holder))
        if _counts(need.where, permit, holder)
    )
    return [permit for permit, _ in zip(found, range(_MOST), strict=False)]


def _counts(where: Where, permit: Permit, holder: Holder) -> bool:
    match where:
        case Where.ANY:
            return True
        case Where.BROAD:
            return permit.is_broad
        case Where.SELF:
            return permit.is_broad or any(resources_meet(permit.resource, o) for o in holder.own)
        case Where.OTHER:
            is_own = any(resource_within(own, permit.resource) for own in holder.own)
            return permit.is_broad or not (is_own or "${aws:username" in permit.resource.lower())


def _passable(services: tuple[str, ...], holder: Holder) -> list[Permit]:
    """Leave to pass roles to one of the services, where it is not one role that is named.

    Naming the role says whose power is meant; who reviews can look at that role.
    """
    passed = {"iam:passedtoservice": Domain(absent=False, values=frozenset(services))}
    found = holder.reach.permits(_PASSING, domains=passed)
    return [permit for permit in found if not permit.is_named][:_MOST]


def _chosen(holder: Holder) -> Mapping[str, Domain]:
    """What somebody would choose who wants everything: the widest policy, and a void boundary."""
    everything = f"arn:{holder.desired.account.partition}:iam::aws:policy/AdministratorAccess"
    return {
        "iam:policyarn": Domain(absent=False, values=frozenset([everything])),
        "iam:permissionsboundary": Domain(values=frozenset([everything])),
    }


def _met_together(needs: tuple[Need, ...], found: list[list[Permit]]) -> bool:
    """Whether needs of the same word can be met on one resource; yes where there are too many."""
    tied = [permits for need, permits in zip(needs, found, strict=False) if need.same]
    if len(tied) < 2 or any(len(permits) == _MOST for permits in tied):
        return True
    return any(
        all(resources_meet(first.resource, other.resource) for other in rest)
        for first, *rest in product(*tied)
    )
