"""Findings become comments at lines: what is suggested is what the file would read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitiam.edits import applied
from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.remarks import Remark, key_of
from gitiam.report.suggestions import remarks_on

PATH = "requests/x.yaml"
TEXT = "account: prd\nprincipal: role/a\nreason: x\n"


def shown(text: str) -> str:
    """The patch of a file that is new."""
    lines = text.removesuffix("\n").split("\n")
    return f"@@ -0,0 +1,{len(lines)} @@\n" + "\n".join(f"+{line}" for line in lines)


def at(line: int, start: int, end: int, new: str, title: str = "write it") -> Fix:
    return Fix(title, Location(PATH, line, start, line, end), new)


def found(fix: Fix | None, line: int = 1, **more: object) -> Finding:
    one = Finding("unknown-account", Severity.ERROR, Location(PATH, line, 1), "no `prd`", fix)
    return replace(one, **more)  # type: ignore[arg-type]


def remarks(*findings: Finding, text: str = TEXT, patch: str | None = None) -> tuple[Remark, ...]:
    return remarks_on(findings, {PATH: text}.get, {PATH: shown(text) if patch is None else patch})


def suggested(remark: Remark) -> str | None:
    """What GitHub would take over, of a body as Markdown has it."""
    tokens = MarkdownIt("commonmark", {"html": True}).parse(remark.body)
    fences = [one.content for one in tokens if one.type == "fence" and one.info == "suggestion"]
    assert len(fences) <= 1
    return fences[0] if fences else None


def taken_over(text: str, remark: Remark) -> str:
    """The file after GitHub's button: the lines of the comment, and what stands for them."""
    new = suggested(remark)
    assert new is not None and remark.line is not None
    lines = text.splitlines(keepends=True)
    first = remark.start or remark.line
    return "".join([*lines[: first - 1], new, *lines[remark.line :]])


def test_a_fix_at_its_line() -> None:
    (remark,) = remarks(found(at(1, 10, 13, "prod")))
    assert (remark.path, remark.start, remark.line) == (PATH, None, 1)
    assert remark.body == (
        f"<!-- gitiam: line {remark.key} -->\n"
        "- **error**: no \\`prd\\` (`unknown-account`)\n\n"
        "```suggestion\naccount: prod\n```"
    )
    assert key_of(remark.body) == remark.key


@given(
    st.text("ab:\n` -", min_size=1, max_size=40).filter(lambda text: text.strip("\n")),
    st.tuples(*[st.integers(0, 40)] * 2),
    st.text("ab\n`", max_size=6),
    st.tuples(*[st.integers(0, 40)] * 2),
    st.text("cd\n", max_size=4),
)
def test_what_is_suggested_is_what_the_fixes_make(
    text: str, one: tuple[int, int], new: str, other: tuple[int, int], more: str
) -> None:
    text += "\n"
    fixes = [fix_of(text, span, said) for span, said in ((one, new), (other, more))]
    findings = [found(fix, fix.location.line) for fix in fixes if fix.location]
    made = remarks(*findings, text=text)
    after = text
    for remark in sorted(made, key=lambda one: -(one.line or 0)):
        if suggested(remark) is not None:
            after = taken_over(after, remark)
    if all(suggested(remark) is not None for remark in made):
        assert after == applied(text, fixes)[0]


def fix_of(text: str, span: tuple[int, int], new: str) -> Fix:
    start, end = sorted(min(offset, len(text) - 1) for offset in span)
    places = [(text.count("\n", 0, o) + 1, o - text.rfind("\n", 0, o)) for o in (start, end)]
    return Fix("mend", Location(PATH, *places[0], *places[1]), new)


def test_lines_that_go_and_lines_that_come() -> None:
    gone = Fix("take it out", Location(PATH, 2, 1, 3, 1), "")
    (remark,) = remarks(found(gone))
    assert (remark.line, suggested(remark)) == (2, "")
    assert taken_over(TEXT, remark) == "account: prd\nreason: x\n"
    more = Fix("say until when", Location(PATH, 4, 1, 4, 1), "expires: 2027-01-15\n")
    (remark,) = remarks(found(more))
    assert (remark.line, taken_over(TEXT, remark)) == (3, f"{TEXT}expires: 2027-01-15\n")


def test_two_fixes_of_one_line_are_one_suggestion() -> None:
    text = "actions: [s3:A, s3:B]\n"
    findings = (found(at(1, 11, 15, "s3:C")), found(at(1, 17, 21, "s3:D"), message="no `s3:B`"))
    (remark,) = remarks(*findings, text=text)
    assert suggested(remark) == "actions: [s3:C, s3:D]\n"
    assert remark.body.count("**error**") == 2


