"""A file names an account that `gitiam.yaml` does not have.

## What it does
Compares every name under `account` with the accounts of `gitiam.yaml`.

## Why is this bad?
gitiam would not know which AWS account is meant, and so would give nothing there.

## Example
```yaml
account: prd
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
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

from gitiam.findings import Finding
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, instead, listed, nearest


class UnknownAccount(Rule):
    """Every name of an account must be in `gitiam.yaml`."""

    id = "unknown-account"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each name that is not there."""
        known = context.estate.config.accounts
        for index, name in enumerate(file.accounts):
            if name in known:
                continue
            place = file.source.place("account", index)
            hint, fix = instead(place, nearest(name, known))
            hint = hint or f"; there are {listed(sorted(known), 8)}"
            yield self.finding(place, f"there is no account `{name}` in gitiam.yaml{hint}", fix)
