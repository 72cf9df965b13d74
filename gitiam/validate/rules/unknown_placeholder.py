"""A placeholder in an ARN is one that gitiam does not fill in.

## What it does
Looks for `{…}` in resources. Known are `{account_id}`, `{account}`, `{partition}` and `{region}`,
which stand for what `gitiam.yaml` says of the account. AWS's own policy variables, such as
`${aws:username}`, are left alone.

## Why is this bad?
The braces would go to AWS as they stand, and match nothing.

## Example
```yaml
account: [dev, prod]
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: ["arn:aws:sqs:us-east-1:{acount_id}:orders"]
```

## Use instead
```yaml
account: [dev, prod]
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: ["arn:aws:sqs:us-east-1:{account_id}:orders"]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding
from gitiam.validate.context import Context, File
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule
from gitiam.validate.rules.malformed_arn import arns_of, placed


class UnknownPlaceholder(Rule):
    """Every placeholder must be one that an account fills."""

    id = "unknown-placeholder"
    fixed = True

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each ARN with a placeholder that nothing fills."""
        for steps, text in arns_of(file):
            if "{" not in text:
                continue
            problem = problem_of(text, context.estate.config)
            if problem is not None and problem.placeholder:
                place, message, fix = placed(file, steps, problem)
                yield self.finding(place, message, fix)
