"""A grant gives everything that a service has.

## What it does
Looks for `SERVICE:*` among the actions of a grant. On all resources that is of high risk, on named
ones of medium. Every action of every service is told by `full-wildcard`.

## Why is this bad?
It holds what nobody thinks of: changing the policy of a bucket, deleting a queue, and whatever AWS
adds to the service later. An access level or a bundle says what is meant.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: ["s3:*"]
    resources: [arn:aws:s3:::orders, arn:aws:s3:::orders/*]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - access: [read, list]
    resources: [arn:aws:s3:::orders, arn:aws:s3:::orders/*]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Risk, Severity
from gitiam.models import ActionsGrant
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import grants_of

# Wildcards of which one is a star. Looking ahead for it keeps a long row of them from being tried
# in every way to cut it in two.
_ANYTHING = r"(?=[*?]*\*)[*?]+"
_EVERY_ACTION = re.compile(rf"(?P<service>[^:*?]+):{_ANYTHING}")
# `*`, and ARNs that say no more than the service and the account: `arn:aws:s3:::*`,
# `arn:aws:sqs:*:*:*`, `arn:aws:iam::{account_id}:*`.
_ANY_RESOURCE = re.compile(
    rf"\*+|arn:[^:]*:[^:]*:[*?]*:([*?]*|\{{account_id\}}|[0-9]{{12}}):{_ANYTHING}(/\*)?"
)


class ServiceWildcard(Rule):
    """Nobody is given a whole service by a star."""

    id = "service-wildcard"
    severity = Severity.WARNING
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each action that stands for all of a service."""
        for index, grant in enumerate(grants_of(file)):
            if not isinstance(grant, ActionsGrant) or grant.effect != "Allow":
                continue
            is_everywhere = bool(grant.not_resources) or any(
                map(_ANY_RESOURCE.fullmatch, grant.resources)
            )
            for number, action in enumerate(grant.actions):
                found = _EVERY_ACTION.fullmatch(action)
                if found is None:
                    continue
                place = file.source.place("grants", index, "actions", number)
                what = f"everything that {shown(found['service'].lower())} has"
                where = ", on all its resources" if is_everywhere else ""
                message = f"{shown(action)} gives {what}{where}, and what AWS adds to it"
                fix = Fix("name the access levels or actions that are needed, or use a bundle")
                risk = Risk.HIGH if is_everywhere else Risk.MEDIUM
                yield Finding(self.id, self.severity, place, message, fix, risk)
