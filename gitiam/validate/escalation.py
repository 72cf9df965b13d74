"""Which ways to more permissions a principal has, with all that it holds.

On which resource an action must be permitted follows from the path. What a principal does to itself
counts where it may reach itself. Of another user it must be another. What runs already, a role to
pass and a group to join count where they are left open: naming one says whose power is meant, and
who reviews can look at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from itertools import product

from gitiam.models import Kind, ModuleKey
from gitiam.policy.actions import Watched
from gitiam.policy.reach import Permit, broad_kinds
from gitiam.policy.resource import VARIABLE, resources_meet
from gitiam.policy.truth import Domain
from gitiam.risks.paths import EscalationPath, Need, PathClass, Target, escalation_paths
from gitiam.validate.context import Context
from gitiam.validate.narrowing import is_wide
from gitiam.validate.reaching import Holder

_PASSING = "iam:PassRole"
_ASSUMING = "sts:AssumeRole"
_TAKING_OFF = ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary")
_WIDE_POLICIES = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")
#: Permits that count, at most, for one need: a hostile file could have thousands.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Escalation:
    """A path that is open, and the permits that open it, need by need."""

    path: EscalationPath
    permits: tuple[tuple[Permit, ...], ...]

    @property
    def every(self) -> Iterator[Permit]:
        """All permits that have a part in it."""
        return (permit for found in self.permits for permit in found)


class Escalations:
    """Those of each holder of a context, found once."""

    def __init__(self, _context: Context) -> None:
        self._found: dict[ModuleKey, tuple[Escalation, ...]] = {}

    def of(self, holder: Holder) -> tuple[Escalation, ...]:
        """As `escalations` has them."""
        if holder.key not in self._found:
            self._found[holder.key] = escalations(holder)
        return self._found[holder.key]


class _Where(Enum):
    """On which resource an action must be permitted."""

    ANY = auto()
    ITSELF = auto()
    OTHER = auto()
    UNNAMED = auto()
    BROAD = auto()


def escalations(holder: Holder) -> tuple[Escalation, ...]:
    """Every path that is open to the holder, in the order of the catalogue."""
    held = _held(holder)
    if not held:
        return ()
    candidates = (
        path
        for path in escalation_paths()
        if all(held.intersection(need.actions or (_PASSING,)) for need in path.needs)
    )
    chosen = _chosen(holder)
    found = (_open(path, holder, chosen) for path in candidates)
    return tuple(one for one in found if one is not None)


def _held(holder: Holder) -> frozenset[str]:
    """The actions of the catalogue that some statement names."""
    pieces = holder.reach.pieces
    return frozenset().union(*(_watched().named_by(piece.statement) for piece in pieces))


@cache
def _watched() -> Watched:
    """Every action that has a part in some path."""
    return Watched(action for path in escalation_paths() for action in path.actions)


def _open(path: EscalationPath, holder: Holder, chosen: Mapping[str, Domain]) -> Escalation | None:
    found = []
    for number, need in enumerate(path.needs):
        permits = _permits(need, _where(path, need, number), holder, chosen)
        if not permits:
            return None
        found.append(permits)
    if not _met_together(path.needs, found):
        return None
    return Escalation(path, tuple(map(tuple, found)))


def _where(path: EscalationPath, need: Need, number: int) -> _Where:
    if need.passes:
        return _Where.UNNAMED
    if need.itself:
        return _Where.ITSELF
    match path.kind:
        case PathClass.EXISTING_COMPUTE if number == 0:
            return _Where.BROAD
        case PathClass.OTHER_PRINCIPAL if need.reaches is Target.USER:
            return _Where.OTHER
        case PathClass.GROUP_MEMBERSHIP if len(path.needs) == 1:
            return _Where.UNNAMED
        case PathClass.TRUST if _ASSUMING in need.actions:
            return _Where.BROAD
        case _:
            return _Where.ANY


def _permits(
    need: Need, where: _Where, holder: Holder, domains: Mapping[str, Domain]
) -> list[Permit]:
    """The permits that meet a need, where `domains` are what the request may be made with."""
    if need.passes:
        passed = Domain(absent=False, values=_services(need.passes, holder))
        domains = {**domains, "iam:passedtoservice": passed}
    every = [
        permit
        for action in need.actions or (_PASSING,)
        for permit in holder.reach.permits(action, domains=domains)
    ]
    if where is _Where.BROAD:
        broad = broad_kinds(every, is_wide)
        every = [permit for permit in every if permit.action in broad]
    return [permit for permit in every if _counts(where, need, permit, holder)][:_MOST]


def _counts(where: _Where, need: Need, permit: Permit, holder: Holder) -> bool:
    match where:
        case _Where.ANY:
            return True
        case _Where.BROAD:
            return is_wide(permit)
        case _Where.UNNAMED:
            return not permit.is_named
        case _Where.ITSELF:
            own = _own(need, holder)
            return permit.is_broad or any(resources_meet(permit.resource, o) for o in own)
        case _Where.OTHER:
            return permit.is_broad or not holder.is_itself(permit.resource)


def _own(need: Need, holder: Holder) -> tuple[str, ...]:
    """What is the principal's own of a kind: itself, its groups, or the policies that it has."""
    if need.reaches is not Target.POLICY:
        return holder.own
    desired = holder.desired
    attached = [item.arn for item in desired.attachments]
    attached += [policy.arn for policy in desired.overflow]
    attached += [desired.arn] if desired.key.kind is Kind.POLICY else []
    return (*attached, *filter(None, [desired.boundary]))


def _chosen(holder: Holder) -> Mapping[str, Domain]:
    """What somebody would choose who wants everything: a wide policy, and a void boundary.

    Whoever may not attach one of AWS's widest policies takes another, or one that somebody wrote,
    or writes one. A boundary that may be taken off again can be any.
    """
    account = holder.desired.account
    start = f"arn:{account.partition}:iam::"
    wide = frozenset(f"{start}aws:policy/{name}" for name in _WIDE_POLICIES)
    policies = wide | {f"{start}{account.id}:policy/any", *_writable(holder)}
    chosen = {"iam:policyarn": Domain(absent=False, values=policies)}
    if not any(map(holder.reach.permits, _TAKING_OFF)):
        chosen["iam:permissionsboundary"] = Domain(values=wide)
    return chosen


def _writable(holder: Holder) -> Iterator[str]:
    """A policy for each pattern of those that the holder may write."""
    for action in ("iam:CreatePolicy", "iam:CreatePolicyVersion"):
        for permit in holder.reach.permits(action)[:_MOST]:
            yield VARIABLE.sub("any", permit.resource).replace("*", "any").replace("?", "x")


def _services(names: Iterable[str], holder: Holder) -> frozenset[str]:
    """As they are called in the partition, too: in China some have names of their own."""
    suffixes = ("", ".cn") if holder.desired.account.partition == "aws-cn" else ("",)
    return frozenset(f"{name}{suffix}" for name in names for suffix in suffixes)


def _met_together(needs: tuple[Need, ...], found: list[list[Permit]]) -> bool:
    """Whether needs that reach the same kind of thing can be met on one; yes where too many."""
    return all(_met_on_one(needs, found, target) for target in Target)


def _met_on_one(needs: tuple[Need, ...], found: list[list[Permit]], target: Target) -> bool:
    tied = [
        permits
        for need, permits in zip(needs, found, strict=True)
        if need.reaches is target and not need.itself
    ]
    if len(tied) < 2 or any(len(permits) == _MOST for permits in tied):
        return True
    return any(
        all(resources_meet(first.resource, other.resource) for other in rest)
        for first, *rest in product(*tied)
    )
