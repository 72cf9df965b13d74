"""Text and fixes → text. Nothing changes outside the places that the fixes name.

Lines and columns are those of `Location`: counted from 1, columns in characters, lines as YAML
breaks them (YAML 1.1, section 5.4): at CR LF, CR, LF, NEL, and the line and paragraph separators.
A byte order mark is before the first column, as in editors.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from gitiam.findings import Fix, Location

_MARK = "\ufeff"
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


def applied(text: str, fixes: Iterable[Fix]) -> tuple[str, tuple[Fix, ...]]:
    """The text with the fixes in it, and which ones: those that could be, in the order of places.

    Of two that overlap the first by place wins; of two at the very same place, the first that is
    given. A fix without an exact place, or with one that the text does not have, is left out.
    """
    starts = line_starts(text)
    spans = [(span_of(fix.location, text, starts), fix) for fix in fixes if fix.is_exact]
    done: list[Fix] = []
    parts: list[str] = []
    last = (-1, 0)
    for span, fix in sorted(
        ((span, fix) for span, fix in spans if span is not None), key=lambda one: one[0]
    ):
        if span[0] < last[1] or span == last:
            continue
        parts += [text[last[1] : span[0]], fix.replacement or ""]
        done.append(fix)
        last = span
    return "".join([*parts, text[last[1] :]]), tuple(done)


def place_before(place: Location, text: str, done: Iterable[Fix]) -> Location:
    """Where in `text` that was which is at the place now, after the fixes that `applied` made."""
    starts = line_starts(text)
    now, _ = applied(text, fixes := list(done))
    span = span_of(place, now)
    if span is None:
        return place
    begin = _offset_before(span[0], text, fixes)
    # By its last character, so that what was taken out behind it does not count.
    end = _offset_before(span[1] - 1, text, fixes) + 1 if span[0] < span[1] else begin
    first, last = (bisect_right(starts, offset) for offset in (begin, end))
    return Location(
        place.path, first, begin - starts[first - 1] + 1, last, end - starts[last - 1] + 1
    )


def _offset_before(offset: int, text: str, fixes: Iterable[Fix]) -> int:
    """The same offset without the fixes; within one, it is where that begins."""
    starts = line_starts(text)
    found = ((span_of(fix.location, text, starts), fix.replacement or "") for fix in fixes)
    for (start, end), new in sorted((span, new) for span, new in found if span is not None):
        length = len(new)
        if offset < start:
            break
        if offset < start + length:
            return start
        offset += (end - start) - length
    return offset


def line_starts(text: str) -> list[int]:
    """The offset at which each line begins; behind the last break there is one more."""
    first = len(_MARK) if text.startswith(_MARK) else 0
    return [first, *(found.end() for found in _BREAK.finditer(text))]


def lines_of(text: str) -> list[str]:
    """The lines, each with its break; the last one may be empty."""
    starts = [0, *line_starts(text)[1:], len(text)]
    return [text[start:end] for start, end in pairwise(starts)]


def without_break(line: str) -> str:
    """A line's text alone."""
    found = _BREAK.search(line)
    return line[: found.start()] if found else line


def break_of(text: str) -> str:
    """The first line break of the text; a line feed where there is none."""
    found = _BREAK.search(text)
    return found[0] if found else "\n"


def span_of(
    place: Location | None, text: str, starts: Sequence[int] | None = None
) -> tuple[int, int] | None:
    """Where the place begins and ends, as offsets; None when the text has no such place."""
    if place is None:
        return None
    starts = line_starts(text) if starts is None else starts
    start = _offset(place.line, place.column, text, starts)
    end = _offset(place.end_line, place.end_column, text, starts)
    return None if start is None or end is None or end < start else (start, end)


def _offset(line: int, column: int, text: str, starts: Sequence[int]) -> int | None:
    """Behind the last character of a line is its end; the break is no place of its own."""
    if not 0 < line <= len(starts) or column < 1:
        return None
    start = starts[line - 1]
    following = starts[line] if line < len(starts) else len(text)
    offset = start + column - 1
    return offset if offset <= start + len(without_break(text[start:following])) else None
