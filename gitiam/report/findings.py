"""Findings → text for people, JSON for machines, annotations for GitHub."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.report.layout import without_commands

#: Paints a text as a role (`error`, `warning`, `note`, `place`, `rule`, `caret`, `fix`) asks for.
Style = Callable[[str, str], str]
#: The text of a file of the estate, by its path; None where it cannot be shown.
Lines = Callable[[str], str | None]

_WIDEST = 160
_NO_TEXT: Mapping[str, str] = {}
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def plain(text: str, _role: str) -> str:
    """The style of files and pipes: none."""
    return text


def printable(text: str) -> str:
    """The text without what could move a terminal's cursor, recolour it, or turn its direction.

    Nor does it hold a command to GitHub's runner.
    """
    shown = "".join(
        c if c == "\t" or not _is_control(c) else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return without_commands(shown)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def findings_as_text(
    findings: Sequence[Finding],
    files: int,
    lines: Lines = _NO_TEXT.get,
    style: Style = plain,
) -> str:
    """Each finding with its line and a caret under the place, then one line that sums up.

    `files` is how many were checked; `lines` gives the text of a file, for the line to be shown.
    """
    blocks = [_block(finding, lines, style) for finding in findings]
    return "\n".join([*blocks, _summary(findings, files, style)]) + "\n"


def _block(finding: Finding, lines: Lines, style: Style) -> str:
    severity = finding.severity.value
    place = style(printable(str(finding.location)), "place")
    rule = style(f"[{finding.rule}]", "rule")
    parts = [f"{place}: {style(severity, severity)} {rule} {printable(finding.message)}"]
    parts += _excerpt(finding.location, lines, style)
    if finding.allowed is not None:
        parts.append(f"  {style('allowed:', 'note')} {printable(finding.allowed)}")
    if finding.fix is not None:
        parts.append(f"  {style('fix:', 'fix')} {printable(finding.fix.title)}")
    return "\n".join(parts) + "\n"


def _excerpt(place: Location, lines: Lines, style: Style) -> list[str]:
    text = lines(place.path)
    every = text.splitlines() if text else []
    if not 0 < place.line <= len(every):
        return []
    line = every[place.line - 1].replace("\t", " ")
    is_within = place.end_line == place.line
    end = place.end_column if is_within else len(line.rstrip()) + 1
    start = max(place.column - 1, 0)
    # A long line is shown around the place.
    cut = max(0, start - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[cut : cut + _WIDEST]
    width = max(1, min(end - 1, cut + len(shown)) - start)
    gutter = str(place.line)
    caret = " " * (start - cut) + style("^" * width, "caret")
    return [f"  {gutter} | {printable(shown)}", f"  {' ' * len(gutter)} | {caret}"]


def _summary(findings: Iterable[Finding], files: int, style: Style) -> str:
    counts = Counter(finding.severity for finding in findings)
    said = [
        style(_counted(counts[severity], severity.value), severity.value)
        for severity in Severity
        if counts[severity]
    ]
    return f"{', '.join(said) or 'no findings'} in {_counted(files, 'file')}"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def findings_as_json(
    findings: Sequence[Finding],
    files: int,
    checks: Mapping[str, Any] | None = None,
    requests: Sequence[Mapping[str, Any]] = (),
) -> str:
    """`{"findings": […], "requests": […], "summary": {errors, warnings, notes, files}}`.

    The keys never change. `requests` are how risky the proposed files are, as `risks_as_json` says;
    `checks` says of those that need more than the files whether they were run: it is added where
    it is given.
    """
    counts = Counter(finding.severity for finding in findings)
    summary = {f"{severity}s": counts[severity] for severity in Severity} | {"files": files}
    body: dict[str, Any] = {
        "findings": [_finding_as_json(f) for f in findings],
        "requests": list(requests),
        "summary": summary,
    }
    if checks is not None:
        body["checks"] = checks
    return json.dumps(body, indent=2) + "\n"


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        **_place_as_json(finding.location),
        "message": finding.message,
        "allowed": finding.allowed,
        "fix": None if finding.fix is None else _fix_as_json(finding.fix),
    }


def _fix_as_json(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "location": None if fix.location is None else _place_as_json(fix.location),
        "replacement": fix.replacement,
    }


def _place_as_json(place: Location) -> dict[str, Any]:
    """An end that is not known is null."""
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or None,
        "end_column": place.end_column or None,
    }


def findings_as_annotations(findings: Iterable[Finding]) -> str:
    """GitHub's workflow commands: each finding appears at its line of the pull request."""
    return "".join(_annotation(finding) + "\n" for finding in findings)


def _annotation(finding: Finding) -> str:
    place = finding.location
    properties = {"file": place.path, "line": place.line, "col": place.column}
    if place.end_line:
        properties["endLine"] = place.end_line
    if place.end_line == place.line:
        properties["endColumn"] = place.end_column
    properties["title"] = finding.rule
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    fix = f" ({finding.fix.title})" if finding.fix else ""
    return f"::{_LEVELS[finding.severity]} {said}::{_data(finding.message + fix)}"


def _data(text: str) -> str:
    """Escaped as GitHub's runner unescapes it (actions/toolkit, `command.ts`)."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(
        c if c == "\t" or not _is_control(c) else "\N{REPLACEMENT CHARACTER}" for c in escaped
    )


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
