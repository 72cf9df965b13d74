"""Accounts of others without an external id."""

from __future__ import annotations

import pytest

from tests.support.conditions import trusting
from tests.support.estates import findings_of, said

RULE = "missing-external-id"
OTHER = "arn:aws:iam::777788889999:role/monitoring"


def test_an_account_of_nobody_here() -> None:
    text = trusting(f"aws: ['111122223333', {OTHER}]")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "6:27 warning missing-external-id: the account 777788889999 is not in gitiam.yaml, and may"
        " assume this role without an external id"
    ]
    assert found.fix
    assert "sts:ExternalId" in found.fix.title


@pytest.mark.parametrize(
    "entry",
    [
        "aws: '777788889999'",
        f"aws: {OTHER}\nconditions: {{StringEqualsIfExists: {{sts:ExternalId: x}}}}",
        f"aws: {OTHER}\nconditions: {{StringNotEquals: {{sts:ExternalId: x}}}}",
        f"aws: {OTHER}\nconditions: {{'Null': {{sts:ExternalId: 'false'}}}}",
        f"aws: {OTHER}\nconditions: {{Bool: {{aws:SecureTransport: 'true'}}}}",
    ],
)
def test_what_does_not_tell_them_apart(entry: str) -> None:
    assert [f.location.line for f in findings_of(trusting(entry), rule=RULE)] == [6]


@pytest.mark.parametrize(
    "entry",
    [
        "aws: ['111122223333', '444455556666', '{account_id}', arn:aws:iam::444455556666:root]",
        f"aws: {OTHER}\nconditions: {{StringEquals: {{sts:ExternalId: x}}}}",
        f"aws: {OTHER}\nconditions: {{StringEquals: {{aws:PrincipalOrgID: o-1}}}}",
        f"effect: deny\naws: {OTHER}",
        "service: ec2.amazonaws.com",
    ],
)
def test_what_is_ours_or_told_apart(entry: str) -> None:
    assert findings_of(trusting(entry), rule=RULE) == ()
