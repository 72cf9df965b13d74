"""What a rule is, and the words that rules share."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.nearest import nearest_text
from gitiam.spelling import same_letters
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
    `fixed` is for rules that no estate may weaken and no file may silence: without them gitiam
    would not be safe, would make what AWS refuses, or would break its word to auditors.
    `allowable` says whether a file's `allow:` may silence the rule where `gitiam.yaml` does not.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    judges_expired: ClassVar[bool] = False
    fixed: ClassVar[bool] = False
    allowable: ClassVar[bool] = False

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


def instead(place: Location, near: str | None, given: str | None = None) -> tuple[str, Fix | None]:
    """The end of a message, and the fix that puts `near` at the place, where there is one.

    It is a safe one where what was `given` differs in nothing but case and punctuation.
    """
    if near is None:
        return "", None
    safe = given is not None and same_letters(given, near)
    return f"; did you mean `{near}`?", replaced(place, near, safe=safe)


def replaced(place: Location, text: str, title: str | None = None, *, safe: bool = False) -> Fix:
    """The fix that puts `text` in the place of a YAML value, quoted where it has to be."""
    return Fix(title or f"write `{text}`", place, yaml_text(text), safe)


def yaml_text(text: str) -> str:
    """The text as a YAML scalar, quoted where it has to be."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
