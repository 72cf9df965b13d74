"""Whether conditions hold for one request, exactly as IAM decides it.

Source: IAM User Guide, "IAM JSON policy elements: Condition" and the pages below it. Blocks are
joined by *and*, the values of a key by *or*, those of a negated operator by *nor*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gitiam.models import Condition, Conditions
from gitiam.policy.operators import ALL, ANY, Operator, operator

#: Condition keys in small letters → what the request carries; a key that it does not carry is not
#: in it. Keys with one value have a tuple of one.
Context = Mapping[str, Sequence[str]]

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
# A star in a request's value, or one that `${*}` stands for, is a character like any other.
_PLAIN = str.maketrans({"*": "\ue000", "?": "\ue001"})
_BARE = {"*": "\ue000", "?": "\ue001", "$": "$"}
_WITH_VARIABLES = frozenset(["string", "arn"])


def hold(conditions: Conditions, context: Context) -> bool:
    """Whether all of them hold. PolicyError for an operator that AWS does not have."""
    return all(holds(condition, context) for condition in conditions)


def holds(condition: Condition, context: Context) -> bool:
    """Whether this one holds."""
    how = operator(condition.operator)
    asked = context.get(condition.key.lower())
    if how.base == "null":
        return any(how.fits("true" if asked is None else "false", v) for v in condition.values)
    if how.quantifier == ALL:
        return all(_fits_one(how, a, condition, context) for a in asked or ())
    if asked is None or not asked:
        # A key that is absent differs from every value; for ForAnyValue there is nobody to differ.
        return how.if_exists or (how.negated and how.quantifier != ANY)
    if how.quantifier == ANY:
        return any(_fits_one(how, a, condition, context) for a in asked)
    fits = any(_fits(how, a, condition, context) for a in asked)
    return fits is not how.negated


def _fits_one(how: Operator, asked: str, condition: Condition, context: Context) -> bool:
    return _fits(how, asked, condition, context) is not how.negated


def _fits(how: Operator, asked: str, condition: Condition, context: Context) -> bool:
    """Whether one value of the request fits one of the policy's."""
    if how.kind not in _WITH_VARIABLES:
        return any(how.fits(asked, value) for value in condition.values)
    values = (filled(value, context) for value in condition.values)
    return any(value is not None and how.fits(plain(asked), value) for value in values)


def plain(text: str) -> str:
    """A text of a request, in which no character is a wildcard."""
    return text.translate(_PLAIN)


def filled(pattern: str, context: Context) -> str | None:
    """A pattern of a policy with its variables put in; None where one has no value.

    A key with several values, and one that is absent and has no default, has none.
    """
    if "${" not in pattern:
        return pattern
    missing = False

    def put_in(found: re.Match[str]) -> str:
        nonlocal missing
        name, default = found[1], found[2]
        if name in _BARE:
            return _BARE[name]
        values = context.get(name.lower(), ())
        if len(values) == 1:
            return plain(values[0])
        missing = missing or default is None
        return plain(default or "")

    text = _VARIABLE.sub(put_in, pattern)
    return None if missing else text
