"""What people, machines and GitHub get to see of findings."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.report.findings.annotations import findings_as_annotations
from gitiam.report.findings.data import findings_as_json
from gitiam.report.findings.text import findings_as_text, printable

PLACE = Location("requests/x.yaml", 2, 11, 2, 14)
WRONG = Finding(
    "unknown-account", Severity.ERROR, PLACE, "no `prd`", Fix("write `prod`", PLACE, "prod")
)
NOTE = Finding("past-expiry", Severity.NOTE, Location("requests/y.yaml"), "it is over")
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


def test_the_summary_counts() -> None:
    assert findings_as_text([], 1) == "no findings in 1 file\n"
    assert findings_as_text([], 1200) == "no findings in 1,200 files\n"
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

    findings_as_text([WRONG, NOTE], 2, TEXT.get, style)
    assert roles == {"error", "note", "place", "rule", "caret", "fix"}


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
        **place,
        "message": "no `prd`",
        "fix": {"title": "write `prod`", "location": place, "replacement": "prod"},
    }
    assert body["findings"][1]["fix"] is None
    assert body["findings"][1]["end_line"] is None
    assert body["summary"] == {"errors": 1, "warnings": 0, "notes": 1, "files": 42}


def test_annotations_escape_what_would_end_them() -> None:
    place = Location("requests/a,b:c%.yaml", 3, 1, 3, 9)
    finding = Finding("r", Severity.NOTE, place, "50%\r\n::error::x")
    assert findings_as_annotations([finding, WRONG]) == (
        "::notice file=requests/a%2Cb%3Ac%25.yaml,line=3,col=1,endLine=3,endColumn=9,title=r"
        "::50%25%0D%0A::error::x\n"
        "::error file=requests/x.yaml,line=2,col=11,endLine=2,endColumn=14,title=unknown-account"
        "::no `prd` (write `prod`)\n"
    )


@given(st.text(), st.text())
def test_one_finding_is_one_line_whatever_it_says(path: str, message: str) -> None:
    said = findings_as_annotations([Finding("r", Severity.ERROR, Location(path), message)])
    assert said.count("\n") == 1
    assert "\r" not in said
    assert len(said.splitlines()) == 1
