"""A condition compares with a value that its operator cannot read.

## What it does
Reads the values of conditions as their operators do: dates that exist, numbers, `true` or
`false`, IP addresses and ranges, ARNs of six parts. Keys that hold an account, such as
`aws:SourceAccount`, must be compared with 12 digits.

## Why is this bad?
AWS refuses the policy, or takes it and the condition never holds.

## Example
```yaml
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: 2027-01-15
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
    conditions: {IpAddress: {aws:SourceIp: 203.0.113.0/42}}
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

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from ipaddress import ip_network

from gitiam.config import Config
from gitiam.findings import Finding
from gitiam.models import Condition
from gitiam.policy.glob import is_glob
from gitiam.validate.context import Context, File
from gitiam.validate.mends import replaced_value
from gitiam.validate.operators import Operator, operator_of
from gitiam.validate.rule import Rule, shown
from gitiam.validate.walk import Steps, conditions_of

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
# IAM User Guide, "Date condition operators": the forms of ISO 8601 that W3C lists, or seconds.
_YEAR_OR_MONTH = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")
_YEAR = re.compile(r"[0-9]{4}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_FRACTION = re.compile(r"([.,][0-9]{6})[0-9]+")
_PREFIXED = re.compile(r"[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?")
_OCTETS = re.compile(r"((?:[0-9]{1,3}\.){1,3})\*(?:\.\*){0,2}")
_TRUTH = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
# Keys whose value is the id of an account, from the same pages as their types.
_ACCOUNT_KEYS = frozenset(
    [
        "aws:principalaccount",
        "aws:resourceaccount",
        "aws:sourceaccount",
        "aws:vpceaccount",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:resourceaccount",
    ]
)
_ARN_PARTS = 6

_Wrong = tuple[str, str | None]


class MalformedCondition(Rule):
    """Every value of a condition is one that its operator can read."""

    id = "malformed-condition"

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each value that is none."""
        for steps, conditions in conditions_of(file):
            for condition in conditions:
                operator = operator_of(condition.operator)
                if operator is not None:
                    yield from self._values(file, steps, condition, operator, context)

    def _values(
        self, file: File, steps: Steps, condition: Condition, operator: Operator, context: Context
    ) -> Iterator[Finding]:
        for number, value in enumerate(condition.values):
            wrong = _wrong(operator, condition.key, value, context.estate.config)
            if wrong is None:
                continue
            message, right = wrong
            at = (*steps, condition.operator, condition.key, number)
            if right is None:
                yield self.finding(file.source.place(*at), message)
                continue
            fix = replaced_value(file, at, len(condition.values), right, safe=True)
            yield self.finding(file.source.place(*at), f"{message}; write `{right}`", fix)


def _wrong(operator: Operator, key: str, value: str, config: Config) -> _Wrong | None:
    """What is wrong with a value, and what would be right."""
    if operator.type == "String":
        is_account = key.lower() in _ACCOUNT_KEYS and operator.name.endswith("Equals")
        return _account(value, config) if is_account else None
    judge = _JUDGES.get(operator.type)
    if judge is None or ("${" in value and operator.type != "ARN"):
        return None  # a variable there is misplaced, and another rule says so
    return judge(value)


def _account(value: str, config: Config) -> _Wrong | None:
    if "${" in value or "{" in value or _ACCOUNT_ID.fullmatch(value):
        return None
    named = config.accounts.get(value)
    digits = value.replace("-", "").replace(" ", "")
    right = named.id if named else digits if _ACCOUNT_ID.fullmatch(digits) else None
    return f"{shown(value)} is not the id of an account, which has 12 digits", right


def _truth(value: str) -> _Wrong | None:
    if value.lower() in ("true", "false"):
        return None
    return f"{shown(value)} is neither `true` nor `false`", _TRUTH.get(value.lower())


def _number(value: str) -> _Wrong | None:
    return None if _NUMBER.fullmatch(value) else (f"{shown(value)} is not a number", None)


def _date(value: str) -> _Wrong | None:
    if _YEAR.fullmatch(value):
        # Which was meant, nobody can tell: they are decades apart.
        return f"{shown(value)} could be a year, or so many seconds after 1970; write a date", None
    if _SECONDS.fullmatch(value):
        return None
    if _YEAR_OR_MONTH.fullmatch(value) and int(value[:4]):
        return None
    try:
        # Python knows no more than six digits of a second.
        datetime.fromisoformat(_FRACTION.sub(r"\1", value[:64]).upper())
    except ValueError:
        return f"{shown(value)} is not a date that exists, as `2027-01-15T18:00:00Z` is", None
    return None


def _address(value: str) -> _Wrong | None:
    if _PREFIXED.fullmatch(value):
        try:
            ip_network(value, strict=False)
        except ValueError:
            pass
        else:
            return None
    found = _OCTETS.fullmatch(value)
    right = _network(found[1]) if found else None
    return f"{shown(value)} is neither an IP address nor a range such as `203.0.113.0/24`", right


def _network(octets: str) -> str | None:
    """`10.1.` of `10.1.*.*` → `10.1.0.0/16`."""
    known = octets.rstrip(".").split(".")
    text = f"{'.'.join([*known, *['0'] * (4 - len(known))])}/{8 * len(known)}"
    try:
        return str(ip_network(text))
    except ValueError:
        return None


def _arn(value: str) -> _Wrong | None:
    text = _VARIABLE.sub("*", value)
    if not text.strip("*") or (is_glob(text.partition(":")[0]) and len(text.split(":")) < 2):
        return None
    parts = text.split(":", _ARN_PARTS - 1)
    if parts[0] != "arn" and not is_glob(parts[0]):
        return f"{shown(value)} is not an ARN, with which alone this operator can compare", None
    if len(parts) < _ARN_PARTS:
        message = f"{shown(value)} has {len(parts)} of an ARN's {_ARN_PARTS} parts"
        return f"{message}, and each is compared by itself", None
    return None


_JUDGES: Mapping[str, Callable[[str], _Wrong | None]] = {
    "ARN": _arn,
    "Bool": _truth,
    "Date": _date,
    "IPAddress": _address,
    "Null": _truth,
    "Numeric": _number,
}
