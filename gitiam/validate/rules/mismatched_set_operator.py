"""A set operator is missing where a key has many values, or stands where it has one.

## What it does
Looks for keys of which a request carries several values at once, such as `aws:TagKeys`, without
`ForAnyValue:` or `ForAllValues:`; and for these two on keys of which it carries one.

## Why is this bad?
Without a set operator it is not defined how several values are compared. `ForAllValues:` also
holds where the request does not carry the key at all: on a key with one value, that opens more
than the condition seems to say.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
    conditions: {StringEquals: {aws:CalledVia: athena.amazonaws.com}}
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
    conditions: {"ForAnyValue:StringEquals": {aws:CalledVia: athena.amazonaws.com}}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitiam.findings import Finding, Severity
from gitiam.models import Condition, Conditions
from gitiam.validate.context import Context, File
from gitiam.validate.mends import other_operator
from gitiam.validate.operators import Operator, operator_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import Steps, conditions_of


class MismatchedSetOperator(Rule):
    """Set operators stand on keys with several values, and on no others."""

    id = "mismatched-set-operator"
    severity = Severity.WARNING

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each operator with a set operator too many or too few."""
        for steps, conditions in conditions_of(file):
            for condition in conditions:
                operator = operator_of(condition.operator)
                key = context.catalog.condition_key(None, condition.key)
                if operator is None or operator.type == "Null" or key is None:
                    continue
                if key.is_many is False and operator.quantifier:
                    yield self._needless(file, steps, conditions, condition, operator)
                elif key.is_many and not operator.quantifier:
                    yield self._missing(file, steps, conditions, condition, operator)

    def _needless(
        self,
        file: File,
        steps: Steps,
        conditions: Conditions,
        condition: Condition,
        operator: Operator,
    ) -> Finding:
        new = replace(operator, quantifier="")
        word = operator.quantifier.rstrip(":")
        message = f"a request carries one value of {shown(condition.key)}; `{word}` is for many"
        if operator.quantifier == "ForAllValues:":
            message += ", and holds without the key, too"
        # On one value it says the same, but perhaps not where the request has none.
        safe = new.holds_without_key == operator.holds_without_key
        fix = other_operator(file, steps, conditions, condition, str(new), safe=safe)
        return self.finding(file.source.place_of_key(*steps, condition.operator), message, fix)

    def _missing(
        self,
        file: File,
        steps: Steps,
        conditions: Conditions,
        condition: Condition,
        operator: Operator,
    ) -> Finding:
        new = replace(
            operator, quantifier="ForAllValues:" if operator.is_negated else "ForAnyValue:"
        )
        message = (
            f"a request can carry several values of {shown(condition.key)}; say with"
            " `ForAnyValue:` or `ForAllValues:` how they are compared"
        )
        fix = other_operator(file, steps, conditions, condition, str(new))
        return self.finding(file.source.place_of_key(*steps, condition.operator), message, fix)
