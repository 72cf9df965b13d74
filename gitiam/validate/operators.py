"""IAM's condition operators: read, spelled, and what each compares.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", and "Multivalued context
keys" for the words before the colon. AWS takes operators in any case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gitiam.nearest import nearest_alike

#: Operator → the type of value that it compares, in the words of `gitiam.condition_keys`.
_TYPES = {
    "StringEquals": "String",
    "StringNotEquals": "String",
    "StringEqualsIgnoreCase": "String",
    "StringNotEqualsIgnoreCase": "String",
    "StringLike": "String",
    "StringNotLike": "String",
    "NumericEquals": "Numeric",
    "NumericNotEquals": "Numeric",
    "NumericLessThan": "Numeric",
    "NumericLessThanEquals": "Numeric",
    "NumericGreaterThan": "Numeric",
    "NumericGreaterThanEquals": "Numeric",
    "DateEquals": "Date",
    "DateNotEquals": "Date",
    "DateLessThan": "Date",
    "DateLessThanEquals": "Date",
    "DateGreaterThan": "Date",
    "DateGreaterThanEquals": "Date",
    "Bool": "Bool",
    "BinaryEquals": "Binary",
    "IpAddress": "IPAddress",
    "NotIpAddress": "IPAddress",
    "ArnEquals": "ARN",
    "ArnLike": "ARN",
    "ArnNotEquals": "ARN",
    "ArnNotLike": "ARN",
    "Null": "Null",
}
_BY_LOWER = {name.lower(): name for name in _TYPES}
_QUANTIFIERS = {"": "", "foranyvalue:": "ForAnyValue:", "forallvalues:": "ForAllValues:"}
_IF_EXISTS = "IfExists"
_AFFIXES = re.compile(r"(foranyvalue:|forallvalues:)?([a-z]+?)(ifexists)?", re.IGNORECASE)
_EVERY = {
    f"{quantifier}{name}{ending}".lower(): f"{quantifier}{name}{ending}"
    for quantifier in _QUANTIFIERS.values()
    for name in _TYPES
    for ending in ("", _IF_EXISTS)
    if (name, ending) != ("Null", _IF_EXISTS)
}
_LIKELY = 0.85


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator in its parts: `ForAnyValue:`, `StringLike`, `IfExists`, as AWS spells them."""

    quantifier: str
    name: str
    if_exists: bool

    def __str__(self) -> str:
        """The whole, as a policy has it."""
        return f"{self.quantifier}{self.name}{_IF_EXISTS if self.if_exists else ''}"

    @property
    def type(self) -> str:
        """The type of value that it compares; `Null` for the one that asks for presence."""
        return _TYPES[self.name]

    @property
    def is_negated(self) -> bool:
        """Whether it holds where the values differ."""
        return "Not" in self.name

    @property
    def holds_without_key(self) -> bool:
        """Whether a request that does not carry the key at all meets it.

        IAM User Guide, "Condition operators": negated operators and `IfExists` do, `ForAllValues`
        does, and `ForAnyValue` does not.
        """
        if self.if_exists or self.quantifier == "ForAllValues:":
            return True
        return self.is_negated and not self.quantifier

    @property
    def takes_variables(self) -> bool:
        """Whether `${aws:username}` in a value stands for something; in others it is only text."""
        return self.type in ("String", "ARN")


@lru_cache(1024)
def operator_of(text: str) -> Operator | None:
    """The operator; None when IAM has none of this name."""
    found = _AFFIXES.fullmatch(text)
    name = _BY_LOWER.get(found[2].lower()) if found else None
    if found is None or name is None or (name == "Null" and found[3]):
        return None
    return Operator(_QUANTIFIERS[(found[1] or "").lower()], name, bool(found[3]))


def nearest_operator(text: str) -> str | None:
    """The operator that was probably meant, in AWS's spelling."""
    lower = text.lower().replace(" ", "")
    if lower == "nullifexists":
        return "Null"
    near = nearest_alike(lower, _EVERY, _LIKELY)
    return _EVERY[near[0]] if len(near) == 1 else None
