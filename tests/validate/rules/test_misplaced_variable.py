"""Variables where AWS fills none in."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited, trusting
from tests.support.estates import findings_of, request, said


def test_a_number_cannot_be_a_variable() -> None:
    text = limited("{NumericLessThan: {aws:MultiFactorAuthAge: '${aws:PrincipalTag/age}'}}")
    assert said(findings_of(text)) == [
        "9:60 error misplaced-variable: `NumericLessThan` takes no variables, and compares"
        " `${aws:PrincipalTag/age}` as it stands"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "{StringEquals: {aws:username: '${aws:PrincipalTag/name}'}}",
        "{ArnLike: {aws:SourceArn: 'arn:aws:s3:::${aws:userid}'}}",
        "{Bool: {aws:SecureTransport: 'true'}}",
    ],
)
def test_text_and_arns_can(condition: str) -> None:
    assert findings_of(limited(condition)) == ()


def test_elsewhere_other_rules_find_it() -> None:
    action = request("- actions: ['s3:${aws:username}']\n  resources: ['*']")
    assert [f.rule for f in findings_of(action)] == ["unknown-action"]
    somebody = trusting("aws: 'arn:aws:iam::111122223333:user/${aws:username}'")
    assert [f.rule for f in findings_of(somebody)] == ["malformed-principal"]
