"""A wildcard stands in a condition that takes it for a letter.

## What it does
Looks for `*` in the values of `StringEquals`, `StringNotEquals` and their like. (`ArnEquals` knows
wildcards, as `ArnLike` does. `${*}` is the way to write the letter itself.)

## Why is this bad?
The condition compares with a star. It never holds, or with `Not` always.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:ListBucket]
    resources: [arn:aws:s3:::orders]
    conditions: {StringEquals: {s3:prefix: 2026/*}}
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:ListBucket]
    resources: [arn:aws:s3:::orders]
    conditions: {StringLike: {s3:prefix: 2026/*}}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitiam.findings import Finding, Severity
from gitiam.validate.context import Context, File
from gitiam.validate.mends import other_operator
from gitiam.validate.operators import Operator, operator_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import conditions_of


class LiteralWildcard(Rule):
    """Wildcards stand where they are wildcards."""

    id = "literal-wildcard"
    severity = Severity.WARNING

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At the first value of each condition that holds a star as a letter."""
        for steps, conditions in conditions_of(file):
            for condition in conditions:
                operator = operator_of(condition.operator)
                if operator is None or operator.type != "String" or "Equals" not in operator.name:
                    continue
                known = context.catalog.condition_key(None, condition.key)
                if known is None or (known.types and "String" not in known.types):
                    continue  # the operator is the wrong one anyhow
                for number, value in enumerate(condition.values):
                    if "*" not in value.replace("${*}", ""):
                        continue
                    at = (*steps, condition.operator, condition.key, number)
                    message = (
                        f"`{condition.operator}` takes the star in {shown(value)} for a letter;"
                        f" `{_like(operator)}` knows wildcards"
                    )
                    new = str(_like(operator))
                    fix = other_operator(file, steps, conditions, condition, new)
                    yield self.finding(file.source.place(*at), message, fix)
                    break


def _like(operator: Operator) -> Operator:
    return replace(operator, name="StringNotLike" if operator.is_negated else "StringLike")
