"""Which file may go without anybody's approval: one that gives nothing, and forbids nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gitiam.load.expired import TRAILER, is_expired_removal
from tests.support.estates import request

READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
DENY = "- {effect: deny, actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
END = datetime(2027, 1, 16, tzinfo=UTC)
GONE = request(READ, expires="2027-01-15")
DECLARED = """\
kind: principal
account: prod
principal: group/readers
reason: People who read the orders
"""
SHARED = f"kind: policy\naccount: prod\npolicy: orders\nreason: Reading orders\ngrants:\n  {READ}\n"


def test_it_may_go_from_the_instant_of_its_end() -> None:
    assert is_expired_removal(GONE, END)
    assert is_expired_removal(GONE, END + timedelta(days=9))
    assert not is_expired_removal(GONE, END - timedelta(microseconds=1))


@pytest.mark.parametrize(
    "text",
    [
        request(READ, expires="never"),
        request(READ, expires=""),
        request(READ, expires="2099-01-01"),
        request(DENY),
        request(f"{READ}\n{DENY}"),
        DECLARED,
        SHARED,
        f"{GONE}more: 1\n",
        f"{GONE}expires: 2020-01-01\n",
        f"{GONE}---\n{GONE}",
        GONE.replace("s3:GetObject", "!!python/name:os.system"),
        GONE + "\ud800",
        "",
        "\0",
        "[]",
    ],
)
def test_anything_else_is_for_people(text: str) -> None:
    assert is_expired_removal(text, END + timedelta(days=900)) is False


def test_the_line_of_the_commit() -> None:
    assert TRAILER == "Approved-by-rule: expired version 1"
