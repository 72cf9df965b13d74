"""A condition block: its operators, and whether their values are of the kind that they compare.

The operators and the kinds of values are those of "IAM JSON policy elements: Condition operators"
in the IAM User Guide. IAM takes no policy variable in a number, a date, a truth or an address.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gitiam.policy.check.problem import Problem, below, shown

_SETS = ("ForAllValues:", "ForAnyValue:")
_IF_EXISTS = "IfExists"
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_BINARY = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_EPOCH = re.compile(r"[0-9]{1,19}")
_LAST_EPOCH = 2**63 - 1
#: ISO 8601 as the W3C's note "Date and Time Formats" narrows it, which the IAM User Guide names.
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-](?P<zone_hour>[0-9]{2}):(?P<zone_minute>[0-9]{2})))?)?)?",
    re.IGNORECASE,
)
_LAST = {"hour": 23, "minute": 59, "second": 59, "zone_hour": 23, "zone_minute": 59}


def condition_problems(block: Mapping[str, Mapping[str, Any]], where: str) -> Iterator[Problem]:
    """Everything that is wrong with a condition block that could be parsed."""
    for operator, keys in block.items():
        here = below(where, operator)
        wrong = operator_problem(operator)
        if wrong:
            yield Problem(where, "operator", f"{shown(operator)}: {wrong}")
            continue
        if not keys:
            yield Problem(here, "no-values", "the operator compares nothing")
        yield from _twice(keys, here)
        fits = _VALUES[_base(operator)]
        for key, given in keys.items():
            values = given if isinstance(given, list) else [given]
            if not values:
                yield Problem(below(here, key), "no-values", "there is nothing to compare with")
            for value in values:
                text = _text(value)
                if not fits(text):
                    message = f"{shown(text)} is no value for {operator}"
                    yield Problem(below(here, key), "value", message)


def operator_problem(operator: str) -> str | None:
    """What is wrong with the name of an operator, its set prefix and `IfExists` included."""
    base = _base(operator)
    if base not in _VALUES:
        near = _SPELLINGS.get(base.lower())
        return f"IAM writes it {near}" if near else "there is no such operator"
    if base == "Null" and operator.endswith(_IF_EXISTS):
        return "Null asks whether the key exists, and takes no IfExists"
    return None


def _base(operator: str) -> str:
    for prefix in _SETS:
        operator = operator.removeprefix(prefix) if operator.startswith(prefix) else operator
    return operator.removesuffix(_IF_EXISTS)


def _twice(keys: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Keys are compared without regard to case, so one of two spellings would be lost."""
    for key, count in Counter(key.lower() for key in keys).items():
        if count > 1:
            message = f"the key {shown(key)} stands there in {count} spellings"
            yield Problem(where, "duplicate-key", message)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_anything(_: str) -> bool:
    return True


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_truth(text: str) -> bool:
    return text.lower() in ("true", "false")


def _is_binary(text: str) -> bool:
    return _BINARY.fullmatch(text) is not None and len(text) % 4 == 0


def _is_arn(text: str) -> bool:
    """Patterns may begin with a wildcard, or be a variable that holds an ARN."""
    return text.startswith(("arn:", "*", "${"))


def _is_address(text: str) -> bool:
    from ipaddress import ip_network

    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def is_date(text: str) -> bool:
    """Whether IAM reads the text as an instant: a date, a date with a time, or epoch seconds."""
    if _EPOCH.fullmatch(text):
        return int(text) <= _LAST_EPOCH
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    parts = {name: int(part) for name, part in found.groupdict().items() if part is not None}
    if not 1 <= parts.get("month", 1) <= 12:
        return False
    days = monthrange(parts["year"] or 4, parts.get("month", 1))[1]
    return 1 <= parts.get("day", 1) <= days and all(
        parts.get(name, 0) <= last for name, last in _LAST.items()
    )


def _operators() -> Iterator[tuple[str, Callable[[str], bool]]]:
    for name in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase"):
        yield f"String{name}", _is_anything
    yield from (("StringLike", _is_anything), ("StringNotLike", _is_anything))
    for kind, fits in (("Numeric", _is_number), ("Date", is_date)):
        for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals"):
            yield f"{kind}{name}", fits
        yield from ((f"{kind}GreaterThan", fits), (f"{kind}GreaterThanEquals", fits))
    yield from (("Bool", _is_truth), ("Null", _is_truth), ("BinaryEquals", _is_binary))
    yield from (("IpAddress", _is_address), ("NotIpAddress", _is_address))
    for name in ("Equals", "Like", "NotEquals", "NotLike"):
        yield f"Arn{name}", _is_arn


_VALUES = dict(_operators())
_SPELLINGS = {name.lower(): name for name in _VALUES}
