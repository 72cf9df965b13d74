"""A role trusts an account that is not of the estate, without an external id.

## What it does
Looks at the accounts and principals that may assume a role, for accounts that `gitiam.yaml` does
not have, in an entry without a condition on `sts:ExternalId` or on the organisation
(`aws:PrincipalOrgID`, `aws:PrincipalOrgPaths`).

## Why is this bad?
A company that works in the accounts of many customers can be made to use the role for another one
of them. The external id is what tells them apart: the "confused deputy problem" of the IAM User
Guide.

## Example
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - aws: arn:aws:iam::777788889999:role/monitoring
```

## Use instead
```yaml
kind: principal
account: prod
principal: role/deploy
reason: Deploys the web shop from its repository
trust:
  - aws: arn:aws:iam::777788889999:role/monitoring
    conditions: {StringEquals: {sts:ExternalId: 6b1f0c52}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Severity
from gitiam.models import Declaration, TrustEntry
from gitiam.validate.context import Context, File
from gitiam.validate.federation import allows
from gitiam.validate.operators import operator_of
from gitiam.validate.rule import Rule

_ACCOUNT = re.compile(r"(?:arn:[^:]*:(?:iam|sts)::)?([0-9]{12})(?::.*)?")
_LIMITS = frozenset(["sts:externalid", "aws:principalorgid", "aws:principalorgpaths"])


class MissingExternalId(Rule):
    """Accounts of others are trusted with an external id."""

    id = "missing-external-id"
    severity = Severity.WARNING

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each name of an account that is not of the estate."""
        if not isinstance(file, Declaration):
            return
        ours = {account.id for account in context.estate.config.accounts.values()}
        for index, entry in enumerate(file.trust):
            if entry.effect != "Allow" or not allows(entry, "sts:AssumeRole") or _is_limited(entry):
                continue
            for number, name in enumerate(dict(entry.principals).get("AWS", ())):
                found = _ACCOUNT.fullmatch(name)
                if found and found[1] not in ours:
                    place = file.source.place("trust", index, "aws", number)
                    message = (
                        f"the account {found[1]} is not in gitiam.yaml, and may assume this role"
                        " without an external id"
                    )
                    fix = Fix("add `conditions: {StringEquals: {sts:ExternalId: …}}`")
                    yield self.finding(place, message, fix)


def _is_limited(entry: TrustEntry) -> bool:
    return any(
        condition.key.lower() in _LIMITS
        and (operator := operator_of(condition.operator)) is not None
        and not operator.holds_without_key
        and operator.type != "Null"
        for condition in entry.conditions
    )
