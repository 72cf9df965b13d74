"""SARIF that the standard's own schema takes, and what code scanning makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, ValidationError

from gitiam.findings import Finding, Fix, Location, Related, Risk, RuleText, Severity
from gitiam.report.findings.sarif import FINGERPRINT, findings_as_sarif

SCHEMA = Path(__file__).parent / "sarif_schema" / "sarif-2.1.0-rtm.5.json"
PLACE = Location("requests/x.yaml", 2, 11, 2, 14)
WRONG = Finding(
    "unknown-account", Severity.ERROR, PLACE, "no `prd`", Fix("write `prod`", PLACE, "prod", True)
)
RISKY = Finding(
    "privilege-escalation",
    Severity.WARNING,
    Location("requests/y.yaml", 7, 5),
    "this opens the account",
    risk=Risk.HIGH,
    related=(Related(PLACE, "together with this grant"),),
)
RULES = (
    RuleText("unknown-account", Severity.ERROR, "A file names none.", {"What it does": "Looks."}),
    RuleText("schema", Severity.ERROR, "The file is of another shape."),
)
TEXT = "# hello\naccount:  prd # here\n"


@cache
def validator() -> Draft4Validator:
    return Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def run_of(*findings: Finding, text: str = TEXT) -> dict[str, Any]:
    """The one run, of a log that is valid."""
    log = json.loads(findings_as_sarif(findings, RULES, "1.2.3", {"requests/x.yaml": text}.get))
    validator().validate(log)
    (run,) = log["runs"]
    return run


def prints_of(*findings: Finding, text: str = TEXT) -> list[str]:
    return [r["partialFingerprints"][FINGERPRINT] for r in run_of(*findings, text=text)["results"]]


def test_the_schema_would_notice() -> None:
    log = json.loads(findings_as_sarif([WRONG], RULES, "1"))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(ValidationError):
        validator().validate(log)


def test_a_result_says_where_and_how_to_mend_it() -> None:
    (result,) = run_of(WRONG)["results"]
    region = {"startLine": 2, "startColumn": 11, "endLine": 2, "endColumn": 14}
    artifact = {"uri": "requests/x.yaml", "uriBaseId": "%SRCROOT%"}
    assert result["message"] == {"text": "no `prd` (fix: write `prod`)"}
    assert result["level"] == "error"
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    ]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == artifact
    assert change["replacements"] == [
        {"deletedRegion": region, "insertedContent": {"text": "prod"}}
    ]


def test_each_result_points_to_its_rule() -> None:
    run = run_of(WRONG, RISKY)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["privilege-escalation", "schema", "unknown-account"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [WRONG.rule, RISKY.rule]
    assert rules[2]["help"]["markdown"] == "## What it does\n\nLooks."
    assert rules[2]["fullDescription"]["text"] == "Looks."
    assert run["columnKind"] == "unicodeCodePoints"


def test_the_highest_risk_that_a_rule_found_is_its_severity() -> None:
    low = replace(RISKY, risk=Risk.LOW, message="less")
    rules = run_of(low, RISKY, WRONG)["tool"]["driver"]["rules"]
    assert rules[0]["properties"] == {"tags": ["iam", "security"], "security-severity": "8.0"}
    assert rules[2]["properties"] == {"tags": ["iam"]}


def test_other_places_are_related_ones() -> None:
    (result,) = run_of(RISKY)["results"]
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 2
    assert related["message"]["text"] == "together with this grant"
    assert result["properties"] == {"risk": "high"}
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 7,
        "startColumn": 5,
    }


def test_fingerprints_stay_when_lines_move() -> None:
    lower = replace(WRONG.location, line=4, end_line=4)
    moved = replace(WRONG, location=lower)
    assert prints_of(WRONG) == prints_of(moved, text="# one\n# two\n" + TEXT)


def test_fingerprints_tell_findings_apart() -> None:
    others = [
        replace(WRONG, message="no `dvv`"),
        replace(WRONG, rule="schema"),
        replace(WRONG, location=replace(PLACE, line=1, end_line=1)),
        replace(WRONG, location=replace(PLACE, column=12)),
    ]
    assert len(set(prints_of(WRONG, *others))) == 5


def test_a_line_that_a_message_names_may_move_too() -> None:
    six, nine = (replace(WRONG, message=f"the same as in line {n}") for n in (6, 9))
    assert prints_of(six) == prints_of(nine)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("arn:aws:sqs:*:{account_id}:x", "arn:aws:sqs:*:{account_id}:x"),
        ("{0} and {12}", "{{0}} and {{12}}"),
        ("see [this](https://example.com)", r"see \[this](https://example.com)"),
        ("grants[0] (a list)", "grants[0] (a list)"),
    ],
)
def test_messages_hold_no_placeholders_and_no_links(message: str, text: str) -> None:
    (result,) = run_of(replace(RISKY, message=message))["results"]
    assert result["message"]["text"] == text


@given(st.text(), st.text(min_size=1), st.integers(0, 9), st.integers(0, 9))
def test_whatever_a_finding_says_the_log_is_valid(
    text: str, path: str, line: int, end: int
) -> None:
    place = Location(path, line, end, end, line)
    fix = Fix(text, place, text)
    odd = Finding("r", Severity.NOTE, place, text, fix, related=(Related(place, text),))
    run = run_of(odd, odd, text=text)
    assert len(run["results"]) == 2
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' "<>\\^`{|}:')
