"""A request does not say when its access ends.

## What it does
Demands `expires` in every request.

## Why is this bad?
Access that nobody ends stays for ever. With a date it ends by itself, and whoever still needs it
asks again.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
grants:
  - managed_policy: AmazonSQSReadOnlyAccess
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - managed_policy: AmazonSQSReadOnlyAccess
```
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitiam.findings import Finding, Fix
from gitiam.models import Request
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule

_USUAL_DAYS = 90


class MissingExpiry(Rule):
    """Every request says until when."""

    id = "missing-expiry"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the file's beginning."""
        if not isinstance(file, Request) or file.expires or file.never_expires:
            return
        policy = context.estate.config.requests
        days = min(_USUAL_DAYS, policy.expiry_max_days)
        date = (context.now + timedelta(days=days)).date().isoformat()
        accounts = context.accounts_of(file)
        may_stay = bool(accounts) and all(map(policy.allows_never, accounts))
        never = ", or `expires: never` where it must not end" if may_stay else ""
        message = "there is no `expires`: say when this access ends"
        fix = Fix(f"add, for example, `expires: {date}`{never}")
        yield self.finding(file.source.place("expires"), message, fix)
