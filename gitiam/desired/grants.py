"""One grant in one account → the statements, attachments and memberships that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from gitiam.bundles import BundleError, expand_bundle
from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.desired.state import Attachment, iam_arn
from gitiam.models import (
    AccessGrant,
    ActionsGrant,
    AssumeGrant,
    Bundle,
    BundleGrant,
    Condition,
    Conditions,
    Grant,
    GroupGrant,
    Kind,
    ManagedPolicyGrant,
    SharedPolicy,
    Step,
)
from gitiam.policy.statement import Statement

_VARIABLE = re.compile(r"(?<!\$)\{(account_id|account|partition|region)\}")
_CLOCK = "aws:CurrentTime"


class GrantError(Exception):
    """The grant cannot be turned into access; `steps` lead to the part at fault."""

    def __init__(self, message: str, *steps: Step) -> None:
        super().__init__(message)
        self.steps = steps

    @property
    def index(self) -> int:
        """Which grant of the file is meant, from 0."""
        return next((step for step in self.steps if isinstance(step, int)), 0)


@dataclass(frozen=True, slots=True)
class Access:
    """What grants stand for."""

    statements: tuple[Statement, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolver:
    """Turns grants into access. Knows the bundles, the shared policies and AWS's catalogue."""

    bundles: Mapping[str, Bundle]
    policies: Mapping[tuple[str, str], SharedPolicy]
    catalog: Catalog

    def access(
        self, grants: Sequence[Grant], account: Account, expires: datetime | None = None
    ) -> Access:
        """All grants of one file in one account, until the file's date where it has one.

        GrantError with the steps from the file's root.
        """
        access, errors = self.access_of_known(grants, account, expires)
        if errors:
            raise errors[0]
        return access

    def access_of_known(
        self, grants: Sequence[Grant], account: Account, expires: datetime | None = None
    ) -> tuple[Access, tuple[GrantError, ...]]:
        """The same of those grants that can be understood, and what is wrong with the others."""
        parts: list[Access] = []
        errors: list[GrantError] = []
        for index, grant in enumerate(grants):
            try:
                parts.append(self._grant_at(index, grant, account, expires))
            except GrantError as error:
                errors.append(error)
        access = Access(
            statements=tuple(s for part in parts for s in part.statements),
            attachments=tuple(dict.fromkeys(a for part in parts for a in part.attachments)),
            groups=tuple(dict.fromkeys(g for part in parts for g in part.groups)),
        )
        return access, tuple(errors)

    def policy_arn(self, policy: str, account: Account) -> Attachment:
        """A managed policy by ARN, by its name in the estate, or by that of one of AWS's own."""
        if policy.startswith("arn:"):
            return _attachment(fill_in(policy, account))
        shared = self.policies.get((account.name, policy))
        if shared is not None:
            return _attachment(iam_arn(account, Kind.POLICY, shared.path, shared.name))
        named = self.catalog.aws_managed_policy(policy)
        if named is None:
            raise GrantError(f"no managed policy `{policy}` in {account.name}, nor one of AWS's")
        return _attachment(f"arn:{account.partition}:iam::aws:policy/{named}")

    def _grant_at(
        self, index: int, grant: Grant, account: Account, expires: datetime | None
    ) -> Access:
        try:
            access = self._grant(grant, account)
            return replace(access, statements=tuple(until(s, expires) for s in access.statements))
        except GrantError as error:
            raise GrantError(str(error), "grants", index, *error.steps) from None

    def _grant(self, grant: Grant, account: Account) -> Access:
        match grant:
            case ActionsGrant():
                return Access((_raw(grant, account),))
            case AccessGrant():
                return Access(tuple(self._by_level(grant, account)))
            case BundleGrant():
                return Access(tuple(self._bundle(grant, account)))
            case AssumeGrant():
                roles = fill_in_all(grant.roles, account)
                return Access((Statement("Allow", ("sts:AssumeRole",), roles, grant.conditions),))
            case ManagedPolicyGrant():
                return Access(attachments=(self.policy_arn(grant.policy, account),))
            case GroupGrant():
                return Access(groups=(grant.group,))

    def _by_level(self, grant: AccessGrant, account: Account) -> Iterable[Statement]:
        for index, resource in enumerate(fill_in_all(grant.resources, account)):
            actions = self.catalog.actions_for(grant.levels, resource)
            if not actions:
                levels = ", ".join(grant.levels)
                raise GrantError(f"no {levels} action applies to `{resource}`", "resources", index)
            yield Statement("Allow", actions, (resource,), grant.conditions)

    def _bundle(self, grant: BundleGrant, account: Account) -> Iterable[Statement]:
        bundle = self.bundles.get(grant.bundle)
        if bundle is None:
            raise GrantError(f"there is no bundle `{grant.bundle}`", "bundle")
        try:
            statements = expand_bundle(
                bundle, grant.resources, grant.parameters, account.variables()
            )
        except BundleError as error:
            raise GrantError(error.message, *error.steps) from None
        for statement in statements:
            conditions = both(statement.conditions, grant.conditions)
            yield Statement("Allow", statement.actions, statement.resources, conditions)


