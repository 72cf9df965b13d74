"""An ARN belongs to another partition of AWS than the account.

## What it does
Compares the partition of every ARN (`aws`, `aws-cn`, `aws-us-gov`, …), and that which its region
is in, with the partitions of the accounts that the file names.

## Why is this bad?
Partitions know nothing of each other: in an account of another one, the ARN matches nothing.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: [arn:aws-cn:sqs:cn-north-1:111122223333:orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: ["arn:{partition}:sqs:{region}:111122223333:orders"]
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitiam.config import Account
from gitiam.findings import Finding, Fix
from gitiam.validate.context import Context, File
from gitiam.validate.mends import replaced_value
from gitiam.validate.regions import regions
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule, listed, shown
from gitiam.validate.walk import Steps, lists_of_arns


class ForeignPartition(Rule):
    """Every ARN is of the partition of the accounts that it is for."""

    id = "foreign-partition"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each ARN of another partition, or with a region of another one."""
        accounts = context.accounts_of(file)
        for steps, arns in lists_of_arns(file):
            for number, arn in enumerate(arns):
                if not _is_foreign(arn, accounts) or problem_of(arn, context.estate.config):
                    continue
                at = (*steps, number)
                yield self._at(file, at, arn, accounts, len(arns))

    def _at(
        self, file: File, steps: Steps, arn: str, accounts: Sequence[Account], siblings: int
    ) -> Finding:
        _, partition, service, region, rest = arn.split(":", 4)
        place = file.source.place(*steps)
        wrong = [a for a in accounts if partition not in ("*", "{partition}", a.partition)]
        if not wrong:
            home = regions()[region]
            names = listed([a.name for a in accounts if a.partition != home])
            message = f"the region {shown(region)} is in the partition `{home}`, and {names} is not"
            return self.finding(place, message, Fix("write `{region}`, or a region of its own"))
        names = listed([a.name for a in wrong])
        right = wrong[0].partition
        message = f"this is an ARN of the partition {shown(partition)}, and {names} is in `{right}`"
        several = len({a.partition for a in accounts}) > 1
        new = ":".join(["arn", "{partition}" if several else right, service, region, rest])
        is_whole = regions().get(region, right) == right
        fix = (
            replaced_value(file, steps, siblings, new)
            if is_whole
            else Fix(f"write `arn:{right}:…` and a region of that partition")
        )
        return self.finding(place, message, fix)


def _is_foreign(arn: str, accounts: Sequence[Account]) -> bool:
    parts = arn.split(":", 4)
    if len(parts) < 5:
        return False
    partition = parts[1]
    if partition not in ("*", "{partition}") and any(a.partition != partition for a in accounts):
        return True
    home = regions().get(parts[3])
    return home is not None and any(a.partition != home for a in accounts)
