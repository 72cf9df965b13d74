"""A policy variable is misspelt, or one that AWS does not fill in.

## What it does
Looks up the key of every `${…}` in resources and conditions, and reads its form: a closing brace,
and a default in single quotes where there is one. `${*}`, `${?}` and `${$}` stand for
the character. A key with several values, such as `aws:TagKeys`, cannot be a variable. A key that
is like no known one is a warning, and so is `aws:username` for a role, which has no such name.

## Why is this bad?
AWS finds nothing to put in its place, and the statement matches nothing.

## Example
```yaml
account: prod
principal: user/alice
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: ["arn:aws:s3:::orders/${aws:usernam}/*"]
```

## Use instead
```yaml
account: prod
principal: user/alice
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: ["arn:aws:s3:::orders/${aws:username}/*"]
```
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from gitiam.catalog import Catalog
from gitiam.findings import Finding, Severity
from gitiam.models import Kind
from gitiam.spelling import same_letters
from gitiam.validate.context import Context, File
from gitiam.validate.mends import replaced_value
from gitiam.validate.names import named
from gitiam.validate.operators import operator_of
from gitiam.validate.resources import VARIABLES
from gitiam.validate.rule import Rule, shown
from gitiam.validate.variables import Variable, variables_of
from gitiam.validate.walk import Steps, conditions_of, lists_of_resources

_MISSPELT = 0.9


class UnknownVariable(Rule):
    """Every policy variable is one that AWS fills in."""

    id = "unknown-variable"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each value with a variable that AWS does not fill in."""
        for steps, values in _lists(file):
            for number, value in enumerate(values):
                for variable in variables_of(value):
                    judged = _judge(variable, steps, context.catalog) or _of_role(variable, file)
                    if judged is None:
                        continue
                    message, right, severity = judged
                    at = (*steps, number)
                    place = file.source.place(*at)
                    if right is None:
                        yield self.finding(place, message, severity=severity)
                        continue
                    new = value.replace(variable.text, right)
                    safe = same_letters(variable.text, right)
                    fix = replaced_value(file, at, len(values), new, safe=safe)
                    hint = f"{message}; did you mean `{right}`?"
                    yield self.finding(place, hint, fix, severity)


def _lists(file: File) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    """Every list of texts in which variables stand for something."""
    yield from lists_of_resources(file)
    for steps, conditions in conditions_of(file):
        for condition in conditions:
            operator = operator_of(condition.operator)
            if operator is None or operator.takes_variables:
                yield (*steps, condition.operator, condition.key), condition.values


def _judge(
    variable: Variable, steps: Steps, catalog: Catalog
) -> tuple[str, str | None, Severity] | None:
    """The message, what would be right, and how grave it is; None for what is right."""
    name = shown(variable.text)
    if variable.problem is not None:
        return f"the variable {name} {variable.problem}", variable.right, Severity.ERROR
    known = catalog.condition_key(None, variable.key)
    if known is not None:
        if not known.is_many:
            return None
        message = f"{name} has several values, and only a key with one can be a variable"
        return message, None, Severity.ERROR
    message = f"AWS knows no variable {name}"
    if variable.key in VARIABLES and "conditions" not in steps:
        return message, f"{{{variable.key}}}", Severity.ERROR
    if catalog.condition_key_exists(None, f"{variable.key}/x"):
        return f"{message}; it takes a name: `${{{variable.key}/NAME}}`", None, Severity.ERROR
    near = catalog.suggest_condition_key(variable.key)
    if near is None:
        return message, None, Severity.WARNING
    right = variable.text.replace(variable.key, near, 1)
    likeness = SequenceMatcher(a=variable.key.lower(), b=near.lower()).ratio()
    return message, right, Severity.ERROR if likeness >= _MISSPELT else Severity.WARNING


def _of_role(variable: Variable, file: File) -> tuple[str, str | None, Severity] | None:
    """IAM User Guide, "IAM policy elements: Variables and tags": only users have a user name."""
    if variable.key.lower() != "aws:username" or "," in variable.text:
        return None  # a default stands in for it
    roles = [one for _, one in named(file) if one.kind is Kind.ROLE]
    if not roles:
        return None
    message = f"role/{roles[0].name} has no {shown(variable.text)}: what it stands in never fits"
    return message, None, Severity.WARNING
