"""A policy variable stands where AWS fills none in.

## What it does
Looks for `${…}` in conditions with operators on numbers, dates, addresses, booleans and binary
data, and in the keys of conditions. (Elsewhere other rules find it: in an action, `unknown-action`;
among the trusted, `malformed-principal`.)

## Why is this bad?
AWS takes the braces as they stand, or refuses the policy: the condition never holds.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
    conditions: {NumericLessThan: {aws:MultiFactorAuthAge: "${aws:PrincipalTag/seconds}"}}
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
    conditions: {NumericLessThan: {aws:MultiFactorAuthAge: "3600"}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.findings import Finding, Fix
from gitiam.validate.context import Context, File
from gitiam.validate.operators import operator_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.variables import variables_of
from gitiam.validate.walk import conditions_of


class MisplacedVariable(Rule):
    """Variables stand only where AWS fills them in."""

    id = "misplaced-variable"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each value that cannot hold a variable and does."""
        for steps, conditions in conditions_of(file):
            for condition in conditions:
                operator = operator_of(condition.operator)
                if operator is None or operator.takes_variables:
                    continue
                for number, value in enumerate(condition.values):
                    for variable in variables_of(value):
                        at = (*steps, condition.operator, condition.key, number)
                        message = (
                            f"`{condition.operator}` takes no variables, and compares"
                            f" {shown(variable.text)} as it stands"
                        )
                        fix = Fix("write the value itself")
                        yield self.finding(file.source.place(*at), message, fix)
