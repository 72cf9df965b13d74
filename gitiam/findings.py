"""What a check has to say about one place in one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs. Only an error blocks."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the gravest; for sorting."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: the path relative to the estate, line and column counted from 1.

    The end is exclusive, as editors and SARIF count it; 0 means that it is not known.
    """

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        """`requests/x.yaml:12:5`, which terminals and editors turn into a link."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend: what it does, and, where that is known, the text to put at an exact place."""

    title: str
    location: Location | None = None
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule says about one place."""

    rule: str
    severity: Severity
    location: Location
    message: str
    fix: Fix | None = None

    @property
    def blocks(self) -> bool:
        """Whether this finding alone stops a merge or an apply."""
        return self.severity is Severity.ERROR


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, sorted by place, then gravity, then rule: as people read them."""
    return tuple(
        sorted(set(findings), key=lambda f: (f.location, f.severity.rank, f.rule, f.message))
    )
