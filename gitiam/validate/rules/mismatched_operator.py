"""A condition compares a key as something that its value is not.

## What it does
Knows the type of every condition key (text, number, date, true or false, IP address, ARN) from
AWS's Service Authorization Reference, and looks for an operator of another type. Text operators on
ARNs are left alone, as they work. On numbers, dates and addresses they compare letter by letter,
which is a warning.

## Why is this bad?
IAM takes such a condition without a word. It then never holds, or compares the spelling where the
value was meant: `StringEquals` finds no address in `203.0.113.0/24`.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
    conditions: {NumericEquals: {aws:SourceIp: "203"}}
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
    conditions: {IpAddress: {aws:SourceIp: 203.0.113.0/24}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from gitiam.catalog import ConditionKey
from gitiam.findings import Finding, Fix, Severity
from gitiam.models import Condition, Conditions
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.mends import other_operator
from gitiam.validate.operators import Operator, operator_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import Steps, conditions_of

_WORDS = {
    "ARN": "an ARN",
    "Binary": "binary data",
    "Bool": "true or false",
    "Date": "a date",
    "IPAddress": "an IP address",
    "Numeric": "a number",
    "String": "text",
}
_ORDERED = frozenset(["Date", "Numeric"])


class MismatchedOperator(Rule):
    """Every operator compares what the key's value is."""

    id = "mismatched-operator"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each operator of another type than its key."""
        for steps, conditions in conditions_of(file):
            for condition in conditions:
                operator = operator_of(condition.operator)
                key = context.catalog.condition_key(None, condition.key)
                if operator is None or key is None:
                    continue
                severity = _severity(operator, key)
                if severity is not None:
                    place = file.source.place_of_key(*steps, condition.operator)
                    message = _message(operator, key, condition)
                    fix = _fix(operator, key, condition, file, steps, conditions)
                    yield self.finding(place, message, fix, severity)


def _severity(operator: Operator, key: ConditionKey) -> Severity | None:
    if operator.type == "Null" or not key.types or operator.type in key.types:
        return None
    if operator.type == "String":
        return None if "ARN" in key.types else Severity.WARNING
    if operator.type == "ARN" and "String" in key.types:
        # Tags and the like hold whatever people put there; ARNs, too.
        return None if key.is_template else Severity.WARNING
    return Severity.ERROR


def _message(operator: Operator, key: ConditionKey, condition: Condition) -> str:
    said = f"the value of {shown(condition.key)} is {' or '.join(sorted(map(_word, key.types)))}"
    if operator.type == "String":
        return f"{said}; `{condition.operator}` compares it letter by letter"
    return f"{said}, and `{condition.operator}` compares {_WORDS[operator.type]}"


def _word(kind: str) -> str:
    return _WORDS.get(kind, kind)


def _fix(
    operator: Operator,
    key: ConditionKey,
    condition: Condition,
    file: File,
    steps: Steps,
    conditions: Conditions,
) -> Fix | None:
    name = _instead(operator, min(key.types), any(map(is_glob, condition.values)))
    if name is None:
        return None
    new = str(Operator(operator.quantifier, name, operator.if_exists))
    return other_operator(file, steps, conditions, condition, new)


def _instead(operator: Operator, kind: str, has_wildcard: bool) -> str | None:
    """The operator of the right type that asks the same."""
    negation = "Not" if operator.is_negated else ""
    if kind == "Bool":
        return None if negation else "Bool"
    if kind == "IPAddress":
        return f"{negation}IpAddress"
    if kind in ("ARN", "String"):
        return f"{kind.capitalize()}{negation}{'Like' if has_wildcard else 'Equals'}"
    if kind in _ORDERED and not has_wildcard:
        order = operator.name.removeprefix(operator.type) if operator.type in _ORDERED else None
        return f"{kind}{order or f'{negation}Equals'}"
    return None