def test_of_many_principals_the_first_few_are_told() -> None:
    findings = [found(None, message=f"role/{number}") for number in range(9)]
    (remark,) = remarks(*findings)
    assert remark.body.count("**error**") == 3
    assert "and 6 more like it" in remark.body


def test_the_key_stays_where_lines_move_and_numbers_count() -> None:
    (before,) = remarks(found(at(1, 10, 13, "prod"), message="in 12 days"))
    moved = f"# more\n\n{TEXT}"
    (after,) = remarks(found(at(3, 10, 13, "prod"), 3, message="in 11 days"), text=moved)
    assert before.key == after.key
    assert (before.line, after.line) == (1, 3)
    (other,) = remarks(found(at(1, 10, 13, "prod")), text=TEXT.replace("prd", "prx"))
    assert other.key != before.key


def test_what_is_the_same_twice_has_two_keys() -> None:
    text = "a: x\nb: y\na: x\n"
    first, second = remarks(found(at(1, 4, 5, "z")), found(at(3, 4, 5, "z"), 3), text=text)
    assert first.key.partition(":")[0] == second.key.partition(":")[0]
    assert first.key != second.key


def test_what_the_diff_does_not_show_has_words_or_no_line() -> None:
    both = Fix("write it", Location(PATH, 1, 10, 2, 1), "prod\n")
    patch = "@@ -1,2 +1,2 @@\n-x\n+account: prd\n+principal: role/a"
    wide = Fix("write both", Location(PATH, 2, 1, 3, 1), "a: b\nc: d\n")
    further = Fix("all of it", Location(PATH, 2, 1, 3, 10), "reason: y")
    assert remarks(found(both), patch=patch)[0].line == 1
    assert suggested(remarks(found(wide, 2), patch=patch)[0]) == "a: b\nc: d\n"
    (words,) = remarks(found(further, 2), patch=patch)
    assert (words.start, words.line, suggested(words)) == (None, 2, None)
    assert "fix: all of it" in words.body
    assert remarks(found(None, 3), patch=patch)[0].line is None
    assert remarks(found(both), patch="")[0].line is None


def test_a_line_that_reads_otherwise_by_now_is_not_shown() -> None:
    patch = shown(TEXT).replace("prd", "prx")
    assert remarks(found(at(1, 10, 13, "prod")), patch=patch)[0].line is None


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\r", "\x1b", "\u2028"])
def test_what_hides_something_is_not_suggested(sign: str) -> None:
    text = f"account: prd # {sign}x\n"
    (remark,) = remarks(found(at(1, 10, 13, "prod")), text=text)
    assert suggested(remark) is None
    assert sign not in remark.body


def test_text_of_a_file_does_not_leave_its_fence() -> None:
    text = "reason: x\n```` </details> @team\n"
    fix = Fix("mend", Location(PATH, 1, 9, 1, 10), "```\n<!-- gitiam: line x -->")
    (remark,) = remarks(found(fix), text=text)
    assert suggested(remark) == "reason: ```\n<!-- gitiam: line x -->\n"
    (remark,) = remarks(found(at(2, 1, 5, "`" * 9), 2), text=text)
    assert suggested(remark) == f"{'`' * 9} </details> @team\n"


@given(st.text(max_size=80))
def test_a_message_does_nothing(message: str) -> None:
    hostile = f"{message} @team <!-- --> | [x](//e) {message}"
    (remark,) = remarks(found(at(1, 10, 13, "prod", title=hostile), message=hostile))
    assert suggested(remark) == "account: prod\n"
    said = remark.body.partition("\n")[2]
    assert "@team" not in said and "<!--" not in said and "](//" not in said
    tokens = MarkdownIt("commonmark", {"html": True}).parse(said)
    assert {one.type for one in tokens} & {"html_block", "heading_open", "hr"} == set()


def test_notes_and_what_is_allowed_are_not_told() -> None:
    note = found(None, severity=Severity.NOTE)
    assert remarks(note, found(None, allowed="we know")) == ()


def test_the_gravest_come_first_with_their_risk() -> None:
    mild = found(None, 1, severity=Severity.WARNING, risk=Risk.HIGH)
    first, second = remarks(mild, found(None, 3))
    assert (first.line, second.line) == (3, 1)
    assert "**warning, high risk**" in second.body


def test_a_file_that_nobody_can_read_has_no_lines() -> None:
    (remark,) = remarks_on([found(None)], lambda _: None, {PATH: "@@ -0,0 +1 @@\n+"})
    assert remark.line is None
