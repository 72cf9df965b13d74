"""A request has already expired.

## What it does
Compares `expires` with the present. A date means that access ends when that day ends, in UTC. It
is an error in a file that is being proposed now, and a note in one that stands in the tree
already.

## Why is this bad?
An expired request gives nothing. One that is proposed so is a slip of the pen; one that has
expired where it stands only clutters the folder.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2026-01-15
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
from datetime import datetime

from gitiam.findings import Finding, Fix, Severity
from gitiam.models import Request
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule


class PastExpiry(Rule):
    """A request that has expired gives nothing."""

    id = "past-expiry"
    judges_expired = True
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the date: an error where it is proposed, a note where time has passed over it."""
        if not isinstance(file, Request) or file.expires is None or file.expires > context.now:
            return
        place = file.source.place("expires")
        when = _said(file.expires)
        if file.path in context.proposed:
            message = f"this access ended {when}; it would never be given"
            yield self.finding(place, message, Fix("give a date to come"))
        else:
            message = f"expired {when}; it gives nothing any more: delete the file"
            yield self.finding(place, message, severity=Severity.NOTE)


def _said(instant: datetime) -> str:
    return f"on {instant:%Y-%m-%d} at {instant:%H:%M} UTC"
