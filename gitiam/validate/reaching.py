"""What the principals of a file can do with all that they hold: built once for each module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.desired.holdings import Holdings, Shelf
from gitiam.desired.state import Desired, iam_arn
from gitiam.findings import Location
from gitiam.models import (
    ActionsGrant,
    Conditions,
    Declaration,
    Grant,
    GroupGrant,
    Kind,
    ManagedPolicyGrant,
    ModuleKey,
    Request,
    SharedPolicy,
)
from gitiam.policy.coverage import is_end
from gitiam.policy.evaluate import action_matches, names_action
from gitiam.policy.reach import Permit, Piece, Reach
from gitiam.policy.resource import resource_within, resources_meet
from gitiam.policy.statement import meaning_of_conditions
from gitiam.policy.subject import Subject
from gitiam.validate.context import Context, File
from gitiam.validate.names import module_keys

_COLONS = 5
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")


@dataclass(frozen=True)
class Holder:
    """One principal, or shared policy, with what it holds and can reach.

    `own` are globs of the ARNs that are the principal itself, or its groups.
    """

    desired: Desired
    holdings: Holdings
    reach: Reach
    own: tuple[str, ...]

    @property
    def key(self) -> ModuleKey:
        """Of its module."""
        return self.desired.key

    def __str__(self) -> str:
        """`role/orders in prod`."""
        return f"{self.key.principal} in {self.key.account}"


@dataclass
class Holders:
    """Those of an estate, each made at the first question."""

    context: Context
    _made: dict[ModuleKey, Holder] = field(default_factory=dict)

    def of(self, file: File) -> Iterator[Holder]:
        """The principals of a file, and the policy of one; those that fit into AWS's limits."""
        for key in module_keys(file):
            desired = self.context.state.modules.get(key)
            if desired is not None:
                yield self.holder(desired)

    def holder(self, desired: Desired) -> Holder:
        """The holder of a module."""
        if desired.key not in self._made:
            self._made[desired.key] = self._make(desired)
        return self._made[desired.key]

    def _make(self, desired: Desired) -> Holder:
        context = self.context
        holdings = context.once(_shelf).holdings(desired)
        subject = subject_of(desired, context)
        account = desired.account

        def targets(action: str) -> tuple[str, ...]:
            return targets_of(action, account.partition, account.id, context.catalog)

        reach = Reach(holdings.pieces, subject, targets, holdings.boundary)
        return Holder(desired, holdings, reach, _own(desired, subject))


def holders(context: Context) -> Holders:
    """Those of this context."""
    return context.once(Holders)


def _shelf(context: Context) -> Shelf:
    return Shelf(context.state, context.catalog, context.snapshots)


def subject_of(desired: Desired, context: Context) -> Subject:
    """The principal of a module, as conditions see it."""
    key, owned = desired.key, desired.declaration
    return Subject(
        key.kind,
        key.name,
        desired.account.id,
        desired.account.partition,
        context.now,
        owned.path if owned else None,
    )


def _own(desired: Desired, subject: Subject) -> tuple[str, ...]:
    account = desired.account
    groups = [iam_arn(account, Kind.GROUP, "/", group) for group in desired.groups]
    groups += [iam_arn(account, Kind.GROUP, "/*/", group) for group in desired.groups]
    if desired.key.kind is Kind.GROUP:
        groups += [iam_arn(account, Kind.GROUP, "/", desired.key.name)]
        groups += [iam_arn(account, Kind.GROUP, "/*/", desired.key.name)]
    return (*subject.arn_patterns, *groups)


@lru_cache(16_384)
def targets_of(action: str, partition: str, account: str, catalog: Catalog) -> tuple[str, ...]:
    """Globs of the ARNs that an action works on; those of IAM are always in one's own account.

    `("*",)` for an action that has no resource, or that nobody knows.
    """
    known = catalog.action(action)
    if known is None or not known.resource_types:
        return ("*",)
    types = catalog.resource_types(known.service)
    if any(kind not in types for kind in known.resource_types):
        return ("arn:*:*:*:*:*",)
    arns = [arn for kind in known.resource_types for arn in types[kind].split(", ")]
    own = account if known.service == "iam" else "*"
    return tuple(dict.fromkeys(_glob(arn, partition, own) for arn in arns))


def _glob(arn: str, partition: str, account: str) -> str:
    filled = arn.replace("${Partition}", partition).replace("${Account}", account)
    return _PLACEHOLDER.sub("*", filled)


