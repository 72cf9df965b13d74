"""A file does not say why, or hardly.

## What it does
Demands a `reason` of at least `requests.reason_min_length` characters (10 by default) in
requests, declarations and policies.

## Why is this bad?
The reason is what the reviewer judges the request by, and what an audit asks for years later.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: work
expires: 2027-01-15
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

from gitiam.findings import Finding, Fix
from gitiam.models import Step
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule

_FIX = Fix("say in `reason` what for, so that a stranger understands it in a year")


class MissingReason(Rule):
    """Every file says why."""

    id = "missing-reason"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each reason, or at the file's beginning where there is none."""
        least = context.estate.config.requests.reason_min_length
        if not file.reason:
            message = "there is no `reason`: say what this is needed for"
            yield self.finding(file.source.place("reason"), message, _FIX)
        elif len(file.reason) < least:
            yield self._short(file, file.reason, least, "reason")
        for index, entry in enumerate(file.allow):
            if len(entry.reason) < least:
                yield self._short(file, entry.reason, least, "allow", index, "reason")

    def _short(self, file: File, reason: str, least: int, *steps: Step) -> Finding:
        message = f"the reason has {len(reason)} characters; it needs at least {least}"
        return self.finding(file.source.place(*steps), message, _FIX)
