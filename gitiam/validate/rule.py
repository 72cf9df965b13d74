"""What a rule is, and the words that rules share."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.nearest import nearest_text
from gitiam.validate.context import Context, File

_LONGEST = 100
# What can stand in any YAML context without quotes. A superset of names, dates and most ARNs; no
# question mark, which is a sign of YAML's own in `[a:?b]`.
_PLAIN = re.compile(r"[A-Za-z0-9/][A-Za-z0-9:/._*$@+=-]*[A-Za-z0-9/._*$@+=-]|[A-Za-z0-9]")


class Rule(ABC):
    """One offence. A rule keeps no state; what it needs to know of other files is in the context.

    A file that was right is judged again only when something has changed of which
    `gitiam.validate.bearing` says that it bears on the file. So what a rule finds in a file may
    depend on other files only by the names that they share, and an error must not come with the
    mere passing of time, but for a request that expires.

    `judges_expired` is for rules that look at expired requests, too, where these already stand.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    judges_expired: ClassVar[bool] = False

    @abstractmethod
    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """Every offence in this one file; other files have their own turn."""

    def finding(
        self,
        place: Location,
        message: str,
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this rule, of its usual severity unless another is given."""
        return Finding(self.id, severity or self.severity, place, message, fix)


def shown(text: str) -> str:
    """A value from a file in backticks, cut to a length that a line can bear."""
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def listed(names: Iterable[str], most: int = 3) -> str:
    """`a, b and 7 more`."""
    every = list(names)
    if len(every) <= most:
        return " and ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))
    return f"{', '.join(every[:most])} and {len(every) - most} more"


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    return nearest_text(text, known, 0.6)


def instead(place: Location, near: str | None) -> tuple[str, Fix | None]:
    """The end of a message, and the fix that puts `near` at the place, where there is one."""
    if near is None:
        return "", None
    return f"; did you mean `{near}`?", replaced(place, near)


def replaced(place: Location, text: str, title: str | None = None) -> Fix:
    """The fix that puts `text` in the place of a YAML value, quoted where it has to be."""
    plain = _PLAIN.fullmatch(text) is not None
    return Fix(title or f"write `{text}`", place, text if plain else json.dumps(text))
