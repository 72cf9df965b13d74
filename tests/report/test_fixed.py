"""What people see of fixes that were made, or would be."""

from __future__ import annotations

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.report.findings.fixed import diff_as_text, fixed_as_text

PLACE = Location("requests/x.yaml", 2, 11, 2, 14)


def test_each_is_one_line() -> None:
    finding = Finding("r", Severity.ERROR, PLACE, "m", Fix("write\n`\x1b[31m`", PLACE, "x"))
    assert fixed_as_text([finding]) == "requests/x.yaml:2:11: fixed [r] write�`�[31m`\n"


def test_a_difference_is_one_that_git_takes() -> None:
    old = "a\nb\nc\nd\ne\nf\ng\nh\n"
    assert diff_as_text("requests/x.yaml", old, old.replace("e", "E")) == (
        "--- a/requests/x.yaml\n+++ b/requests/x.yaml\n"
        "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"
    )


def test_a_difference_holds_no_order_to_the_terminal() -> None:
    shown = diff_as_text("x", "a\r\n", "\x1b[31m\u202eb\r\n##[error]\r\n")
    assert shown.splitlines()[3:] == ["-a", "+�[31m�b", "+##�error]"]


def test_the_style_is_told_what_each_line_is() -> None:
    roles = []

    def style(text: str, role: str) -> str:
        roles.append(role)
        return text

    diff_as_text("x", "- a\nb\n", "-- a\nb\n", style)
    assert roles == ["place", "place", "hunk", "removed", "added"]
