"""A request asks for longer than the estate allows.

## What it does
Demands that `expires` is at most `requests.expiry.max_days` days away (366 by default), and that
`never` stands only in requests for accounts or tiers that `gitiam.yaml` allows it for. How long
access may last for its risk is another rule, [lasting-risk](#findings-that-no-rule-makes).

## Why is this bad?
Access should be asked for again while somebody still remembers why it is needed.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2099-12-31
grants:
  - bundle: s3-read
    resources: [arn:aws:s3:::orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - bundle: s3-read
    resources: [arn:aws:s3:::orders]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitiam.findings import Finding
from gitiam.models import Request
from gitiam.validate.context import Context, File
from gitiam.validate.duration import days_left, today
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
            yield from self._far(file, context)

    def _far(self, file: Request, context: Context) -> Iterator[Finding]:
        most = context.estate.config.requests.expiry_max_days
        days = days_left(file, context.now)
        if days is None or days <= most:
            return
        latest = today(context.now) + timedelta(days=most)
        place = file.source.place("expires")
        message = f"this access would last {days:,} days; {most:,} are the most here"
        fix = replaced(place, f"{latest}", f"write `{latest}` or earlier")
        yield self.finding(place, message, fix)

    def _never(self, file: Request, context: Context) -> Iterator[Finding]:
        policy = context.estate.config.requests
        strict = [a.name for a in context.accounts_of(file) if not policy.allows_never(a)]
        if not strict:
            return
        place = file.source.place("expires")
        latest = today(context.now) + timedelta(days=policy.expiry_max_days)
        message = f"access to {listed(strict)} must end; `never` is not allowed there"
        fix = replaced(place, f"{latest}", f"write a date, `{latest}` at the latest")
        yield self.finding(place, message, fix)
