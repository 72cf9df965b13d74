"""A file asks for the same thing twice.

## What it does
Compares the grants of one file with each other.

## Why is this bad?
The second gives nothing. Usually one line was copied, and its copy never changed.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - bundle: s3-read
    resources: [arn:aws:s3:::orders]
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

from gitiam.findings import Finding, Fix, Severity
from gitiam.validate.context import Context, File
from gitiam.validate.layout import removed_item
from gitiam.validate.rule import Rule
from gitiam.validate.walk import grants_of


class DuplicateGrant(Rule):
    """No grant stands twice in one file."""

    id = "duplicate-grant"
    severity = Severity.WARNING
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the second of two grants that are the same."""
        grants = grants_of(file)
        if len(grants) < 2:
            return
        seen: dict[str, int] = {}
        for index, grant in enumerate(grants):
            first = seen.setdefault(repr(grant), index)
            if first != index:
                place = file.source.place("grants", index)
                other = file.source.place("grants", first)
                message = f"this is the same as the grant in line {other.line}"
                steps = ("grants", index)
                fix = removed_item(file.source, steps, "remove this grant", safe=True)
                yield self.finding(place, message, fix or Fix("remove one of the two"))
