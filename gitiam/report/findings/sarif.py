"""Findings → SARIF 2.1.0, as GitHub's code scanning, editors and dashboards take it.

Section numbers are those of the OASIS standard "Static Analysis Results Interchange Format (SARIF)
Version 2.1.0". What GitHub makes of it: GitHub Docs, "SARIF support for code scanning".
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from gitiam.findings import Finding, Fix, Location, Risk, RuleText

#: The text of a file of the estate, by its path; None where there is none.
Lines = Callable[[str], str | None]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: Of our own: `primaryLocationLineHash` is GitHub's, whose upload warns of any other value there.
FINGERPRINT = "gitiamFinding/v1"
#: The repository's root; GitHub knows where that is, and nobody else need know our machine's path.
BASE = "%SRCROOT%"

_NO_TEXT: Mapping[str, str] = {}
# GitHub calls over 9.0 critical, from 7.0 high, from 4.0 medium, and what is below low.
_SCORES = {Risk.LOW: "2.0", Risk.MEDIUM: "5.0", Risk.HIGH: "8.0", Risk.CRITICAL: "9.5"}
_NUMBERS = re.compile(r"[0-9]+")
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def findings_as_sarif(
    findings: Sequence[Finding],
    rules: Sequence[RuleText],
    version: str,
    lines: Lines = _NO_TEXT.get,
) -> str:
    """One run with every rule, and a result for each finding.

    `rules` says what each finding's rule is about; one that is not there is described by its name
    alone. `lines` gives the text of a file, for fingerprints that stay when lines move.
    """
    known = {rule.id: rule for rule in rules}
    known |= {f.rule: RuleText(f.rule, f.severity, f.rule) for f in findings if f.rule not in known}
    worst = _worst(findings)
    index = {name: number for number, name in enumerate(sorted(known))}
    driver = {
        "name": "gitiam",
        "semanticVersion": version,
        "rules": [_rule(known[name], worst.get(name)) for name in index],
    }
    prints = _fingerprints(findings, lines)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
        "results": [
            _result(finding, index[finding.rule], one)
            for finding, one in zip(findings, prints, strict=True)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _worst(findings: Iterable[Finding]) -> Mapping[str, Risk]:
    """Rule → the highest risk that it found: GitHub takes a severity for each rule, not result."""
    worst: dict[str, Risk] = {}
    for finding in findings:
        if finding.risk is not None:
            so_far = worst.get(finding.rule, finding.risk)
            worst[finding.rule] = max(so_far, finding.risk, key=lambda risk: risk.rank)
    return worst


def _rule(rule: RuleText, risk: Risk | None) -> dict[str, Any]:
    sections = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in rule.parts.items())
    full = next(iter(rule.parts.values()), rule.summary)
    properties: dict[str, Any] = {"tags": ["iam"]}
    if risk is not None:
        properties = {"tags": ["iam", "security"], "security-severity": _SCORES[risk]}
    return {
        "id": rule.id,
        "name": "".join(map(str.capitalize, rule.id.split("-"))),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": " ".join(full.split())},
        "help": {"text": sections or rule.summary, "markdown": sections or rule.summary},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": properties,
    }


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, Any]:
    fix = finding.fix
    message = finding.message if fix is None else f"{finding.message} (fix: {fix.title})"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": _message(message),
        "locations": [{"physicalLocation": _physical(finding.location)}],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(other.location),
                "message": _message(other.message),
            }
            for number, other in enumerate(finding.related, 1)
        ]
    if fix is not None and fix.is_exact:
        result["fixes"] = [_fix(fix)]
    if finding.allowed is not None:
        accepted = {"kind": "inSource", "status": "accepted", "justification": finding.allowed}
        result["suppressions"] = [accepted]
    if finding.risk is not None:
        result["properties"] = {"risk": finding.risk.value}
    return result


def _message(text: str) -> dict[str, str]:
    """Plain text with nothing in it that is a placeholder (§3.11.5) or a link (§3.11.6).

    `{account_id}` is none, and stays as it is: many readers do not undouble braces.
    """
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub(r"\\[", text))}


def _physical(place: Location) -> dict[str, Any]:
    return {"artifactLocation": _artifact(place.path), "region": _region(place)}


def _artifact(path: str) -> dict[str, Any]:
    return {"uri": quote(path, safe="/", errors="replace"), "uriBaseId": BASE}


def _region(place: Location) -> dict[str, int]:
    """An end that is not known is left out; it is exclusive in SARIF, too (§3.30.7)."""
    region = {"startLine": max(place.line, 1), "startColumn": max(place.column, 1)}
    if place.end_line:
        region |= {"endLine": place.end_line, "endColumn": max(place.end_column, 1)}
    return region


def _fix(fix: Fix) -> dict[str, Any]:
    place = fix.location
    if place is None:
        raise ValueError("a fix without a place")
    change = {"deletedRegion": _region(place), "insertedContent": {"text": fix.replacement}}
    return {
        "description": _message(fix.title),
        "artifactChanges": [
            {"artifactLocation": _artifact(place.path), "replacements": [change]},
        ],
        "properties": {"safe": fix.safe},
    }


def _fingerprints(findings: Sequence[Finding], lines: Lines) -> Iterator[str]:
    """A digest of each finding that knows the line's text, but not where it stands.

    Numbers in messages are left out of it: they name lines, and count characters and days. Of
    findings that are otherwise the same, each has its number.
    """
    texts: dict[str, list[str]] = {}
    seen: Counter[str] = Counter()
    for finding in findings:
        place = finding.location
        if place.path not in texts:
            texts[place.path] = (lines(place.path) or "").splitlines()
        every = texts[place.path]
        line = every[place.line - 1].strip() if 0 < place.line <= len(every) else ""
        what = (finding.rule, place.path, line, _NUMBERS.sub("0", finding.message))
        digest = sha256(json.dumps(what).encode()).hexdigest()[:32]
        seen[digest] += 1
        yield f"{digest}:{seen[digest]}"
