"""Policy variables in a text: `${aws:username}`, `${aws:PrincipalTag/team, 'nobody'}`, `${*}`.

Source: IAM User Guide, "IAM policy elements: Variables and tags". Variables stand for something in
the resources of a statement, and in conditions with operators on text or ARNs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What stands for the character itself, which would be a wildcard or the start of a variable.
_CHARACTERS = frozenset("*?$")
_VARIABLE = re.compile(r"\$\{([^{}]*)(\}?)")
_DEFAULT = re.compile(r"'[^']*'")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its whole text, its key, and what is wrong with its form, if anything is."""

    text: str
    key: str
    problem: str | None = None
    right: str | None = None


def variables_of(text: str) -> Iterator[Variable]:
    """Every variable of a text but those that stand for a single character."""
    if "${" not in text:
        return
    for found in _VARIABLE.finditer(text):
        body = found[1]
        if not found[2]:
            yield Variable(found[0], "", "has no closing brace")
        elif body not in _CHARACTERS:
            yield _variable(found[0], body)


def _variable(whole: str, body: str) -> Variable:
    key, comma, default = (part.strip() for part in body.partition(","))
    if not key:
        return Variable(whole, "", "names no key")
    if comma and not _DEFAULT.fullmatch(default):
        bare = default.strip("'\"")
        right = f"${{{key}, '{bare}'}}" if "'" not in bare else None
        return Variable(whole, key, "has a default that is not in single quotes", right)
    return Variable(whole, key)
