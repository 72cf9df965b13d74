"""What the principals of a file can do with all that they hold: built once for each module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from gitiam.catalog import Catalog
from gitiam.desired.holdings import Holdings, Shelf
from gitiam.desired.state import Desired, iam_arn
from gitiam.models import (
    Kind,
    ModuleKey,
)
from gitiam.policy.reach import Reach
from gitiam.policy.resource import resource_within
from gitiam.policy.subject import Subject
from gitiam.validate.context import Context, File
from gitiam.validate.names import module_keys

_COLONS = 5
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")


@dataclass(frozen=True)
class Holder:
    """One principal, or shared policy, with what it holds and can reach.

    `own` are globs of the ARNs that may be the principal itself, or its groups: a member of a
    group, or who has a policy, may be anybody.
    """

    desired: Desired
    holdings: Holdings
    reach: Reach
    own: tuple[str, ...]

    @property
    def key(self) -> ModuleKey:
        """Of its module."""
        return self.desired.key

    def is_itself(self, resource: str) -> bool:
        """Whether a pattern of resources is surely the principal's own, and nobody else's."""
        if _ONESELF.fullmatch(resource):
            return True
        certain = self.own if self.key.kind in (Kind.ROLE, Kind.USER) else ()
        return any(resource_within(own, resource) for own in certain)

    def __str__(self) -> str:
        """`role/orders in prod`."""
        return f"{self.key.principal} in {self.key.account}"


#: A user as it names itself, under a path or not.
_ONESELF = re.compile(r"arn:[^:]*:iam::[^:]*:user/([^:]*/)?\$\{aws:username\}", re.IGNORECASE)


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
