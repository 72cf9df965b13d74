"""Which lines of a file a pull request shows: only at these GitHub takes a comment.

They are the added lines and those around them, as the file reads afterwards. A patch is told by
GitHub as the unified diff of one file, without its head; what does not add up is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_HEAD = re.compile(r"@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})(?:,(\d{1,9}))? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that are shown together: the number of the first, and the text of each."""

    first: int
    lines: tuple[str, ...]

    def shows(self, first: int, lines: Sequence[str]) -> bool:
        """Whether just these lines stand in it, from line `first` on."""
        start = first - self.first
        return start >= 0 and bool(lines) and self.lines[start:][: len(lines)] == tuple(lines)


def hunks_of(patch: str | None) -> tuple[Hunk, ...]:
    """The hunks of a patch; none where GitHub gives no patch, as of a file that is too large."""
    return tuple(_hunks((patch or "").split("\n")))


def _hunks(lines: Sequence[str]) -> Iterator[Hunk]:
    heads = [number for number, line in enumerate(lines) if line.startswith("@@")]
    for start, end in pairwise([*heads, len(lines)]):
        found = _HEAD.match(lines[start])
        if found is None:
            continue
        right = tuple(line[1:] for line in lines[start + 1 : end] if line[:1] in ("+", " "))
        if len(right) == int(found[2] or 1):
            yield Hunk(int(found[1]), right)
