"""Actions on everything that could be given on what is named."""

from __future__ import annotations

import pytest

from tests.support.estates import CONFIG, findings_of, places, request

RULE = "wildcard-resource"


def judged(grant: str, **keys: str) -> list[tuple[str, str | None, tuple[int, int]]]:
    found = findings_of(request(f"- {grant}", **keys), rule=RULE)
    return [(f.severity.value, f.risk, p) for f, p in zip(found, places(found), strict=True)]


@pytest.mark.parametrize(
    ("grant", "severity", "risk", "place"),
    [
        ("actions: sqs:SendMessage\n  resources: '*'", "warning", "medium", (7, 16)),
        ("actions: sqs:SendMessage\n  resources: ['*']", "warning", "medium", (7, 17)),
        (
            "actions: sqs:SendMessage\n  resources: 'arn:aws:sqs:*:*:*'",
            "warning",
            "medium",
            (7, 16),
        ),
        (
            "actions: sqs:SendMessage\n  resources: ['arn:aws:sqs:us-east-1:111122223333:q',"
            " 'arn:aws:sqs:us-east-1:111122223333:*']",
            *("warning", "medium", (7, 57)),
        ),
        ("actions: s3:PutObject\n  resources: 'arn:aws:s3:::*'", "warning", "medium", (7, 16)),
        ("actions: s3:GetObject\n  resources: '*'", "note", "low", (7, 16)),
        ("actions: sqs:GetQueueAttributes\n  resources: '*'", "note", "low", (7, 16)),
        (
            "actions: [sqs:GetQueueAttributes, sqs:SendMessage]\n  resources: '*'",
            "warning",
            "medium",
            (7, 16),
        ),
        (
            "actions: sqs:SendMessage\n  not_resources: 'arn:aws:sqs:*:*:q'",
            "warning",
            "medium",
            (7, 20),
        ),
        ("not_actions: 'iam:*'\n  resources: '*'", "warning", "medium", (7, 16)),
    ],
)
def test_what_could_be_named(grant: str, severity: str, risk: str, place: tuple[int, int]) -> None:
    assert judged(grant) == [(severity, risk, place)]


def test_the_actions_are_named_those_that_change_something_first_of_all() -> None:
    text = request(
        "- actions: [sqs:ListQueues, sqs:GetQueueUrl, sqs:SendMessage]\n  resources: '*'"
    )
    (found,) = findings_of(text, rule=RULE)
    assert found.message.endswith("could be named: sqs:SendMessage")
    assert found.fix is not None


@pytest.mark.parametrize(
    "grant",
    [
        "actions: [ec2:DescribeInstances, sqs:ListQueues, s3:ListAllMyBuckets]\n  resources: '*'",
        "actions: iam:CreateVirtualMFADevice\n  resources: '*'",
        "actions: sqs:SendMessage\n  resources: arn:aws:sqs:us-east-1:111122223333:orders",
        "actions: sqs:SendMessage\n  resources: 'arn:aws:sqs:*:*:orders-*'",
        "actions: s3:PutObject\n  resources: 'arn:aws:s3:::orders/*'",
        "actions: s3:PutObject\n  resources: 'arn:aws:s3:::orders-*/*'",
        "effect: deny\n  actions: sqs:SendMessage\n  resources: '*'",
        "managed_policy: AmazonSQSFullAccess",
        "actions: ec2:StartInstances\n  resources: '*'\n"
        "  conditions: {StringEquals: {'aws:ResourceTag/team': data}}",
        "actions: ec2:StartInstances\n  resources: '*'\n"
        "  conditions: {StringEquals: {'ec2:ResourceTag/team': data}}",
        "actions: iam:PassRole\n  resources: '*'\n"
        "  conditions: {StringEquals: {'iam:PassedToService': ecs-tasks.amazonaws.com}}",
    ],
)
def test_what_could_not_or_is(grant: str) -> None:
    assert judged(grant) == []


def test_a_condition_on_who_asks_limits_no_resource() -> None:
    grant = (
        "actions: sqs:SendMessage\n  resources: '*'\n"
        "  conditions: {Bool: {'aws:MultiFactorAuthPresent': 'true'}}"
    )
    assert judged(grant) == [("warning", "medium", (7, 16))]


def test_everything_of_the_own_account_is_everything() -> None:
    iam = "actions: iam:DeleteUser\n  resources: 'arn:aws:iam::{account_id}:user/*'"
    assert judged(iam, account="[dev, prod]") == [("warning", "medium", (7, 16))]


def test_once_for_a_grant_and_for_all_accounts_and_principals() -> None:
    grant = "actions: sqs:SendMessage\n  resources: ['*', 'arn:aws:sqs:*:*:*']"
    assert judged(grant, account="[dev, prod]", principal="[role/a, role/b]") == [
        ("warning", "medium", (7, 17))
    ]


def test_another_partition() -> None:
    config = CONFIG.replace("requests:", "  cn: {id: '777788889999', partition: aws-cn}\nrequests:")
    text = request(
        "- actions: sqs:SendMessage\n  resources: 'arn:{partition}:sqs:*:{account_id}:*'",
        account="cn",
    )
    files = {"gitiam.yaml": config, "requests/x.yaml": text}
    assert len(findings_of(files, rule=RULE)) == 1


def test_shared_policies() -> None:
    text = (
        "kind: policy\naccount: prod\npolicy: p\nreason: for all analysts\n"
        "grants: [{actions: 'sqs:SendMessage', resources: '*'}]\n"
    )
    assert places(findings_of(text, rule=RULE)) == [(5, 50)]


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("*", "on everything, although"),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:*",
            "on everything that `arn:aws:lambda:eu-west-1:111122223333:function:*` takes, although",
        ),
    ],
)
def test_it_says_on_what(resource: str, said: str) -> None:
    grant = f"- actions: lambda:InvokeFunction\n  resources: '{resource}'"
    (found,) = findings_of(request(grant), rule=RULE)
    assert found.message.startswith(said)
