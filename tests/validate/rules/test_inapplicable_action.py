"""Actions on resources that they cannot work on."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, mended, places, request, said

RULE = "inapplicable-action"


def actions(names: str, resources: str, **keys: str) -> str:
    return request(f"- actions: [{names}]\n  resources: [{resources}]", **keys)


def test_an_object_action_on_a_bucket_gets_its_star() -> None:
    text = actions("s3:GetObject", "arn:aws:s3:::orders", account="[dev, prod]")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "6:15 error inapplicable-action: `s3:GetObject` cannot work on any resource given here:"
        " it needs the ARN of accesspointobject"
        " (`arn:aws:s3:us-east-1:444455556666:accesspoint/ACCESS_POINT_NAME/object/OBJECT_NAME`)"
        " or object (`arn:aws:s3:::BUCKET_NAME/OBJECT_NAME`)"
    ]
    assert "[arn:aws:s3:::orders/*]" in mended(text, found)
    assert findings_of(mended(text, found)) == ()


def test_where_another_action_needs_the_bucket_the_object_is_added() -> None:
    text = actions("s3:ListBucket, s3:GetObject", "arn:aws:s3:::orders")
    (found,) = findings_of(text)
    assert places((found,)) == [(6, 30)]
    assert found.fix
    assert found.fix.title == "add `arn:aws:s3:::orders/*` to the resources"
    assert not found.fix.safe
    assert "[arn:aws:s3:::orders, arn:aws:s3:::orders/*]" in mended(text, found)
    assert findings_of(mended(text, found)) == ()


def test_a_bucket_action_on_objects_loses_the_star() -> None:
    text = actions("s3:ListBucket", "arn:aws:s3:::orders/*")
    (found,) = findings_of(text)
    assert "[arn:aws:s3:::orders]" in mended(text, found)


def test_an_action_without_types_of_resources_is_a_warning() -> None:
    (found,) = findings_of(actions("s3:ListAllMyBuckets", "arn:aws:s3:::orders"))
    assert found.severity == "warning"
    assert found.fix
    assert "grant of its own" in found.fix.title


def test_denials_are_checked_as_well() -> None:
    text = request("- effect: deny\n  actions: s3:DeleteObject\n  resources: arn:aws:s3:::orders")
    assert places(findings_of(text, rule=RULE)) == [(7, 14)]


def test_only_roles_can_be_assumed() -> None:
    text = request("- assume: ['arn:aws:iam::{account_id}:user/x', 'arn:aws:iam::1*:role/y']")
    assert said(findings_of(text)) == [
        "6:14 error inapplicable-action: `arn:aws:iam::{account_id}:user/x` is not the ARN of a"
        " role, and only a role can be assumed"
    ]


@pytest.mark.parametrize(
    ("names", "resources"),
    [
        ("s3:GetObject, s3:ListBucket", "arn:aws:s3:::orders, 'arn:aws:s3:::orders/*'"),
        ("s3:GetObject, s3:ListBucket", "'arn:aws:s3:::orders*'"),
        ("s3:ListAllMyBuckets", "'*'"),
        ("'s3:*'", "arn:aws:s3:::orders"),
        ("'s3:Get*'", "'arn:aws:s3:::orders/*'"),
        ("sqs:SendMessage", "'arn:aws:sqs:{region}:{account_id}:orders'"),
        ("sqs:SendMessage", "'arn:aws:sqs:*:*:*'"),
        ("iam:ChangePassword", "'arn:aws:iam::{account_id}:user/${aws:username}'"),
        ("nosuch:Thing", "arn:aws:s3:::orders"),
        ("s3:NoSuchThing", "arn:aws:s3:::orders"),
        ("s3:GetObject", "not-an-arn"),
        ("kafka-cluster:Connect", "'arn:aws:kafka:us-east-1:111122223333:cluster/x/*'"),
    ],
)
def test_it_is_silent_where_it_may_work_or_another_rule_speaks(names: str, resources: str) -> None:
    assert findings_of(actions(names, resources), rule=RULE) == ()


def test_what_excludes_is_left_alone() -> None:
    text = request("- not_actions: s3:GetObject\n  resources: arn:aws:s3:::orders")
    assert findings_of(text, rule=RULE) == ()
