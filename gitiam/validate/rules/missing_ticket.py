"""A request names no ticket, though this estate demands one.

## What it does
Demands `ticket` in every request where `gitiam.yaml` says `requests: {ticket: required}`.

## Why is this bad?
The estate has decided that every permission must lead back to a ticket.

## Example
```yaml
# gitiam.yaml
accounts: {prod: {id: "111122223333"}}
requests: {ticket: required}
# requests/example.yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - managed_policy: AmazonSQSReadOnlyAccess
```

## Use instead
```yaml
# gitiam.yaml
accounts: {prod: {id: "111122223333"}}
requests: {ticket: required}
# requests/example.yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
ticket: INC-204
expires: 2027-01-15
grants:
  - managed_policy: AmazonSQSReadOnlyAccess
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding, Fix
from gitiam.models import Request
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule


class MissingTicket(Rule):
    """Every request names its ticket, where the estate demands that."""

    id = "missing-ticket"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the ticket, or at the file's beginning where there is none."""
        if not isinstance(file, Request) or not context.estate.config.requests.ticket_required:
            return
        if not (file.ticket or "").strip():
            message = "there is no `ticket`, and gitiam.yaml demands one in every request"
            fix = Fix("add `ticket:` with the number of the ticket that asks for this")
            yield self.finding(file.source.place("ticket"), message, fix)