def _attachment(arn: str) -> Attachment:
    """Labelled by what tells ARNs apart: `aws:policy/ReadOnlyAccess`, `111122223333:policy/x`."""
    return Attachment(arn.split(":iam::", 1)[-1], arn)


def _raw(grant: ActionsGrant, account: Account) -> Statement:
    return Statement(
        effect=grant.effect,
        actions=grant.actions,
        resources=fill_in_all(grant.resources, account),
        conditions=grant.conditions,
        not_actions=grant.not_actions,
        not_resources=fill_in_all(grant.not_resources, account),
    )


def fill_in(text: str, account: Account) -> str:
    """The account's `{account_id}`, `{region}` … put in; `${aws:username}` stays as it is."""
    if "{" not in text:
        return text
    variables = account.variables()
    return _VARIABLE.sub(lambda found: variables[found[1]], text)


def fill_in_all(texts: Iterable[str], account: Account) -> tuple[str, ...]:
    """`fill_in` over a list."""
    return tuple(fill_in(text, account) for text in texts)


def both(first: Conditions, second: Conditions) -> Conditions:
    """Conditions that hold only where both hold; keys and operators are compared without case.

    AWS joins the values of one operator and key by *or*, so the same pair on both sides keeps the
    values that stand in both; where none does, there is no such block. A negated operator (`…Not…`)
    joins its values by *nor*, and so takes all of both.
    """
    joined = {(c.operator.lower(), c.key.lower()): c for c in first}
    for condition in second:
        pair = (condition.operator.lower(), condition.key.lower())
        known = joined.get(pair)
        joined[pair] = _joined(known, condition) if known else condition
    return tuple(sorted(joined.values(), key=lambda c: (c.operator, c.key)))


def _joined(one: Condition, other: Condition) -> Condition:
    """The condition on one key that holds only where both do, as far as one block can say it."""
    if "not" in one.operator.lower():
        return replace(one, values=tuple(dict.fromkeys((*one.values, *other.values))))
    common = tuple(value for value in other.values if value in one.values)
    if not common:
        raise GrantError(
            f"the bundle has a {one.operator} condition on {one.key} of its own,"
            " and no value is in both",
            "conditions",
        )
    return replace(one, values=common)


def until(statement: Statement, expires: datetime | None) -> Statement:
    """The statement with its end as an IAM condition, so that access ends though nothing runs.

    A date that the statement itself already carries in the same place can only be brought forward:
    two values there would be joined by *or*.
    """
    if expires is None:
        return statement
    end = _aws_time(expires)
    kept: list[Condition] = []
    for condition in statement.conditions:
        is_clock = condition.key.lower() == _CLOCK.lower()
        if is_clock and condition.operator.lower() == "datelessthan":
            end = min(end, max(map(_instant, condition.values)))
        else:
            kept.append(condition)
    kept.append(Condition("DateLessThan", _CLOCK, (end,)))
    return statement.but(conditions=tuple(sorted(kept, key=lambda c: (c.operator, c.key))))


def _instant(value: str) -> str:
    """A condition's date in the one form that compares as text; GrantError where it is none."""
    try:
        if value.isdigit():
            moment = datetime.fromtimestamp(int(value), UTC)
        else:
            moment = datetime.fromisoformat(value.upper())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise GrantError(f"`{value}` on {_CLOCK} is not a date", "conditions") from None
    return _aws_time(moment)


@lru_cache(4096)
def _aws_time(moment: datetime) -> str:
    """An instant in UTC as IAM writes it, to the second; `strftime` would not pad an early year."""
    return moment.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
