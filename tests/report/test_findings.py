"""What people, machines and GitHub get to see of findings."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gitiam.findings import Finding, Fix, Location, Related, Risk, Severity
from gitiam.report.findings.annotations import findings_as_annotations
from gitiam.report.findings.data import findings_as_json
from gitiam.report.findings.text import findings_as_text, printable

PLACE = Location("requests/x.yaml", 2, 11, 2, 14)
WRONG = Finding(
    "unknown-account", Severity.ERROR, PLACE, "no `prd`", Fix("write `prod`", PLACE, "prod")
)
NOTE = Finding("past-expiry", Severity.NOTE, Location("requests/y.yaml"), "it is over")
RISKY = Finding(
    "privilege-escalation",
    Severity.ERROR,
    Location("requests/y.yaml", 3),
    "this is all",
    risk=Risk.HIGH,
    related=(Related(Location("requests/x.yaml", 7, 5), "this grant"),),
)
TEXT = {"requests/x.yaml": "# hello\naccount:  prd # here\n"}


def test_text_shows_the_line_the_place_and_the_fix() -> None:
    assert findings_as_text([WRONG, NOTE], 42, TEXT.get) == (
        "requests/x.yaml:2:11: error [unknown-account] no `prd`\n"
        "  2 | account:  prd # here\n"
        "    |           ^^^\n"
        "  fix: write `prod`\n"
        "\n"
        "requests/y.yaml:1:1: note [past-expiry] it is over\n"
        "\n"
        "1 error, 1 note in 42 files\n"
    )


def test_risk_and_the_places_that_it_comes_from() -> None:
    assert findings_as_text([RISKY], 1) == (
        "requests/y.yaml:3:1: error [privilege-escalation] high risk: this is all\n"
        "  from requests/x.yaml:7:5  this grant\n"
        "\n"
        "1 error in 1 file\n"
    )


def test_what_a_machine_can_mend_is_remarked_on() -> None:
    safe = replace(WRONG, fix=Fix("write `prod`", PLACE, "prod", safe=True))
    vague = replace(WRONG, fix=Fix("think", safe=True))
    text = findings_as_text([safe, WRONG, vague], 1, remark=lambda finding: " (easy)")
    assert text.count("  fix: write `prod` (easy)\n") == 1
    assert text.count("(easy)") == 1


def test_the_summary_counts() -> None:
    assert findings_as_text([], 1) == "no findings in 1 file\n"
    assert findings_as_text([], 1200) == "no findings in 1,200 files\n"
    assert findings_as_text([], 2, mended="3 fixed") == "3 fixed, no findings left in 2 files\n"
    assert findings_as_text([WRONG] * 3, 2).endswith("\n3 errors in 2 files\n")


def test_a_place_over_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    place = Location("requests/x.yaml", 1, 3, 2, 5)
    text = findings_as_text([Finding("r", Severity.ERROR, place, "m")], 1, TEXT.get)
    assert "  1 | # hello\n    |   ^^^^^\n" in text


def test_a_long_line_is_cut_around_the_place() -> None:
    place = Location("f", 1, 1001, 1, 1005)
    text = findings_as_text(
        [Finding("r", Severity.ERROR, place, "m")], 1, {"f": "x" * 1000 + "HERE" + "y" * 1000}.get
    )
    line, caret = text.splitlines()[1:3]
    assert len(line) < 180
    assert line.index("HERE") == caret.index("^^^^")
    assert caret.count("^") == 4


def test_a_place_beyond_the_text_shows_no_line() -> None:
    gone = Finding("r", Severity.ERROR, Location("requests/x.yaml", 99, 1), "m")
    assert findings_as_text([gone], 1, TEXT.get).startswith("requests/x.yaml:99:1: error [r] m\n\n")


def test_the_style_is_told_what_each_part_is() -> None:
    roles = set()

    def style(text: str, role: str) -> str:
        roles.add(role)
        return f"<{text}>"

    findings_as_text([WRONG, NOTE, RISKY], 2, TEXT.get, style, mended="1 fixed")
    assert roles == {
        *("error", "note", "place", "rule", "caret", "fix", "risk", "from", "fixed"),
    }


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_printed(text: str) -> None:
    finding = Finding("r", Severity.ERROR, Location(text or "x"), text, Fix(text))
    shown = findings_as_text([finding], 1, {text or "x": text}.get)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    obeyed = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert {c for c in shown if unicodedata.category(c) in obeyed} <= {"\n", "\t"}


def test_tabs_stay_and_controls_do_not() -> None:
    assert printable("a\tb\x1b[31m\x9b\u202e\u2028é") == "a\tb\ufffd[31m\ufffd\ufffd\ufffdé"


def test_json_is_stable() -> None:
    body = json.loads(findings_as_json([WRONG, NOTE], 42))
    place = {"path": "requests/x.yaml", "line": 2, "column": 11, "end_line": 2, "end_column": 14}
    assert body["findings"][0] == {
        "rule": "unknown-account",
        "severity": "error",
        "risk": None,
        **place,
        "message": "no `prd`",
        "allowed": None,
        "related": [],
        "fix": {"title": "write `prod`", "location": place, "replacement": "prod", "safe": False},
    }
    assert body["findings"][1]["fix"] is None
    assert body["findings"][1]["end_line"] is None
    assert body["requests"] == []
    assert body["summary"] == {"errors": 1, "warnings": 0, "notes": 1, "files": 42}
    assert "fixed" not in body


def test_json_has_the_risk_the_other_places_and_what_was_fixed() -> None:
    body = json.loads(findings_as_json([RISKY], 1, fixed=[WRONG]))
    (found,), (fixed,) = body["findings"], body["fixed"]
    assert found["risk"] == "high"
    assert found["related"] == [
        {
            "path": "requests/x.yaml",
            "line": 7,
            "column": 5,
            "end_line": None,
            "end_column": None,
            "message": "this grant",
        }
    ]
    assert fixed["message"] == "no `prd`"


def test_what_is_allowed_is_shown_with_the_reason() -> None:
    allowed = replace(NOTE, allowed="it was\x1b agreed")
    assert "\n  allowed: it was\ufffd agreed\n" in findings_as_text([allowed], 1)
    (found,) = json.loads(findings_as_json([allowed], 1))["findings"]
    assert found["allowed"] == "it was\x1b agreed"


def test_annotations_escape_what_would_end_them() -> None:
    place = Location("requests/a,b:c%.yaml", 3, 1, 3, 9)
    finding = Finding("r", Severity.NOTE, place, "50%\r\n::error::x")
    assert findings_as_annotations([finding, WRONG]) == (
        "::error file=requests/x.yaml,line=2,col=11,endLine=2,endColumn=14,title=unknown-account"
        "::no `prd` (write `prod`)\n"
        "::notice file=requests/a%2Cb%3Ac%25.yaml,line=3,col=1,endLine=3,endColumn=9,title=r"
        "::50%25%0D%0A::error::x\n"
    )


def test_annotations_say_the_risk_and_where_it_comes_from() -> None:
    assert findings_as_annotations([RISKY]) == (
        "::error file=requests/y.yaml,line=3,col=1,title=privilege-escalation (high risk)"
        "::this is all%0Afrom requests/x.yaml:7:5  this grant\n"
    )


def many(number: int, severity: Severity) -> list[Finding]:
    return [Finding("r", severity, Location("f", line), "m") for line in range(1, number + 1)]


def test_ten_of_each_level_are_all_shown() -> None:
    said = findings_as_annotations(f for s in Severity for f in many(10, s))
    assert [said.count(f"::{s} ") for s in ("error", "warning", "notice")] == [10, 10, 10]
    assert "more than GitHub shows" not in said


def test_of_more_than_ten_the_gravest_are_shown_and_the_rest_counted() -> None:
    found = [*many(12, Severity.WARNING), *many(10, Severity.NOTE), *many(13, Severity.ERROR)]
    low = replace(RISKY, risk=Risk.LOW, location=Location("low"))
    said = findings_as_annotations([*found, low, RISKY]).splitlines()
    assert [sum(line.startswith(f"::{s} ") for line in said) for s in ("error", "warning")] == [
        10,
        10,
    ]
    assert sum(line.startswith("::notice ") for line in said) == 10
    assert "requests/y.yaml" in said[0]
    assert "file=low" in said[1]
    assert said[-1] == (
        "::notice title=gitiam::5 errors, 2 warnings, 1 note more than GitHub shows here;"
        " the log of this step has them all"
    )


@given(st.text(), st.text())
def test_one_finding_is_one_line_whatever_it_says(path: str, message: str) -> None:
    said = findings_as_annotations([Finding("r", Severity.ERROR, Location(path), message)])
    assert said.count("\n") == 1
    assert "\r" not in said
    assert len(said.splitlines()) == 1
