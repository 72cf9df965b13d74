"""A grant gives everything, or everything that a service has; or a role trusts everybody.

## What it does
Looks for `*` in the place of all actions, for `SERVICE:*`, for `not_actions`, for AWS's
`AdministratorAccess`, and for `*` among those who may assume a role. Every action on every resource
is an error, and so is every action of IAM on every resource, which is the same for whoever wants it
to be. A role that everybody may assume, without a condition, is one too. The rest are warnings.

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

from gitiam.findings import Finding, Fix, Severity
from gitiam.models import ActionsGrant, Declaration, ManagedPolicyGrant
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import Steps, grants_of

# Wildcards of which one is a star. Looking ahead for it keeps a long row of them from being tried
# in every way to cut it in three.
_ANYTHING = r"(?=[*?]*\*)[*?]+"
_EVERYTHING = re.compile(rf"{_ANYTHING}(:{_ANYTHING})?")
# `*`, and ARNs that say no more than the service and the account: `arn:aws:s3:::*`,
# `arn:aws:sqs:*:*:*`, `arn:aws:iam::{account_id}:*`.
_ANY_RESOURCE = re.compile(
    rf"\*+|arn:[^:]*:[^:]*:[*?]*:([*?]*|\{{account_id\}}|[0-9]{{12}}):{_ANYTHING}(/\*)?"
)
_ADMINISTRATOR = "AdministratorAccess"
_WHOLE_POWER = frozenset(["iam"])
_MEND = "name the actions or access levels that are needed, or use a bundle"


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
                yield self.finding(place, message, Fix(_MEND), Severity.WARNING)
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
                severity = Severity.ERROR
                if entry.conditions:
                    message += " who meets these conditions"
                    severity = Severity.WARNING
                fix = Fix("name the accounts or roles that are meant")
                yield self.finding(place, message, fix, severity)

    def _grant(self, steps: Steps, grant: ActionsGrant, file: File) -> Iterator[Finding]:
        is_any = bool(grant.not_resources) or any(map(_ANY_RESOURCE.fullmatch, grant.resources))
        is_star = bool(grant.not_resources) or any(not r.strip("*") for r in grant.resources)
        if grant.not_actions:
            place = file.source.place_of_key(*steps, "not_actions")
            message = "this gives every action of AWS but those listed, and all that AWS adds later"
            severity = Severity.ERROR if is_star else Severity.WARNING
            yield self.finding(place, message, Fix(_MEND), severity)
        for number, action in enumerate(grant.actions):
            judged = _judge(action, is_any, is_star)
            if judged is not None:
                place = file.source.place(*steps, "actions", number)
                yield self.finding(place, judged[1], Fix(_MEND), judged[0])


def _is_administrator(policy: str, context: Context) -> bool:
    """Whether it is AWS's own policy, however the grant spells its name or ARN."""
    named = policy.rpartition(":iam::aws:policy/")[2]
    return context.catalog.aws_managed_policy(named) == _ADMINISTRATOR


def _judge(action: str, is_any: bool, is_star: bool) -> tuple[Severity, str] | None:
    service, _, name = action.lower().partition(":")
    if _EVERYTHING.fullmatch(action):
        if is_star:
            return Severity.ERROR, "every action on every resource: this gives the whole account"
        return Severity.WARNING, "every action that can work on these resources, now or later"
    if "*" not in name or name.strip("*?") or not is_any:
        return None
    if service in _WHOLE_POWER:
        message = f"{shown(action)} on everything lets its holder give themselves the whole account"
        return Severity.ERROR, message
    message = f"{shown(action)} gives everything that `{service}` has, on all its resources"
    return Severity.WARNING, message
