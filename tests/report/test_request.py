"""The answer to a form names every field that is to be mended, and finds room in a comment."""

from __future__ import annotations

from gitiam.findings import Severity
from gitiam.forms.fields import Field, Problem
from gitiam.report.request import MOST_PROBLEMS, Received, as_markdown, as_text
from tests.support.forms import made

WRONG = Problem(Field.BUNDLES, "there is no bundle of this name", "s3-raed", "s3-read")
HINT = Problem(None, "this is broad", advice="name a bucket", rule="x", severity=Severity.WARNING)

ANSWER = """\
No request was made of this yet: 1 thing to mend.

- **What is needed**: there is no bundle of this name
  - written: s3-raed
  - perhaps meant: s3-read

Edit the issue above to mend it; it is then read again.
"""


def test_what_is_to_be_mended() -> None:
    assert as_markdown(Received(None, (WRONG,))) == ANSWER


def test_what_blocks_nothing_is_said_once_there_is_a_file() -> None:
    assert as_markdown(Received(made(), (WRONG, HINT))) == ANSWER
    assert as_markdown(Received(made(), (HINT,))).endswith(
        "\nReviewers will see this as well:\n\n- **The issue**: this is broad\n"
        "  - what to do: name a bucket\n"
    )


def test_for_a_terminal() -> None:
    assert as_text(Received(None, (WRONG, HINT))) == (
        "error: What is needed: there is no bundle of this name [form]\n"
        "  written: s3-raed\n"
        "  perhaps meant: s3-read\n"
        "warning: The issue: this is broad [x]\n"
        "  what to do: name a bucket\n"
    )


def test_many_problems_are_counted() -> None:
    answer = as_markdown(Received(None, (WRONG,) * (MOST_PROBLEMS + 5)))
    assert answer.count("there is no bundle") == MOST_PROBLEMS
    assert "\n- and 5 more things\n" in answer


def test_long_problems_find_room_in_a_comment() -> None:
    long = Problem(Field.REASON, "*" * 5000, "@" * 5000, advice="<" * 5000)
    answer = as_markdown(Received(None, (long,) * MOST_PROBLEMS))
    assert len(answer) < 65_536
    assert " more things\n" in answer
