"""Keys that no action of the grant carries."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited
from tests.support.estates import findings_of, request, said

RULE = "inapplicable-condition"


def test_the_actions_and_the_effect_are_named() -> None:
    text = limited("{StringLike: {s3:prefix: '2026/*'}}", "s3:GetObject, s3:PutObject")
    assert said(findings_of(text)) == [
        "9:31 warning inapplicable-condition: `s3:GetObject` and `s3:PutObject`: no request"
        " carries `s3:prefix`, so the condition never holds"
    ]


@pytest.mark.parametrize(
    ("condition", "always"),
    [
        ("{StringLikeIfExists: {s3:prefix: '2026/*'}}", True),
        ("{StringNotEquals: {s3:prefix: secret}}", True),
        ("{'Null': {s3:prefix: 'true'}}", True),
        ("{'Null': {s3:prefix: 'false'}}", False),
    ],
)
def test_what_holds_without_the_key_limits_nothing(condition: str, always: bool) -> None:
    (found,) = findings_of(limited(condition))
    assert ("limits nothing" in found.message) is always


def test_bundles_and_access_levels_are_looked_into() -> None:
    text = request(
        "- bundle: sqs-send\n  resources: ['arn:aws:sqs:us-east-1:111122223333:orders']\n"
        "  conditions: {StringEquals: {s3:prefix: x}}\n"
        "- access: read\n  resources: ['arn:aws:sqs:us-east-1:111122223333:orders']\n"
        "  conditions: {StringEquals: {ec2:InstanceType: x}}"
    )
    assert [f.location.line for f in findings_of(text, rule=RULE)] == [8, 11]


@pytest.mark.parametrize(
    ("condition", "actions"),
    [
        ("{StringLike: {s3:prefix: '2026/*'}}", "s3:ListBucket, s3:GetObject"),
        ("{StringLike: {S3:Prefix: '2026/*'}}", "'s3:List*'"),
        ("{StringLike: {s3:prefix: '2026/*'}}", "'s3:*'"),
        ("{StringEquals: {aws:username: alice}}", "s3:GetObject"),
        ("{StringEquals: {iam:PassedToService: ec2.amazonaws.com}}", "iam:PassRole"),
        ("{StringEquals: {kms:EncryptionContext:aws:s3:arn: x}}", "kms:Decrypt"),
        # AWS's own policies have these; the reference lists them elsewhere or nowhere.
        ("{StringEquals: {secretsmanager:ResourceTag/team: x}}", "secretsmanager:GetSecretValue"),
        ("{StringEquals: {iam:ResourceTag/team: x}}", "sts:AssumeRole"),
        ("{StringEquals: {nosuch:Key: x}}", "s3:GetObject"),
        ("{StringEquals: {s3:prefix: x}}", "s3:NoSuchThing"),
    ],
)
def test_what_a_request_can_carry(condition: str, actions: str) -> None:
    assert findings_of(limited(condition, actions), rule=RULE) == ()
