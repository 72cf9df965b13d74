"""Whether two texts are one, but for how they are spelled."""

from __future__ import annotations


def same_letters(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but case, punctuation and white space.

    `*` and `?` are no punctuation: in IAM they mean something.
    """
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum() or c in "*?")
