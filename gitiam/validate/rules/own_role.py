"""A file gives access to, or declares, a role that gitiam itself runs as.

## What it does
Refuses requests and declarations for a role that `gitiam.yaml` names under `roles` of the same
account, and for those that a run becomes first (`gitiam-pipeline-…`).

## Why is this bad?
Those roles are what keeps a pull request apart from the cloud: the one that plans may only read,
because branches use it before anybody has approved. A request that widens it would let the next
branch act without review. Change them where they are made, outside the estate.

## Example
```yaml
# gitiam.yaml
accounts:
  prod:
    id: "111122223333"
    roles:
      plan: arn:aws:iam::111122223333:role/gitiam-plan
# requests/x.yaml
account: prod
principal: role/gitiam-plan
reason: The plan job cannot read the new bucket
expires: 2027-01-15
grants:
  - bundle: s3-read
    resources: [arn:aws:s3:::orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: The pipeline cannot read the new bucket
expires: 2027-01-15
grants:
  - bundle: s3-read
    resources: [arn:aws:s3:::orders]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.config import Account, Config
from gitiam.findings import Finding, Fix
from gitiam.models import Kind
from gitiam.validate.context import Context, File
from gitiam.validate.names import named
from gitiam.validate.rule import Rule

_FIX = Fix("change gitiam's own roles outside the estate")


class OwnRole(Rule):
    """No file touches the roles that gitiam runs as."""

    id = "own-role"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the principal's name."""
        own = context.once(_own_roles)
        for steps, one in named(file):
            for account in file.accounts:
                if one.kind is Kind.ROLE and one.name.lower() in own.get(account, ()):
                    message = f"gitiam itself runs as `{one.kind}/{one.name}` in {account}"
                    yield self.finding(file.source.place(*steps), message, _FIX)


def _own_roles(context: Context) -> dict[str, frozenset[str]]:
    """Account → names, in small letters, of the roles that gitiam assumes there."""
    config: Config = context.estate.config
    return {name: frozenset(_names(account)) for name, account in config.accounts.items()}


def _names(account: Account) -> Iterator[str]:
    for arn in account.own_roles():
        if f"::{account.id}:" in arn:
            yield arn.rsplit("/", 1)[-1].lower()
