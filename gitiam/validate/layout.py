"""How a list in a YAML file is laid out: where an item can be put beside another, or taken out.

A file's text is left alone wherever its layout is not of the usual kind: then there is no fix.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from gitiam.edits import break_of, lines_of, span_of, without_break
from gitiam.findings import Fix, Location
from gitiam.models import Source
from gitiam.validate.rule import yaml_text
from gitiam.validate.walk import Steps

_DASH = re.compile(r"( *)- +")
_REST = re.compile(r"[ \t]*(#.*)?")
# An anchor that goes leaves aliases without a value; what an alias stands for is elsewhere.
_SHARED = ("&", "*")


def added_beside(source: Source, steps: Steps, value: str, title: str) -> Fix | None:
    """The fix that puts one more value into a list of texts, behind the item at `steps`.

    A lone text, which stands for a list of one, becomes a list. None where the layout is unusual.
    """
    place, around = source.place(*steps), source.place(*steps[:-1])
    span = span_of(place, source.text)
    if span is None or place.line != place.end_line:
        return None
    own = source.text[slice(*span)]
    if own.startswith(_SHARED):
        return None
    if place == around:
        return Fix(title, place, f"[{_in_flow(own)}, {_in_flow(yaml_text(value))}]")
    whole = span_of(around, source.text)
    if whole is not None and source.text[whole[0]] == "[":
        behind = Location(place.path, place.line, place.end_column, place.line, place.end_column)
        return Fix(title, behind, f", {_in_flow(yaml_text(value))}")
    line = without_break(lines_of(source.text)[place.line - 1])
    dash = _DASH.fullmatch(line[: place.column - 1])
    if dash is None or not _REST.fullmatch(line[place.end_column - 1 :]):
        return None
    end = len(line) + 1
    added = f"{break_of(source.text)}{dash[0]}{yaml_text(value)}"
    return Fix(title, Location(place.path, place.line, end, place.line, end), added)


def _in_flow(text: str) -> str:
    """A YAML scalar as it may stand between brackets, where commas and braces mean something."""
    return json.dumps(text) if text[:1] not in "'\"" and re.search(r"[,\[\]{}]", text) else text


def removed_item(source: Source, steps: Steps, title: str, *, safe: bool = False) -> Fix | None:
    """The fix that takes an item, not the first, out of a list: dash, comments and all.

    The comments directly above it, at the level of its dash, go with it. None where the layout is
    unusual, and where something in it is shared with other places of the file.
    """
    place = _within(source.text, source.place(*steps))
    before = source.place(*steps[:-1], int(steps[-1]) - 1)
    span, earlier = span_of(place, source.text), span_of(before, source.text)
    if span is None or earlier is None or not earlier[1] <= span[0]:
        return None
    own = source.text[slice(*span)]
    if "&" in own:
        return None
    lines = [without_break(line) for line in lines_of(source.text)]
    dash = _DASH.fullmatch(lines[place.line - 1][: place.column - 1])
    if dash is not None:
        where = _block_item(lines, place, before, len(dash[1]))
        return Fix(title, where, "", safe)
    between = source.text[earlier[1] : span[0]]
    if own[:1] == "{" and re.fullmatch(r" *, *", between):
        start = Location(place.path, place.line, before.end_column, place.line, place.end_column)
        return Fix(title, start, "", safe) if place.line == place.end_line else None
    return None


def _within(text: str, place: Location) -> Location:
    """The place without the line behind the last, where the parser ends what no break ends."""
    lines = lines_of(text)
    if place.end_line <= len(lines):
        return place
    return replace(place, end_line=len(lines), end_column=len(without_break(lines[-1])) + 1)


def _block_item(lines: list[str], place: Location, before: Location, indent: int) -> Location:
    """From the first comment above the dash to the last line that belongs to the item."""
    first, last = place.line, place.end_line
    if not lines[last - 1][: place.end_column - 1].strip():
        last -= 1  # the parser's end of a block is where the next thing begins
    while last > first and _is_blank_or_comment(lines[last - 1]):
        last -= 1
    while last < len(lines) and _is_own_comment(lines[last], indent):
        last += 1
    while first - 1 > before.line and lines[first - 2].startswith(f"{' ' * indent}#"):
        first -= 1
    # Of the blank lines around it one is enough.
    is_end = last == len(lines) or not lines[last].strip()
    if is_end and first - 1 > before.line and not lines[first - 2].strip():
        first -= 1
    if last < len(lines):
        return Location(place.path, first, 1, last + 1, 1)
    # The last line has no break: the one before it goes instead.
    start = len(lines[first - 2]) + 1
    return Location(place.path, first - 1, start, last, len(lines[last - 1]) + 1)


def _is_blank_or_comment(line: str) -> bool:
    return not line.strip() or line.lstrip(" ").startswith("#")


def _is_own_comment(line: str, indent: int) -> bool:
    depth = len(line) - len(line.lstrip(" "))
    return depth > indent and line.lstrip(" ").startswith("#")
