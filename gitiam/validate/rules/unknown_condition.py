"""A condition has an operator or a key that AWS does not have.

## What it does
Looks the operator up among those of IAM (`StringEquals`, `IpAddress`, …, with `IfExists`,
`ForAnyValue:` and `ForAllValues:`), and the key among those that AWS documents. A key that is
nearly one of those is misspelt; of one that is like no other, AWS may know more than gitiam, and it
is a warning.

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

from collections.abc import Iterator
from difflib import SequenceMatcher

from gitiam.catalog import Catalog
from gitiam.findings import Finding, Severity
from gitiam.models import Condition, Conditions
from gitiam.spelling import same_letters
from gitiam.validate.context import Context, File
from gitiam.validate.mends import renamed_key, renamed_operator
from gitiam.validate.operators import nearest_operator, operator_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import Steps, conditions_of

# So alike that it can be nothing else: a letter that is missing, doubled or swapped.
_MISSPELT = 0.9


class UnknownCondition(Rule):
    """Every condition has an operator and a key that exist."""

    id = "unknown-condition"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each operator and key that does not exist."""
        for steps, conditions in conditions_of(file):
            for operator in dict.fromkeys(condition.operator for condition in conditions):
                if operator_of(operator) is None:
                    yield self._operator(file, steps, conditions, operator)
            for condition in conditions:
                if not context.catalog.condition_key_exists(None, condition.key):
                    yield self._key(file, steps, conditions, condition, context.catalog)

    def _operator(self, file: File, steps: Steps, conditions: Conditions, operator: str) -> Finding:
        place = file.source.place_of_key(*steps, operator)
        message = f"IAM has no condition operator {shown(operator)}"
        near = nearest_operator(operator)
        if near is None:
            return self.finding(place, message)
        safe = same_letters(operator, near)
        fix = renamed_operator(file, steps, conditions, operator, near, safe=safe)
        return self.finding(place, f"{message}; did you mean `{near}`?", fix)

    def _key(
        self,
        file: File,
        steps: Steps,
        conditions: Conditions,
        condition: Condition,
        catalog: Catalog,
    ) -> Finding:
        key = condition.key
        place = file.source.place_of_key(*steps, condition.operator, key)
        message = f"no request to AWS is known to carry the key {shown(key)}"
        if catalog.condition_key_exists(None, f"{key}/x"):
            return self.finding(place, f"{message}; it takes a name: `{key}/NAME`")
        near = catalog.suggest_condition_key(key)
        if near is None:
            return self.finding(place, message, severity=Severity.WARNING)
        sure = _is_misspelt(key, near)
        safe = same_letters(key, near)
        fix = renamed_key(file, steps, conditions, condition, near, safe=safe)
        severity = Severity.ERROR if sure else Severity.WARNING
        return self.finding(place, f"{message}; did you mean `{near}`?", fix, severity)


def _is_misspelt(text: str, near: str) -> bool:
    return SequenceMatcher(a=text.lower(), b=near.lower()).ratio() >= _MISSPELT
