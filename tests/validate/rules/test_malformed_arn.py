"""Resources that are no ARNs, or ARNs that AWS refuses."""

from __future__ import annotations

import json

import pytest
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from tests.support.estates import findings_of, mended, places, request

RULE = "malformed-arn"

WRONG = [
    "orders",
    "**",
    "arn:aws:s3:orders",
    "arn:aws:s3::orders",
    "arn:was:s3:::orders",
    "arn:aws:*:::orders",
    "arn:aws::::orders",
    "arn:aws:s3:::",
    "arn:aws:sqs:us-east-1:1111-2222-3333:orders",
    "arn:aws:sqs:us-east-1:11112222333:orders",
    "arn:aws:sqs:us-east-1:prod:orders",
    "arn:aws:sqs:US East:111122223333:orders",
    "s3://orders/2026",
]
RIGHT = [
    "*",
    "arn:aws:s3:::orders",
    "arn:aws:s3:::orders/*",
    "arn:*:s3:::orders",
    "arn:aws-cn:s3:::orders",
    "arn:aws:s3:::home/${aws:username}/*",
    "arn:aws:iam::111122223333:user/${aws:username}",
    "arn:aws:sqs:${aws:RequestedRegion}:111122223333:orders",
    "arn:aws:sqs:us-east-1:{account_id}:orders",
    "arn:{partition}:sqs:{region}:{account_id}:{account}-orders",
    "arn:aws:sqs:*:*:orders",
    "arn:aws:sqs:eu-*:1111*:orders",
    "arn:aws:ec2:us-east-1::image/ami-0abcdef1234567890",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/x:*",
]


def wrong(resource: str) -> str:
    return request(f"- actions: [ec2:DescribeVpcs]\n  resources: [{json.dumps(resource)}]")


@pytest.mark.parametrize("resource", WRONG)
def test_what_is_wrong_is_found_at_its_place(resource: str) -> None:
    assert places(findings_of(wrong(resource), rule=RULE)) == [(7, 17)]


@pytest.mark.parametrize("resource", RIGHT)
def test_what_is_right_is_left_alone(resource: str) -> None:
    assert findings_of(wrong(resource), rule=RULE) == ()


@pytest.mark.parametrize("resource", [r for r in RIGHT if "{account" not in r and r != "*"])
def test_what_is_right_is_right_for_the_emulated_aws_too(resource: str) -> None:
    statement = {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    IAMPolicyDocumentValidator(document).validate()


@pytest.mark.parametrize("resource", ["orders", "arn:was:s3:::orders", "arn:aws"])
def test_what_the_emulated_aws_refuses_is_wrong_here_too(resource: str) -> None:
    statement = {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    with pytest.raises(MalformedPolicyDocument):
        IAMPolicyDocumentValidator(document).validate()
    assert findings_of(wrong(resource), rule=RULE)


@pytest.mark.parametrize(
    ("resource", "right"),
    [
        ("arn:aws:s3:orders", "arn:aws:s3:::orders"),
        ("arn:aws:s3::orders/2026/*", "arn:aws:s3:::orders/2026/*"),
        ("s3://orders/2026", "arn:aws:s3:::orders/2026"),
        (
            "arn:aws:sqs:us-east-1:1111-2222-3333:orders",
            "arn:aws:sqs:us-east-1:111122223333:orders",
        ),
        ("arn:aws:sqs:us-east-1:prod:orders", "arn:aws:sqs:us-east-1:111122223333:orders"),
    ],
)
def test_usual_slips_are_mended(resource: str, right: str) -> None:
    text = wrong(resource)
    (found,) = findings_of(text, rule=RULE)
    assert f"[{right}]" in mended(text, found)


def test_every_place_that_holds_an_arn_is_looked_at() -> None:
    text = request(
        """
        - access: read
          resources: [x]
        - bundle: s3-read
          resources: x
        - actions: s3:GetObject
          not_resources: [x]
        - assume: [arn:aws:iam::111122223333:role/a, x]
        - managed_policy: arn:aws:iam::policy/x
        """
    )
    assert places(findings_of(text, rule=RULE)) == [(7, 17), (9, 16), (11, 21), (12, 48), (13, 21)]


def test_arns_of_trusted_principals_are_read() -> None:
    text = (
        "kind: principal\naccount: prod\nprincipal: role/x\nreason: runs the pipeline\ntrust:\n"
        "  - aws: ['*', '111122223333', 'arn:aws:iam::111122223333:root', '{account_id}', arn:x]\n"
        "  - federated: accounts.google.com\n"
        "  - federated: arn:aws:iam::oidc-provider/x\n"
    )
    assert places(findings_of(text, rule=RULE)) == [(6, 82), (8, 16)]
