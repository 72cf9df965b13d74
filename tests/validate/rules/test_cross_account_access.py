"""Accounts that the estate does not know."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, places, request

RULE = "cross-account-access"
OTHER = "777788889999"
AUDIT = f"arn:aws:iam::{OTHER}:role/audit"
QUEUE = f"arn:aws:sqs:us-east-1:{OTHER}:orders"


def judged(text: str) -> list[tuple[str, str | None, tuple[int, int]]]:
    found = findings_of(text, rule=RULE)
    return [(f.severity.value, f.risk, p) for f, p in zip(found, places(found), strict=True)]


@pytest.mark.parametrize(
    ("grant", "risk", "place"),
    [
        (f"assume: {AUDIT}", "high", (6, 13)),
        (
            f"assume: [arn:aws:iam::111122223333:role/a, {AUDIT}]",
            "high",
            (6, 48),
        ),
        (f"actions: sts:AssumeRole\n  resources: {AUDIT}", "high", (7, 16)),
        (f"actions: 'sts:*'\n  resources: {AUDIT}", "high", (7, 16)),
        ("actions: sts:AssumeRole\n  resources: '*'", "high", (7, 16)),
        ("actions: sts:AssumeRole\n  resources: 'arn:aws:iam::*:role/audit'", "high", (7, 16)),
        (
            "actions: sts:AssumeRole\n  resources: 'arn:aws:iam::1111????????:role/a'",
            "high",
            (7, 16),
        ),
        (
            f"actions: sqs:SendMessage\n  resources: {QUEUE}",
            "medium",
            (7, 16),
        ),
        (f"access: read\n  resources: {QUEUE}", "medium", (7, 16)),
    ],
)
def test_what_leads_out(grant: str, risk: str, place: tuple[int, int]) -> None:
    assert judged(request(f"- {grant}")) == [("warning", risk, place)]


def test_the_message_says_what_is_unknown() -> None:
    (found,) = findings_of(request(f"- assume: {AUDIT}"), rule=RULE)
    assert f"`{AUDIT}`" in found.message
    assert "does not know" in found.message
    assert found.fix is not None


@pytest.mark.parametrize(
    "grant",
    [
        "assume: arn:aws:iam::111122223333:role/audit",
        "assume: arn:aws:iam::444455556666:role/audit",  # another account of the estate
        "assume: 'arn:aws:iam::{account_id}:role/audit'",
        "actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*",
        "actions: sqs:SendMessage\n  resources: 'arn:aws:sqs:*:*:orders'",
        "managed_policy: ReadOnlyAccess",
        "actions: ssm:GetParameter\n  resources: 'arn:aws:ssm:us-east-1::parameter/aws/*'",
        "actions: sts:GetCallerIdentity\n  resources: '*'",
        "effect: deny\n  actions: sts:AssumeRole\n  resources: '*'",
    ],
)
def test_what_does_not(grant: str) -> None:
    assert judged(request(f"- {grant}")) == []


TRUST = (
    "kind: principal\naccount: prod\nprincipal: role/app\nreason: It runs the shop\n"
    "trust:\n  - {}\n"
)


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (f"aws: '{OTHER}'", (6, 10)),
        (f"aws: [111122223333, 'arn:aws:iam::{OTHER}:root']", (6, 25)),
        (f"aws: 'arn:aws:iam::{OTHER}:role/deploy'", (6, 10)),
        (f"aws: '{OTHER}'\n    conditions: {{StringEquals: {{'sts:ExternalId': x}}}}", (6, 10)),
    ],
)
def test_who_is_let_in(entry: str, place: tuple[int, int]) -> None:
    assert judged(TRUST.format(entry)) == [("warning", "high", place)]


@pytest.mark.parametrize(
    "entry",
    [
        "aws: '{account_id}'",
        "aws: arn:aws:iam::444455556666:role/deploy",
        "service: lambda.amazonaws.com",
        "aws: '*'",  # `full-wildcard` says so
        f"effect: deny\n    aws: '{OTHER}'",
    ],
)
def test_who_is_of_the_house(entry: str) -> None:
    assert judged(TRUST.replace("{}", entry)) == []


def test_shared_policies_are_judged_where_they_stand() -> None:
    files = {
        "requests/p.yaml": "kind: policy\naccount: [dev, prod]\npolicy: p\nreason: For pipelines\n"
        f"grants: [{{assume: '{AUDIT}'}}]\n",
        "requests/x.yaml": request("- managed_policy: p"),
    }
    (found,) = findings_of(files, rule=RULE)
    assert (found.location.path, found.location.line) == ("requests/p.yaml", 5)
