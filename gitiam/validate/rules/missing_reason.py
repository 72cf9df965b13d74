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

from gitiam.findings import Finding, Fix
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule


class MissingReason(Rule):
    """Every file says why."""

    id = "missing-reason"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the reason, or at the file's beginning where there is none."""
        least = context.estate.config.requests.reason_min_length
        if len(file.reason) >= least:
            return
        if file.reason:
            message = f"the reason has {len(file.reason)} characters; it needs at least {least}"
        else:
            message = "there is no `reason`: say what this is needed for"
        fix = Fix("say in `reason` what for, so that a stranger understands it in a year")
        yield self.finding(file.source.place("reason"), message, fix)