def is_left_open(permit: Permit) -> bool:
    """Whether the statement is about everything of a kind, whatever was asked for."""
    return any(map(_is_all_of_a_kind, permit.piece.statement.resources or ("*",)))


def _is_all_of_a_kind(resource: str) -> bool:
    name = resource.split(":", _COLONS)[-1]
    if ":s3:" in resource:
        name = name.partition("/")[0]  # a bucket is named before the slash, and has no kind there
    return not name.rpartition("/")[2].rpartition(":")[2].strip("*")


# -- who is to blame ----------------------------------------------------------------------------


def brings(file: File, piece: Piece, holder: Holder, context: Context) -> bool:
    """Whether a principal has this statement by this file: it says it, or attaches what does."""
    return piece.origin == file.source.path or (
        bool(piece.via) and piece.via in _labels(file, holder.desired.account, context)
    )


def contributors(piece: Piece, holder: Holder, context: Context) -> Iterator[str]:
    """The files by which a principal has a statement."""
    for path in holder.desired.origins:
        file = context.by_path.get(path)
        if file is not None and brings(file, piece, holder, context):
            yield path


def place_of(file: File, permit: Permit, holder: Holder, context: Context) -> Location:
    """Where the file gives it: the action, or the grant that has it; else the file's beginning.

    Of several grants of an action it is the one with the resource and the conditions that are
    meant: policies hold what grants give in other words, merged and with a date.
    """
    account = holder.desired.account
    if isinstance(file, Declaration):
        return file.source.place("grants")
    places = (
        (_likeness(file, index, permit, account, context), place)
        for index, grant in enumerate(file.grants)
        if (place := _in_grant(file, index, grant, permit, account, context)) is not None
    )
    best = max(places, key=lambda one: one[0], default=None)
    return best[1] if best else file.source.place("grants")


def _likeness(
    file: Request | SharedPolicy, index: int, permit: Permit, account: Account, context: Context
) -> tuple[bool, bool, bool, bool]:
    """Of a grant and a permit, best first: the same resource, a wider one, one that meets it."""
    access = context.access(file, index, account)
    wanted = _all_but_date(permit.piece.statement.conditions)
    found = [(False, False, False, False)]
    for statement in access.statements if access else ():
        if names_action(statement, permit.action):
            takes = any(resource_within(r, permit.resource) for r in statement.resources)
            meets = any(resources_meet(r, permit.resource) for r in statement.resources)
            is_alike = _all_but_date(statement.conditions) == wanted
            is_same = permit.resource in statement.resources
            found.append((is_same and is_alike, takes and is_alike, meets and is_alike, takes))
    return max(found)


def _all_but_date(conditions: Conditions) -> Conditions:
    return tuple(c for c in meaning_of_conditions(conditions) if not is_end(c))


def _in_grant(
    file: Request | SharedPolicy,
    index: int,
    grant: Grant,
    permit: Permit,
    account: Account,
    context: Context,
) -> Location | None:
    if bool(permit.piece.via) is not isinstance(grant, (GroupGrant, ManagedPolicyGrant)):
        return None
    match grant:
        case ActionsGrant(effect="Allow"):
            for number, action in enumerate(grant.actions):
                if action_matches(action, permit.action):
                    return file.source.place("grants", index, "actions", number)
            if grant.not_actions and not any(
                action_matches(action, permit.action) for action in grant.not_actions
            ):
                return file.source.place_of_key("grants", index, "not_actions")
        case ManagedPolicyGrant():
            if permit.piece.via in _attached(file, index, account, context):
                return file.source.place("grants", index, "managed_policy")
        case GroupGrant():
            if permit.piece.via == f"group/{grant.group}":
                return file.source.place("grants", index, "group")
        case ActionsGrant():
            pass
        case _:
            access = context.access(file, index, account)
            if access and any(names_action(s, permit.action) for s in access.statements):
                return file.source.place("grants", index)
    return None


def _labels(file: File, account: Account, context: Context) -> frozenset[str]:
    """What the file attaches: managed policies and groups, as `Piece.via` names them."""
    if isinstance(file, Declaration):
        return frozenset()
    found = {f"group/{g.group}" for g in file.grants if isinstance(g, GroupGrant)}
    for index, grant in enumerate(file.grants):
        if isinstance(grant, ManagedPolicyGrant):
            found |= _attached(file, index, account, context)
    return frozenset(found)


def _attached(
    file: Request | SharedPolicy, index: int, account: Account, context: Context
) -> frozenset[str]:
    access = context.access(file, index, account)
    return frozenset(item.label for item in access.attachments) if access else frozenset()
