"""Grants of everything."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, places, request

RULE = "full-wildcard"


def judged(actions: str, resources: str) -> list[tuple[str, str | None]]:
    text = request(f"- actions: ['{actions}']\n  resources: ['{resources}']")
    return [(f.severity.value, f.risk) for f in findings_of(text, rule=RULE)]


@pytest.mark.parametrize(
    ("actions", "resources", "severity", "risk"),
    [
        ("*", "*", "error", "critical"),
        ("*:*", "*", "error", "critical"),
        ("**", "*", "error", "critical"),
        ("*", "arn:aws:s3:::orders", "warning", "high"),
    ],
)
def test_what_gives_everything(actions: str, resources: str, severity: str, risk: str) -> None:
    assert judged(actions, resources) == [(severity, risk)]


@pytest.mark.parametrize(
    ("actions", "resources"),
    [
        ("s3:*", "*"),  # `service-wildcard` says so
        ("iam:*", "*"),
        ("s3:*", "arn:aws:s3:::orders"),
        ("s3:Get*", "*"),
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


@pytest.mark.parametrize(
    "name", ["AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess"]
)
def test_the_administrator_is_pointed_out(name: str) -> None:
    (found,) = findings_of(request(f"- managed_policy: {name}"), rule=RULE)
    assert (found.severity, found.risk) == ("warning", "critical")
    assert places((found,)) == [(6, 21)]


def test_others_of_aws_are_not() -> None:
    assert findings_of(request("- managed_policy: PowerUserAccess"), rule=RULE) == ()


def test_the_administrator_is_to_be_had_where_the_file_says_why() -> None:
    text = request("- managed_policy: AdministratorAccess")
    assert [f.rule for f in findings_of(text, dangers=True) if f.blocks] == ["privilege-escalation"]
    why = "  - rule: privilege-escalation\n    reason: They answer for the whole account\n"
    found = findings_of(f"{text}allow:\n{why}", dangers=True)
    assert [f.rule for f in found if f.blocks] == []
    (allowed,) = (f for f in found if f.rule == "privilege-escalation")
    assert (allowed.allowed, allowed.risk) == ("They answer for the whole account", "critical")


def test_an_entry_does_not_excuse_a_star() -> None:
    text = request("- actions: '*'\n  resources: '*'")
    why = "  - rule: full-wildcard\n    reason: They answer for the whole account\n"
    found = findings_of(f"{text}allow:\n{why}", dangers=True)
    assert {"full-wildcard", "forbidden-allowance"} <= {f.rule for f in found if f.blocks}


def test_to_deny_everything_gives_nothing() -> None:
    text = request("- effect: deny\n  actions: '*'\n  resources: '*'")
    assert findings_of(text, rule=RULE) == ()


def test_shared_policies_are_judged_too() -> None:
    text = (
        "kind: policy\naccount: prod\npolicy: p\nreason: for all analysts\n"
        "grants: [{actions: '*', resources: '*'}]\n"
    )
    assert places(findings_of(text, rule=RULE)) == [(5, 20)]


TRUST = (
    "kind: principal\naccount: prod\nprincipal: role/app\nreason: It runs the shop\n"
    "trust:\n  - aws: [{names}]\n"
)


def test_a_role_for_everybody() -> None:
    (found,) = findings_of(TRUST.format(names="'{account_id}', '*'"), rule=RULE)
    assert (found.severity, found.risk, places((found,))) == ("error", "critical", [(6, 27)])
    text = TRUST.format(names="'*'") + (
        "    conditions: {StringEquals: {'aws:PrincipalOrgID': o-a1b2c3d4e5}}\n"
    )
    (found,) = findings_of(text, rule=RULE)
    assert (found.severity, found.risk) == ("warning", "high")
    assert findings_of(TRUST.format(names="'{account_id}'"), rule=RULE) == ()
