"""The operators of conditions, taken apart; and how each compares two values.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Condition operators
for multiple keys and values". An operator that is not there raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import ip_address, ip_network

from gitiam.policy.glob import matches
from gitiam.policy.statement import PolicyError

#: Whether a value of the request fits one value of the policy. ValueError: one of them is none.
Compare = Callable[[str, str], bool]

ANY, ALL, ONE = "foranyvalue", "forallvalues", ""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `base` is the positive form in small letters, such as `stringequals`.

    `quantifier` is `ANY` (ForAnyValue), `ALL` (ForAllValues) or `ONE`.
    """

    base: str
    negated: bool
    if_exists: bool
    quantifier: str

    @property
    def kind(self) -> str:
        """`string`, `numeric`, `date`, `bool`, `binary`, `ip`, `arn` or `null`."""
        return _KINDS[self.base]

    def fits(self, asked: str, value: str) -> bool:
        """Whether the request's value fits the policy's, negation left aside.

        What is no number, date or address where one is wanted fits nothing.
        """
        try:
            return _COMPARES[self.base](asked, value)
        except (ValueError, InvalidOperation, OverflowError):
            return False


@lru_cache(512)
def operator(name: str) -> Operator:
    """Read an operator's name, in any case; PolicyError when AWS has none of that name."""
    text = name.lower()
    quantifier = ONE
    for prefix in (ANY, ALL):
        if text.startswith(f"{prefix}:"):
            quantifier, text = prefix, text[len(prefix) + 1 :]
    if_exists = text.endswith("ifexists")
    text = text.removesuffix("ifexists")
    negated = text in _NEGATIONS
    base = _NEGATIONS.get(text, text)
    if base not in _COMPARES or (base == "null" and (if_exists or quantifier)):
        raise PolicyError(f"{name!r} is no operator of conditions")
    return Operator(base, negated, if_exists, quantifier)


_YEAR = re.compile(r"[0-9]{4}")


@lru_cache(4096)
def instant(text: str) -> datetime:
    """A date of a condition: ISO 8601 or seconds since 1970; ValueError when it is neither.

    Four digits could be a year or seconds: nobody can tell.
    """
    if _YEAR.fullmatch(text):
        raise ValueError(f"{text} is a year, or so many seconds")
    if text.lstrip("-").isdigit():
        try:
            return datetime.fromtimestamp(int(text), UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(str(error)) from error
    moment = datetime.fromisoformat(text.strip().upper())
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first or the last day there is, in another time zone
        raise ValueError(str(error)) from error


def number(text: str) -> Decimal:
    """A number of a condition; ValueError when it is none."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number") from error
    if not found.is_finite():
        raise ValueError(f"{text!r} is no number")
    return found


def _arn(asked: str, value: str) -> bool:
    """ArnEquals and ArnLike are the same: six parts, wildcards within each."""
    askeds, values = asked.split(":", 5), value.split(":", 5)
    return len(askeds) == len(values) == 6 and all(map(matches, values, askeds))


def _bool(asked: str, value: str) -> bool:
    if {asked.lower(), value.lower()} - {"true", "false"}:
        raise ValueError("neither true nor false")
    return asked.lower() == value.lower()


_COMPARES: dict[str, Compare] = {
    "stringequals": lambda asked, value: asked == value,
    "stringequalsignorecase": lambda asked, value: asked.lower() == value.lower(),
    "stringlike": lambda asked, value: matches(value, asked),
    "numericequals": lambda asked, value: number(asked) == number(value),
    "numericlessthan": lambda asked, value: number(asked) < number(value),
    "numericlessthanequals": lambda asked, value: number(asked) <= number(value),
    "numericgreaterthan": lambda asked, value: number(asked) > number(value),
    "numericgreaterthanequals": lambda asked, value: number(asked) >= number(value),
    "dateequals": lambda asked, value: instant(asked) == instant(value),
    "datelessthan": lambda asked, value: instant(asked) < instant(value),
    "datelessthanequals": lambda asked, value: instant(asked) <= instant(value),
    "dategreaterthan": lambda asked, value: instant(asked) > instant(value),
    "dategreaterthanequals": lambda asked, value: instant(asked) >= instant(value),
    "bool": _bool,
    "binaryequals": lambda asked, value: asked == value,
    "ipaddress": lambda asked, value: ip_address(asked) in ip_network(value, strict=False),
    "arnequals": _arn,
    "arnlike": _arn,
    "null": _bool,
}

_NEGATIONS = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}

_KINDS = {
    **{base: base.partition("equals")[0] for base in _COMPARES if base.endswith("equals")},
    **{base: "numeric" for base in _COMPARES if base.startswith("numeric")},
    **{base: "date" for base in _COMPARES if base.startswith("date")},
    "stringequalsignorecase": "string",
    "stringlike": "string",
    "bool": "bool",
    "ipaddress": "ip",
    "arnlike": "arn",
    "null": "null",
}
