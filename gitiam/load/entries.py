"""What to take out of a YAML file so that one entry of a list is gone, and nothing else."""

from __future__ import annotations

import re

from gitiam.findings import Location

# Line ends that editors and YAML do not count alike: then nothing is said.
_ODD_BREAK = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_DASH = re.compile(r" *- +")
_END = re.compile(r" *(?: #.*)?")
_COMMA = re.compile(r"\s*,\s*")


def entry_in(
    text: str, here: Location, before: Location | None, after: Location | None
) -> Location | None:
    """The span of one entry with its dash or comma; None where more than that would go.

    `before` and `after` are the entries around it, where there are any; the only entry of a list
    cannot be taken out.
    """
    if (before is None and after is None) or _ODD_BREAK.search(text):
        return None
    lines = text.split("\n")
    if here.line != here.end_line or here.end_line > len(lines):
        return None
    if lines[here.line - 1][here.column - 1 : here.column] == "&":
        return None  # an anchor, which something else may refer to
    return _line(lines, here) or _between_commas(lines, here, before, after)


def _line(lines: list[str], here: Location) -> Location | None:
    """The whole line of a block list's entry."""
    line = lines[here.line - 1]
    if here.line == len(lines):
        return None
    if not _DASH.fullmatch(line[: here.column - 1]) or not _END.fullmatch(
        line[here.end_column - 1 :]
    ):
        return None
    return Location(here.path, here.line, 1, here.line + 1, 1)


def _between_commas(
    lines: list[str], here: Location, before: Location | None, after: Location | None
) -> Location | None:
    """An entry of a flow list, with the comma after it, or before the last one."""
    if after is not None:
        between = _text(lines, (here.end_line, here.end_column), (after.line, after.column))
        if _COMMA.fullmatch(between):
            return Location(here.path, here.line, here.column, after.line, after.column)
    elif before is not None:
        between = _text(lines, (before.end_line, before.end_column), (here.line, here.column))
        if _COMMA.fullmatch(between):
            end = (here.end_line, here.end_column)
            return Location(here.path, before.end_line, before.end_column, *end)
    return None


def _text(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] - 1 : end[1] - 1]
    middle = lines[start[0] : end[0] - 1]
    return "\n".join(
        [lines[start[0] - 1][start[1] - 1 :], *middle, lines[end[0] - 1][: end[1] - 1]]
    )
