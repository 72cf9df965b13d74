"""An issue's text is taken apart as GitHub puts it together, and refused where it is not clear."""

from __future__ import annotations

import pytest

from gitiam.forms.body import LONGEST_BODY, answers_in
from gitiam.forms.fields import Field
from tests.support.forms import GOOD, body_of, filled


def test_every_answer_comes_back() -> None:
    answers, problems = answers_in(body_of(GOOD))
    assert problems == ()
    assert answers == {field: GOOD.get(field, "") for field in Field}


def test_line_ends_of_browsers_are_no_part_of_answers() -> None:
    assert answers_in(body_of(GOOD).replace("\n", "\r\n")) == answers_in(body_of(GOOD))
    assert answers_in(body_of(GOOD).replace("\n", "\r")) == answers_in(body_of(GOOD))


@pytest.mark.parametrize("nothing", ["_No response_", "None", "", "```text\n\n```", "```text\n```"])
def test_nothing_is_nothing(nothing: str) -> None:
    answers, problems = answers_in(body_of(filled(ticket=nothing)))
    assert (answers[Field.TICKET], problems) == ("", ())


def test_a_fence_that_somebody_put_there_is_taken_off() -> None:
    answers, _ = answers_in(body_of(filled(reason="```\nMatch\ninvoices\n```")))
    assert answers[Field.REASON] == "Match\ninvoices"


def test_a_fence_within_an_answer_hides_no_heading() -> None:
    text = "x\n```\n### Accounts\n\ndev\n```"
    _, problems = answers_in(body_of(filled(reason=text)))
    assert [(p.field, p.written) for p in problems] == [(Field.ACCOUNTS, "### Accounts")]


@pytest.mark.parametrize("field", Field)
@pytest.mark.parametrize("within", [Field.REASON, Field.RESOURCES, Field.ACCOUNTS])
def test_a_heading_in_an_answer_is_never_taken_for_a_field(field: Field, within: Field) -> None:
    attack = f"{GOOD[within]}\n\n### {field.label}\n\nuser/mallory"
    _, problems = answers_in(body_of({**GOOD, within: attack}))
    assert any(problem.field is field for problem in problems)


def test_a_heading_that_is_no_field_is_text() -> None:
    answers, problems = answers_in(body_of(filled(reason="### Why\n\nIt is needed")))
    assert (answers[Field.REASON], problems) == ("### Why\n\nIt is needed", ())


@pytest.mark.parametrize("label", ["Ассоunts", "accounts", "Accounts:", "Accounts\u200b"])
def test_a_heading_that_only_looks_like_a_field_is_text(label: str) -> None:
    answers, _ = answers_in(body_of(filled(reason=f"x\n### {label}\ndev")))
    assert answers[Field.ACCOUNTS] == "prod"
    assert label in answers[Field.REASON]


def test_fields_in_another_order_are_refused() -> None:
    parts = body_of(GOOD).split("\n\n### ")
    moved = "\n\n### ".join([parts[0], *parts[2:], parts[1]])
    _, problems = answers_in(moved)
    assert [problem.field for problem in problems] == [Field.PRINCIPAL]


@pytest.mark.parametrize("body", ["", "please give me access", "hello\n\n" + body_of(GOOD)])
def test_what_is_not_of_the_form_is_refused(body: str) -> None:
    (problem,) = answers_in(body)[1]
    assert "open a new issue with the form" in problem.message


def test_a_text_that_no_issue_can_have_is_refused() -> None:
    _, problems = answers_in(body_of(filled(reason="x" * LONGEST_BODY)))
    assert "longer than 65,536 characters" in problems[0].message
