"""What `--fix` has done → a line for each finding, or a difference."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from gitiam.edits import lines_of
from gitiam.findings import Finding
from gitiam.report.findings.text import Style, plain, printable

_HEADER = 2


def fixed_as_text(fixed: Iterable[Finding], style: Style = plain) -> str:
    """One line for each finding that is no more, with what was done about it."""
    return "".join(f"{_line(finding, style)}\n" for finding in fixed)


def _line(finding: Finding, style: Style) -> str:
    place = style(printable(str(finding.location)), "place")
    done = printable(finding.fix.title) if finding.fix else ""
    return f"{place}: {style('fixed', 'fixed')} {style(f'[{finding.rule}]', 'rule')} {done}"


def diff_as_text(path: str, old: str, new: str, style: Style = plain) -> str:
    """A unified difference of one file, as `git diff` shows it."""
    shown = difflib.unified_diff(
        _lines(old), _lines(new), f"a/{path}", f"b/{path}", n=3, lineterm=""
    )
    return "".join(
        f"{_painted(line, number < _HEADER, style)}\n" for number, line in enumerate(shown)
    )


def _lines(text: str) -> list[str]:
    """Without their breaks, which no fix changes; what a terminal would obey is replaced."""
    every = lines_of(text)
    return [printable(line.rstrip("\r\n")) for line in (every if every[-1] else every[:-1])]


def _painted(line: str, is_header: bool, style: Style) -> str:
    if is_header:
        return style(printable(line), "place")
    role = {"+": "added", "-": "removed", "@": "hunk"}.get(line[:1])
    return style(line, role) if role else line
