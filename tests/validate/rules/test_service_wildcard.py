"""Everything that a service has."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, places, request

RULE = "service-wildcard"


def judged(actions: str, resources: str) -> list[tuple[str, str | None]]:
    text = request(f"- actions: ['{actions}']\n  resources: ['{resources}']")
    return [(f.severity.value, f.risk) for f in findings_of(text, rule=RULE)]


@pytest.mark.parametrize(
    ("actions", "resources", "risk"),
    [
        ("s3:*", "*", "high"),
        ("S3:**", "*", "high"),
        ("iam:*?", "*", "high"),
        ("s3:*", "arn:aws:s3:::*", "high"),
        ("s3:*", "arn:aws:s3:::*/*", "high"),
        ("sqs:*", "arn:aws:sqs:*:*:*", "high"),
        ("iam:*", "arn:aws:iam::{account_id}:*", "high"),
        ("s3:*", "arn:aws:s3:::orders", "medium"),
        ("s3:*", "arn:aws:s3:::orders/*", "medium"),
        ("sqs:*", "arn:aws:sqs:*:*:orders-*", "medium"),
        ("logs:*", "arn:aws:logs:us-east-1:111122223333:log-group:orders:*", "medium"),
    ],
)
def test_all_of_a_service(actions: str, resources: str, risk: str) -> None:
    assert judged(actions, resources) == [("warning", risk)]


@pytest.mark.parametrize("actions", ["s3:Get*", "s3:?", "s3:GetObject", "*", "*:*", "**"])
def test_what_is_less_or_more(actions: str) -> None:
    assert judged(actions, "*") == []


def test_each_is_told_at_its_place() -> None:
    text = request(
        """
        - actions: [sqs:SendMessage, "SQS:*"]
          resources: arn:aws:sqs:us-east-1:111122223333:orders
        - actions: "s3:*"
          not_resources: arn:aws:s3:::orders
        """
    )
    found = findings_of(text, rule=RULE)
    assert places(found) == [(6, 32), (8, 14)]
    assert [f.risk for f in found] == ["medium", "high"]
    assert "`SQS:*` gives everything that `sqs` has, and" in found[0].message
    assert "`s3:*` gives everything that `s3` has, on all its resources" in found[1].message
    assert found[0].fix is not None


def test_several_principals_and_accounts_are_one_offence() -> None:
    text = request(
        "- actions: 's3:*'\n  resources: '*'", account="[dev, prod]", principal="[role/a, role/b]"
    )
    assert len(findings_of(text, rule=RULE)) == 1


def test_to_deny_a_service_gives_nothing() -> None:
    text = request("- effect: deny\n  actions: 's3:*'\n  resources: '*'")
    assert findings_of(text, rule=RULE) == ()


def test_shared_policies() -> None:
    text = (
        "kind: policy\naccount: prod\npolicy: p\nreason: for all analysts\n"
        "grants: [{actions: 's3:*', resources: '*'}]\n"
    )
    assert places(findings_of(text, rule=RULE)) == [(5, 20)]


def test_a_long_row_of_wildcards_is_judged_at_once() -> None:
    assert judged("s3:" + "*?" * 2000, "arn:aws:s3:::" + "?*" * 2000) == [("warning", "high")]
    assert judged("s3:" + "?" * 4000 + "x", "*") == []
