"""An ARN or a condition names a region that AWS does not have.

## What it does
Looks up the region of every ARN, and those that conditions compare with `aws:RequestedRegion` or
`ec2:Region`. Wildcards may stand there. A region that only its number tells from known ones may be
newer than gitiam, and is a warning.

## Why is this bad?
IAM takes the policy without a word, and it matches nothing.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: [arn:aws:sqs:us-easst-1:111122223333:orders]
```

## Use instead
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [sqs:SendMessage]
    resources: [arn:aws:sqs:us-east-1:111122223333:orders]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from gitiam.findings import Finding, Severity
from gitiam.nearest import nearest_alike
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.mends import replaced_value
from gitiam.validate.operators import operator_of
from gitiam.validate.regions import regions
from gitiam.validate.resources import problem_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import Steps, conditions_of, lists_of_arns

_NEAR = 0.75
_KEYS = frozenset(["aws:requestedregion", "ec2:region"])
_SHAPE = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_NUMBER = re.compile(r"[0-9]+\Z")
# `us-east-1a` is a zone of a region.
_ZONE = re.compile(r"(.*[0-9])[a-z]")

_Wrong = tuple[str, str | None, Severity]


class UnknownRegion(Rule):
    """Every region that a file names exists."""

    id = "unknown-region"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each region that AWS does not have."""
        for steps, arns in lists_of_arns(file):
            for number, arn in enumerate(arns):
                region = _region_of(arn)
                wrong = _wrong(region) if region else None
                if wrong and not problem_of(arn, context.estate.config):
                    right = _with_region(arn, wrong[1]) if wrong[1] else None
                    yield self._at(file, (*steps, number), len(arns), wrong, right)
        for steps, values in _compared(file):
            for number, value in enumerate(values):
                wrong = None if is_glob(value) or "${" in value else _wrong(value)
                if wrong:
                    yield self._at(file, (*steps, number), len(values), wrong, wrong[1])

    def _at(
        self, file: File, steps: Steps, siblings: int, wrong: _Wrong, new: str | None
    ) -> Finding:
        message, near, severity = wrong
        hint = f"; did you mean `{near}`?" if near else ""
        fix = replaced_value(file, steps, siblings, new) if new else None
        return self.finding(file.source.place(*steps), f"{message}{hint}", fix, severity)


def _compared(file: File) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    """The values of conditions that are regions."""
    for steps, conditions in conditions_of(file):
        for condition in conditions:
            operator = operator_of(condition.operator)
            if operator and operator.type == "String" and condition.key.lower() in _KEYS:
                yield (*steps, condition.operator, condition.key), condition.values


def _region_of(arn: str) -> str | None:
    """What stands in the place of the region, if that is one by name."""
    parts = arn.split(":", 4)
    # A variable before the resource would bring colons of its own.
    if len(parts) < 5 or "{" in parts[3] or "${" in ":".join(parts[:4]) or is_glob(parts[3]):
        return None
    return parts[3]


@lru_cache(1024)
def _wrong(region: str) -> _Wrong | None:
    known = regions()
    if region in known:
        return None
    message = f"AWS has no region {shown(region)}"
    zone = _ZONE.fullmatch(region)
    if zone and zone[1] in known:
        return f"{shown(region)} is a zone, not a region", zone[1], Severity.ERROR
    nearest = nearest_alike(region.lower(), known, _NEAR)
    near = nearest[0] if len(nearest) == 1 else None
    if len(nearest) > 1:
        message += f"; is it {' or '.join(f'`{name}`' for name in nearest[:3])}?"
    is_numbered = _SHAPE.fullmatch(region) is not None
    if is_numbered and _NUMBER.sub("", region) in {_NUMBER.sub("", name) for name in known}:
        return f"gitiam knows no region {shown(region)}", near, Severity.WARNING
    if not nearest and is_numbered:
        return f"gitiam knows no region {shown(region)}", None, Severity.WARNING
    return message, near, Severity.ERROR


def _with_region(arn: str, region: str) -> str:
    parts = arn.split(":", 4)
    return ":".join([*parts[:3], region, parts[4]])
