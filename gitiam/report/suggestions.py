"""Findings → comments at lines of a pull request, with the fix to take over where there is one.

What is suggested replaces whole lines, and reads exactly as the file would after the fix. What
cannot be shown so, or would hide something, is said in words alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from gitiam.edits import applied, line_starts, span_of
from gitiam.findings import Finding, Fix, Severity
from gitiam.remarks import Remark, marker
from gitiam.report.layout import fence_for, markdown
from gitiam.report.patches import Hunk, hunks_of

#: The text of a file as it was judged, by its path; None where there is none.
TextOf = Callable[[str], str | None]

_LONGEST_MESSAGE = 600
_LONGEST_SUGGESTION = 8_000
_MOST_OF_RULE = 3
_NUMBERS = re.compile(r"[0-9]+")


def remarks_on(
    findings: Iterable[Finding], text_of: TextOf, patches: Mapping[str, str | None]
) -> tuple[Remark, ...]:
    """What blocks or warns, the gravest first; what is about the same lines, in one comment.

    `patches` has GitHub's patch of each file of the pull request. A line that reads otherwise there
    than in the file that was judged, as main has moved on, counts as one that is not shown.
    """
    of_paths: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.allowed is None and finding.severity is not Severity.NOTE:
            of_paths[finding.location.path].append(finding)
    found: list[tuple[int, Remark]] = []
    for path, those in sorted(of_paths.items()):
        text, seen = text_of(path), Counter[str]()
        hunks = () if text is None else hunks_of(patches.get(path))
        for spot in _spots(those, text or ""):
            digest = spot.digest(path)
            seen[digest] += 1
            found.append((spot.rank, _remark(f"{digest}:{seen[digest]}", path, spot, hunks)))
    return tuple(remark for _, remark in sorted(found, key=lambda one: one[0]))


@dataclass(frozen=True)
class _Spot:
    """Whole lines of a text, from offset to offset, and the findings about them."""

    text: str
    start: int
    end: int
    findings: tuple[Finding, ...]

    @property
    def rank(self) -> int:
        return min(finding.severity.rank for finding in self.findings)

    @property
    def first(self) -> int:
        return self.text.count("\n", 0, self.start) + 1

    @property
    def lines(self) -> list[str]:
        return self.text[self.start : self.end].removesuffix("\n").split("\n")

    def digest(self, path: str) -> str:
        """Of all that it is about, but not of where; numbers in messages count lines and days."""
        said = sorted({(one.rule, _NUMBERS.sub("0", one.message)) for one in self.findings})
        return sha256(json.dumps([path, self.lines, said]).encode()).hexdigest()[:32]

    def mended(self) -> tuple[str, tuple[Fix, ...]] | None:
        """The lines after the fixes, and which these are; None where they cannot be shown."""
        fixes = dict.fromkeys(one.fix for one in self.findings if _is_within(one, one.fix))
        whole, done = applied(self.text, [fix for fix in fixes if fix is not None])
        new = whole[self.start : len(whole) - (len(self.text) - self.end)]
        is_whole = not new or new.endswith("\n") or self.end == len(self.text)
        is_plain = all(c.isprintable() or c in "\n\t" for c in new)
        if not done or not is_whole or not is_plain or len(new) > _LONGEST_SUGGESTION:
            return None
        return None if new == self.text[self.start : self.end] else (new, done)


def _is_within(finding: Finding, fix: Fix | None) -> bool:
    place = fix.location if fix is not None else None
    return fix is not None and place is not None and place.path == finding.location.path


def _spots(findings: Sequence[Finding], text: str) -> Iterator[_Spot]:
    """What overlaps is taken together: of two suggestions for one line, one would be lost."""
    ranges = sorted(
        ((*_lines_of(finding, text), number) for number, finding in enumerate(findings)),
    )
    while ranges:
        start, end, number = ranges.pop(0)
        numbers = [number]
        while ranges and (ranges[0][0] < end or ranges[0][0] == start):
            _, further, number = ranges.pop(0)
            end = max(end, further)
            numbers.append(number)
        yield _Spot(text, start, end, tuple(findings[number] for number in sorted(numbers)))


def _lines_of(finding: Finding, text: str) -> tuple[int, int]:
    """The whole lines that its fix changes, as offsets; without one, the line where it stands."""
    fix = finding.fix
    if fix is not None and fix.is_exact and _is_within(finding, fix):
        span = span_of(fix.location, text)
        if span is not None:
            return _whole(text, *span, fix.replacement or "")
    starts = line_starts(text)
    offset = starts[min(max(finding.location.line, 1), len(starts)) - 1]
    return _whole(text, offset, offset, " ")


def _whole(text: str, start: int, end: int, new: str) -> tuple[int, int]:
    first = text.rfind("\n", 0, start) + 1
    if first == len(text) and first > 0:  # behind the last line there is none to speak of
        first = text.rfind("\n", 0, first - 1) + 1
    kept = text[first:start] + new
    ends_before = start < end and text[end - 1] == "\n" and (not kept or kept.endswith("\n"))
    if ends_before:
        return first, end
    following = text.find("\n", end)
    return first, len(text) if following < 0 else following + 1


# -- in words ---------------------------------------------------------------------------------


def _remark(key: str, path: str, spot: _Spot, hunks: Sequence[Hunk]) -> Remark:
    lines = spot.lines
    if any(hunk.shows(spot.first, lines) for hunk in hunks):
        last = spot.first + len(lines) - 1
        start = spot.first if len(lines) > 1 else None
        return Remark(key, path, _body(key, spot, spot.mended()), last, start)
    body = _body(key, spot, None)
    for finding in spot.findings:
        number, line = _line_at(finding, spot.text)
        if any(hunk.shows(number, [line]) for hunk in hunks):
            return Remark(key, path, body, number)
    return Remark(key, path, body)


def _line_at(finding: Finding, text: str) -> tuple[int, str]:
    starts = line_starts(text)
    offset = starts[min(max(finding.location.line, 1), len(starts)) - 1]
    number = text.count("\n", 0, offset) + 1
    return number, text.split("\n")[number - 1]


def _body(key: str, spot: _Spot, mended: tuple[str, tuple[Fix, ...]] | None) -> str:
    new, done = mended or ("", ())
    parts = [marker(key), *_messages(spot.findings, done)]
    if mended is not None:
        fence = fence_for(new)
        ended = new if not new or new.endswith("\n") else f"{new}\n"
        parts += ["", f"{fence}suggestion\n{ended}{fence}"]
    return "\n".join(parts)


def _messages(findings: Sequence[Finding], done: Sequence[Fix]) -> Iterator[str]:
    """The gravest first; of what one rule says of many principals, the first few."""
    ordered = sorted(findings, key=lambda one: (one.severity.rank, one.rule))
    alike = [list(those) for _, those in groupby(ordered, key=lambda one: one.rule)]
    for those in alike:
        for finding in those[:_MOST_OF_RULE]:
            yield f"- {_message(finding, finding.fix not in done)}"
        if len(those) > _MOST_OF_RULE:
            yield f"- and {len(those) - _MOST_OF_RULE:,} more like it"


def _message(finding: Finding, with_fix: bool) -> str:
    risk = f", {finding.risk} risk" if finding.risk is not None else ""
    said = f"**{finding.severity}{risk}**: {_short(finding.message)} (`{finding.rule}`)"
    fix = f"<br>fix: {_short(finding.fix.title)}" if finding.fix and with_fix else ""
    return said + fix


def _short(text: str) -> str:
    is_long = len(text) > _LONGEST_MESSAGE
    return markdown(f"{text[: _LONGEST_MESSAGE - 1]}…" if is_long else text)
