"""A grant gives everything, or everything but a few actions; or a role trusts everybody.

## What it does
Looks for `*` in the place of all actions, for `not_actions`, for AWS's `AdministratorAccess`, and
for `*` among those who may assume a role. Every action on every resource is an error, and so is a
role that everybody may assume without a condition. The rest are warnings. `SERVICE:*` is told by
`service-wildcard`; what a grant leads to, by `privilege-escalation`.

## Why is this bad?
Nobody can say what such a grant opens, today or when AWS adds actions to it. A bundle or an
access level says what is meant. Where really everything is meant, `managed_policy:
AdministratorAccess` says so in a way that no reviewer overlooks.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: ["*"]
    resources: ["*"]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - access: [read, list]
    resources: [arn:aws:dynamodb:us-east-1:111122223333:table/orders]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.models import ActionsGrant, Declaration, ManagedPolicyGrant
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule
from gitiam.validate.walk import Steps, grants_of

# Wildcards of which one is a star. Looking ahead for it keeps a long row of them from being tried
# in every way to cut it in three.
_ANYTHING = r"(?=[*?]*\*)[*?]+"
_EVERYTHING = re.compile(rf"{_ANYTHING}(:{_ANYTHING})?")
_ADMINISTRATOR = "AdministratorAccess"
_MEND = "name the actions or access levels that are needed, or use a bundle"
_MEND_TRUST = "name the accounts or roles that are meant"


class FullWildcard(Rule):
    """Nobody is given everything by a star."""

    id = "full-wildcard"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each action that stands for all, with what it stands for."""
        for index, grant in enumerate(grants_of(file)):
            if isinstance(grant, ManagedPolicyGrant):
                if not _is_administrator(grant.policy, context):
                    continue
                place = file.source.place("grants", index, "managed_policy")
                message = "this gives everything in the account, IAM included"
                yield self._of(place, message, Severity.WARNING, Risk.CRITICAL)
            elif isinstance(grant, ActionsGrant) and grant.effect == "Allow":
                yield from self._grant(("grants", index), grant, file)

        if isinstance(file, Declaration):
            yield from self._trust(file)

    def _trust(self, file: Declaration) -> Iterator[Finding]:
        for index, entry in enumerate(file.trust):
            if entry.effect != "Allow":
                continue
            names = dict(entry.principals).get("AWS", ())
            for number in (number for number, name in enumerate(names) if not name.strip("*")):
                place = file.source.place("trust", index, "aws", number)
                message = "everybody in AWS, in any account, may assume this role"
                severity, risk = Severity.ERROR, Risk.CRITICAL
                if entry.conditions:
                    message += " who meets these conditions"
                    severity, risk = Severity.WARNING, Risk.HIGH
                yield self._of(place, message, severity, risk, _MEND_TRUST)

    def _grant(self, steps: Steps, grant: ActionsGrant, file: File) -> Iterator[Finding]:
        is_star = bool(grant.not_resources) or any(not r.strip("*") for r in grant.resources)
        if grant.not_actions:
            place = file.source.place_of_key(*steps, "not_actions")
            message = "this gives every action of AWS but those listed, and all that AWS adds later"
            yield self._of(place, message, *_weight(is_star))
        for number, action in enumerate(grant.actions):
            if not _EVERYTHING.fullmatch(action):
                continue
            place = file.source.place(*steps, "actions", number)
            message = "every action that can work on these resources, now or later"
            if is_star:
                message = "every action on every resource: this gives the whole account"
            yield self._of(place, message, *_weight(is_star))

    def _of(
        self, place: Location, message: str, severity: Severity, risk: Risk, mend: str = _MEND
    ) -> Finding:
        return Finding(self.id, severity, place, message, Fix(mend), risk)


def _weight(is_star: bool) -> tuple[Severity, Risk]:
    """Of all actions, by whether they are given on every resource."""
    return (Severity.ERROR, Risk.CRITICAL) if is_star else (Severity.WARNING, Risk.HIGH)


def _is_administrator(policy: str, context: Context) -> bool:
    """Whether it is AWS's own policy, however the grant spells its name or ARN."""
    named = policy.rpartition(":iam::aws:policy/")[2]
    return context.catalog.aws_managed_policy(named) == _ADMINISTRATOR
