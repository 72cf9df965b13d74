"""Findings → JSON whose keys never change."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gitiam.findings import Finding, Fix, Location, Related, Severity


def findings_as_json(
    findings: Sequence[Finding],
    files: int,
    checks: Mapping[str, Any] | None = None,
    requests: Sequence[Mapping[str, Any]] = (),
    fixed: Sequence[Finding] | None = None,
) -> str:
    """`{"findings": […], "requests": […], "summary": {errors, warnings, notes, files}}`.

    The keys never change. `requests` are how risky the proposed files are, as `risks_as_json` says;
    `checks` says of those that need more than the files whether they were run; `fixed` are findings
    that have been mended, each at the place where it was. Those two are added where they are given.
    """
    counts = Counter(finding.severity for finding in findings)
    summary = {f"{severity}s": counts[severity] for severity in Severity} | {"files": files}
    body: dict[str, Any] = {
        "findings": [_finding(f) for f in findings],
        "requests": list(requests),
        "summary": summary,
    }
    if checks is not None:
        body["checks"] = checks
    if fixed is not None:
        body["fixed"] = [_finding(f) for f in fixed]
    return json.dumps(body, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "risk": None if finding.risk is None else finding.risk.value,
        **_place(finding.location),
        "message": finding.message,
        "allowed": finding.allowed,
        "related": [_related(other) for other in finding.related],
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _related(other: Related) -> dict[str, Any]:
    return {**_place(other.location), "message": other.message}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "location": None if fix.location is None else _place(fix.location),
        "replacement": fix.replacement,
        "safe": fix.safe,
    }


def _place(place: Location) -> dict[str, Any]:
    """An end that is not known is null."""
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or None,
        "end_column": place.end_column or None,
    }
