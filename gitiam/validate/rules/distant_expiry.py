"""A request asks for longer than the estate allows.

## What it does
Demands that `expires` is at most `requests.expiry.max_days` days away (366 by default), and that
`never` stands only in requests for accounts or tiers that `gitiam.yaml` allows it for.

## Why is this bad?
Access should be asked for again while somebody still remembers why it is needed.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2099-12-31
grants:
  - managed_policy: ReadOnlyAccess
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - managed_policy: ReadOnlyAccess
```
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gitiam.findings import Finding
from gitiam.models import Request
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, listed, replaced


class DistantExpiry(Rule):
    """A request ends within the time that the estate allows."""

    id = "distant-expiry"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the date, or at `never`."""
        if not isinstance(file, Request):
            return
        if file.never_expires:
            yield from self._never(file, context)
        elif file.expires is not None:
            yield from self._far(file, file.expires, context)

    def _far(self, file: Request, expires: datetime, context: Context) -> Iterator[Finding]:
        most = context.estate.config.requests.expiry_max_days
        latest = context.now.astimezone(UTC).date() + timedelta(days=most)
        last_day = (expires - timedelta(microseconds=1)).date()
        if last_day <= latest:
            return
        place = file.source.place("expires")
        days = (last_day - latest).days + most
        message = f"this access would last {days:,} days; {most:,} are the most here"
        fix = replaced(place, f"{latest}", f"write `{latest}` or earlier")
        yield self.finding(place, message, fix)

    def _never(self, file: Request, context: Context) -> Iterator[Finding]:
        policy = context.estate.config.requests
        strict = [a.name for a in context.accounts_of(file) if not policy.allows_never(a)]
        if not strict:
            return
        place = file.source.place("expires")
        latest = (context.now.astimezone(UTC) + timedelta(days=policy.expiry_max_days)).date()
        message = f"access to {listed(strict)} must end; `never` is not allowed there"
        fix = replaced(place, f"{latest}", f"write a date, `{latest}` at the latest")
        yield self.finding(place, message, fix)
