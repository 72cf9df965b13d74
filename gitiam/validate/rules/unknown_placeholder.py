"""A placeholder in an ARN is one that gitiam does not fill in.

## What it does
Looks for `{…}` in resources. Known are `{account_id}`, `{account}`, `{partition}` and `{region}`,
which stand for what `gitiam.yaml` says of the account. In conditions gitiam fills in none: there
even these are an offence. AWS's own policy variables, such as `${aws:username}`, are left alone.

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

import re
from collections.abc import Iterator

from gitiam.desired.grants import fill_in
from gitiam.findings import Finding, Fix
from gitiam.validate.context import Context, File
from gitiam.validate.mends import replaced_value
from gitiam.validate.resources import VARIABLES, problem_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.rules.malformed_arn import arns_of, placed
from gitiam.validate.walk import Steps, conditions_of

_FILLED = re.compile(rf"(?<!\$)\{{({'|'.join(VARIABLES)})\}}")


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
        for steps, conditions in conditions_of(file):
            for condition in conditions:
                at = (*steps, condition.operator, condition.key)
                for number, value in enumerate(condition.values):
                    found = _FILLED.search(value)
                    if found:
                        fix = _written_out(file, (*at, number), condition.values, value, context)
                        message = f"{shown(found[0])} is filled in in resources, not in conditions"
                        yield self.finding(file.source.place(*at, number), message, fix)


def _written_out(
    file: File, steps: Steps, values: tuple[str, ...], value: str, context: Context
) -> Fix:
    """What the placeholders stand for, where that is the same in every account of the file."""
    accounts = context.accounts_of(file)
    texts = {fill_in(value, account) for account in accounts}
    if len(texts) != 1:
        return Fix("write one file for each account, with the values in it")
    return replaced_value(file, steps, len(values), texts.pop(), safe=True)
