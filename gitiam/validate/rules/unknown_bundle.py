"""A grant names a bundle that does not exist.

## What it does
Compares every `bundle` with those that gitiam brings and those in `templates/bundles/` of the
estate.

## Why is this bad?
A bundle is a reviewed set of actions. Without it there is nothing to give.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - bundle: s3-reed
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

from gitiam.findings import Finding
from gitiam.models import BundleGrant
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, instead, listed, nearest
from gitiam.validate.walk import grants_of


class UnknownBundle(Rule):
    """Every bundle that is granted must exist."""

    id = "unknown-bundle"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each name that is not that of a bundle."""
        known = context.estate.bundles
        for index, grant in enumerate(grants_of(file)):
            if not isinstance(grant, BundleGrant) or grant.bundle in known:
                continue
            place = file.source.place("grants", index, "bundle")
            hint, fix = instead(place, nearest(grant.bundle, known))
            hint = hint or f"; there are {listed(sorted(known), 40)}"
            yield self.finding(place, f"there is no bundle `{grant.bundle}`{hint}", fix)
