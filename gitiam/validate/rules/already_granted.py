"""A principal already has everything that a grant asks for.

## What it does
Compares the grants of each principal with its other requests that have not expired: their
actions, resources and conditions after bundles and access levels are expanded. It speaks only
where one other request gives all of it, to every principal and account of the file, for at least
as long. Principals with more than 200 grants are not compared.

## Why is this bad?
A grant that adds nothing costs a review, and hides that the access stays when one of the two
goes.

## Example
```yaml
# requests/a.yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:Get*]
    resources: [arn:aws:s3:::orders/*]
# requests/b.yaml
account: prod
principal: role/data-pipeline
reason: Read the export of orders of 2026
expires: 2027-01-10
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/2026/*]
```

## Use instead
```yaml
# requests/a.yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:Get*]
    resources: [arn:aws:s3:::orders/*]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding, Fix, Severity
from gitiam.models import Request
from gitiam.validate.context import Context, File
from gitiam.validate.coverage import covered_grants
from gitiam.validate.layout import removed_item
from gitiam.validate.rule import Rule, listed

_MEND = "remove this grant"


class AlreadyGranted(Rule):
    """No request asks for what another already gives."""

    id = "already-granted"
    severity = Severity.WARNING
    allowable = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each grant that another request makes needless."""
        if not isinstance(file, Request):
            return
        covered = context.once(covered_grants)
        for index in range(len(file.grants)):
            others = covered.get((file.path, index))
            if others:
                place = file.source.place("grants", index)
                message = f"nothing new: {listed(others)} already gives all of this, as long"
                fix = removed_item(file.source, ("grants", index), _MEND) if index else None
                yield self.finding(place, message, fix or Fix(_MEND))
