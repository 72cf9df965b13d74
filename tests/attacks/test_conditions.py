"""Conditions spelled so that one of them might be lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gitiam.desired.grants import until
from gitiam.models import Condition
from gitiam.policy.statement import Statement
from tests.support.estates import findings_of, places, request


@pytest.mark.parametrize(
    "block",
    [
        "{StringEquals: {aws:PrincipalTag/team: a, AWS:principaltag/Team: b}}",
        "{StringEquals: {aws:PrincipalTag/team: a}, stringequals: {aws:SourceAccount: b}}",
    ],
    ids=["keys", "operators"],
)
def test_two_spellings_of_one_are_refused(block: str) -> None:
    grant = f"- actions: s3:GetObject\n  resources: arn:aws:s3:::b/*\n  conditions: {block}"
    (found,) = findings_of(request(grant))
    assert (found.rule, places((found,))) == ("schema", [(8, 17)])
    assert "are one to AWS" in found.message


def test_the_date_stands_beside_other_dates_under_one_operator() -> None:
    own = Condition("datelessthan", "aws:TokenIssueTime", ("2027-01-01T00:00:00Z",))
    given = Statement("Allow", ("s3:GetObject",), ("*",), (own,))
    body = until(given, datetime(2026, 12, 1, tzinfo=UTC)).as_json()
    condition: dict[str, Any] = body["Condition"]
    assert [operator.lower() for operator in condition] == ["datelessthan"]
    assert {key: value for block in condition.values() for key, value in block.items()} == {
        "aws:CurrentTime": "2026-12-01T00:00:00Z",
        "aws:TokenIssueTime": "2027-01-01T00:00:00Z",
    }
