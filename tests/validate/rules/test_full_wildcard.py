"""Grants of everything."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, places, request

RULE = "full-wildcard"


def judged(actions: str, resources: str) -> list[str]:
    text = request(f"- actions: ['{actions}']\n  resources: ['{resources}']")
    return [f.severity.value for f in findings_of(text, rule=RULE)]


@pytest.mark.parametrize(
    ("actions", "resources", "severity"),
    [
        ("*", "*", "error"),
        ("*:*", "*", "error"),
        ("**", "*", "error"),
        ("*", "arn:aws:s3:::orders", "warning"),
        ("iam:*", "*", "error"),
        ("IAM:*", "arn:aws:iam::*:*", "error"),
        ("s3:*", "*", "warning"),
        ("s3:*", "arn:aws:s3:::*", "warning"),
        ("s3:**", "arn:aws:s3:::*/*", "warning"),
        ("sqs:*", "arn:aws:sqs:*:*:*", "warning"),
    ],
)
def test_what_gives_everything(actions: str, resources: str, severity: str) -> None:
    assert judged(actions, resources) == [severity]


@pytest.mark.parametrize(
    ("actions", "resources"),
    [
        ("s3:*", "arn:aws:s3:::orders"),
        ("s3:Get*", "*"),
        ("sqs:*", "arn:aws:sqs:*:*:orders-*"),
        ("ec2:DescribeVpcs", "*"),
    ],
)
def test_what_does_not(actions: str, resources: str) -> None:
    assert judged(actions, resources) == []


def test_each_action_is_judged_at_its_place() -> None:
    text = request(
        """
        - actions: [s3:GetObject, "*"]
          resources: ["arn:aws:s3:::x", "*"]
        - not_actions: [iam:CreateUser]
          resources: "*"
        - actions: "*"
          not_resources: arn:aws:s3:::x
        """
    )
    found = findings_of(text, rule=RULE)
    assert places(found) == [(6, 29), (8, 5), (10, 14)]
    assert {f.severity.value for f in found} == {"error"}


def test_the_administrator_is_pointed_out_but_can_be_had() -> None:
    for name in ("AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess"):
        (found,) = findings_of(request(f"- managed_policy: {name}"))
        assert (found.rule, found.severity.value) == (RULE, "warning")
    assert findings_of(request("- managed_policy: ReadOnlyAccess")) == ()


def test_to_deny_everything_gives_nothing() -> None:
    text = request("- effect: deny\n  actions: '*'\n  resources: '*'")
    assert findings_of(text, rule=RULE) == ()


def test_shared_policies_are_judged_too() -> None:
    text = (
        "kind: policy\naccount: prod\npolicy: p\nreason: for all analysts\n"
        "grants: [{actions: '*', resources: '*'}]\n"
    )
    assert places(findings_of(text)) == [(5, 20)]
