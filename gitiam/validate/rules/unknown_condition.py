"""A condition has an operator or a key that AWS does not have.

## What it does
Looks the operator up among those of IAM (`StringEquals`, `IpAddress`, …, with `IfExists`,
`ForAnyValue:` and `ForAllValues:`), and the key among those that AWS documents. An unknown key is
a warning.

## Why is this bad?
AWS refuses a policy with an unknown operator. An unknown key is never in a request, so the
condition never holds, and the grant gives nothing.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
    conditions: {StringEqual: {aws:PrincipalTag/team: data}}
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
    conditions: {StringEquals: {aws:PrincipalTag/team: data}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitiam.findings import Finding, Severity
from gitiam.validate.context import Context, File
from gitiam.validate.rule import Rule, instead, nearest, shown
from gitiam.validate.walk import conditions_of

# IAM User Guide, "IAM JSON policy elements: Condition operators". Case is free.
_OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan"),
    *("NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals"),
    *("DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan"),
    *("DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals"),
    *("ArnLike", "ArnNotEquals", "ArnNotLike", "Null"),
)
_LOWER = frozenset(operator.lower() for operator in _OPERATORS)
_AFFIXES = re.compile(r"(forallvalues:|foranyvalue:)?(.*?)(ifexists)?", re.IGNORECASE)


class UnknownCondition(Rule):
    """Every condition has an operator and a key that exist."""

    id = "unknown-condition"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each operator and key that does not exist."""
        for steps, conditions in conditions_of(file):
            for condition in conditions:
                if not _is_operator(condition.operator):
                    place = file.source.place_of_key(*steps, condition.operator)
                    hint, fix = instead(
                        place, nearest(condition.operator, _OPERATORS), condition.operator
                    )
                    message = f"IAM has no condition operator {shown(condition.operator)}{hint}"
                    yield self.finding(place, message, fix)
                if not context.catalog.condition_key_exists(None, condition.key):
                    place = file.source.place_of_key(*steps, condition.operator, condition.key)
                    message = f"no request to AWS is known to carry the key {shown(condition.key)}"
                    yield self.finding(place, message, severity=Severity.WARNING)


def _is_operator(text: str) -> bool:
    found = _AFFIXES.fullmatch(text)
    if found is None or found[2].lower() not in _LOWER:
        return False
    return not (found[2].lower() == "null" and found[3])
