"""What a check of a policy document has to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_LONGEST = 100


class Use(StrEnum):
    """What a document is for: each has elements that the other must not have."""

    IDENTITY = "identity"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing for which IAM would refuse the document, or take it for something else.

    `where` is a path in the document, `Statement[2].Action[0]`; `kind` is a word for programs.
    """

    where: str
    kind: str
    message: str

    def __str__(self) -> str:
        """`Statement[2].Sid: …`."""
        return f"{self.where}: {self.message}" if self.where else self.message


def shown(text: str) -> str:
    """A value from a document in backticks, on one line and of a length that a line can bear."""
    return f"`{tame(text)}`"


def below(where: str, key: str) -> str:
    """The path to what stands under this key, which may be any text."""
    return f"{where}.{tame(key)}" if where else tame(key)


def tame(text: str) -> str:
    """Text from a document on one line, cut to a length, without what a terminal might obey."""
    line = " ".join(text[: _LONGEST + 1].split())
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return line if len(text) <= _LONGEST else line[: _LONGEST - 1] + "…"
