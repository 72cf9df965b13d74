"""Findings → GitHub's workflow commands: each appears at its line of the pull request.

Of each level the runner keeps the first ten of a step and drops the others without a word (GitHub
Docs, "Workflow commands for GitHub Actions"; actions/runner counts them in `ExecutionContext`). So
the gravest go first, and what is left out is said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from gitiam.findings import Finding, Severity
from gitiam.report.findings.text import is_control
from gitiam.report.layout import counted

MOST = 10

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def findings_as_annotations(findings: Iterable[Finding]) -> str:
    """One command a line: up to ten of each level, and a last one that says how many are not there.

    That one takes the place of a notice where there are ten.
    """
    by_level: defaultdict[Severity, list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=_gravest_first):
        by_level[finding.severity].append(finding)
    kept = {severity: by_level[severity][:MOST] for severity in Severity}
    if any(len(by_level[severity]) > MOST for severity in Severity):
        kept[Severity.NOTE] = kept[Severity.NOTE][: MOST - 1]
    lines = [_annotation(finding) for severity in Severity for finding in kept[severity]]
    left_out = [
        counted(len(by_level[severity]) - len(kept[severity]), severity.value)
        for severity in Severity
        if len(by_level[severity]) > len(kept[severity])
    ]
    return "".join(f"{line}\n" for line in [*lines, *_rest(left_out)])


def find_room(findings: Iterable[Finding]) -> bool:
    """Whether GitHub shows all of them."""
    counts = Counter(finding.severity for finding in findings)
    return all(number <= MOST for number in counts.values())


def _gravest_first(finding: Finding) -> tuple[int, int]:
    """Sorts by level, then risk; what is equal stays in the order in which people read it."""
    return finding.severity.rank, -1 if finding.risk is None else -finding.risk.rank - 2


def _rest(left_out: Sequence[str]) -> list[str]:
    if not left_out:
        return []
    text = f"{', '.join(left_out)} more than GitHub shows here; the log of this step has them all"
    return [f"::notice title=gitiam::{_data(text)}"]


def _annotation(finding: Finding) -> str:
    place = finding.location
    properties = {"file": place.path, "line": place.line, "col": place.column}
    if place.end_line:
        properties["endLine"] = place.end_line
    if place.end_line == place.line:
        properties["endColumn"] = place.end_column
    properties["title"] = finding.rule if finding.risk is None else _title(finding)
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {said}::{_data(_message(finding))}"


def _title(finding: Finding) -> str:
    return f"{finding.rule} ({finding.risk} risk)"


def _message(finding: Finding) -> str:
    fix = f" ({finding.fix.title})" if finding.fix else ""
    lines = [finding.message + fix]
    lines += [f"from {other.location}  {other.message}".rstrip() for other in finding.related]
    return "\n".join(lines)


def _data(text: str) -> str:
    """Escaped as GitHub's runner unescapes it (actions/toolkit, `command.ts`)."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(
        c if c == "\t" or not is_control(c) else "\N{REPLACEMENT CHARACTER}" for c in escaped
    )


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
