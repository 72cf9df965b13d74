"""What a check has to say about one place in one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs. Only an error blocks."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the gravest; for sorting."""
        return _WEIGHTS[self]


class Risk(StrEnum):
    """How much harm access can do in the wrong hands; what an estate's policy decides by."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the mildest; for `max` and for sorting."""
        return _RANKS[self]


# Asked for thousands of times where there is much to say.
_WEIGHTS = {one: number for number, one in enumerate(Severity)}
_RANKS = {one: number for number, one in enumerate(Risk)}


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
    """A mend: what it does, and, where that is known, the text to put at an exact place.

    A place whose end is its start takes the text in without losing anything. `safe` is a mend that
    needs nobody to look at it: it can only say better what was meant, and opens nothing more.
    """

    title: str
    location: Location | None = None
    replacement: str | None = None
    safe: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether it says what to write, and from where to where."""
        place = self.location
        return place is not None and place.end_line > 0 and self.replacement is not None


@dataclass(frozen=True, slots=True, order=True)
class Related:
    """Another place that has a part in a finding, and which part."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule says about one place.

    `risk` is what a rule about danger, rather than correctness, makes of it; `related` are the
    other places that it follows from, such as another request of the same principal. `allowed` is
    the reason for which the file itself allows it (`allow:`): it then blocks nothing, but counts
    for the risk, and is shown to whoever reviews.
    """

    rule: str
    severity: Severity
    location: Location
    message: str
    fix: Fix | None = None
    risk: Risk | None = None
    related: tuple[Related, ...] = ()
    allowed: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether this finding alone stops a merge or an apply."""
        return self.severity is Severity.ERROR and self.allowed is None


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a rule says of itself: the offence in one sentence, the text under each heading.

    `standing` is what an estate and its files may do about it: `fixed`, `allowable` or nothing.
    """

    id: str
    severity: Severity
    summary: str
    parts: Mapping[str, str] = field(default_factory=dict)
    standing: str = ""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, sorted by place, then gravity, then rule: as people read them."""
    return tuple(
        sorted(set(findings), key=lambda f: (f.location, f.severity.rank, f.rule, f.message))
    )
