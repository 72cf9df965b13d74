"""Danger in clothes that a look at the text would not see through, and what only looks like it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gitiam.findings import Risk
from gitiam.load.tree import Tree
from gitiam.validate.difference import Difference
from tests.support.estates import CONFIG, findings_of, request

IAM = "arn:aws:iam::111122223333"
SECRETS = "- actions: [secretsmanager:GetSecretValue]\n  resources: ['*']\n  conditions: "


def keys(resource: str) -> str:
    return f"- actions: [iam:CreateAccessKey]\n  resources: ['{resource}']"


def rules_of(text: str | Mapping[str, str], risk: Risk = Risk.HIGH) -> set[str]:
    """The rules that find something of this risk or a graver one."""
    found = findings_of(text, dangers=True)
    return {f.rule for f in found if f.risk is not None and f.risk.rank >= risk.rank}


@pytest.mark.parametrize("principal", ["role/app", "group/devs", "user/alice"])
def test_the_keys_of_another_are_never_ones_own(principal: str) -> None:
    assert "privilege-escalation" in rules_of(
        request(keys(f"{IAM}:user/admin"), principal=principal)
    )


def test_nor_for_whoever_has_a_policy() -> None:
    policy = "kind: policy\naccount: prod\npolicy: p\nreason: for all of us\ngrants:\n  " + keys(
        f"{IAM}:user/admin*"
    ).replace("\n", "\n  ")
    assert "privilege-escalation" in rules_of({"requests/p.yaml": policy})


@pytest.mark.parametrize(
    ("principal", "resource"),
    [
        ("role/app", f"{IAM}:user/${{aws:PrincipalTag/x}}${{aws:username, ''''}}"),
        ("group/devs", f"{IAM}:user/*${{aws:username}}*"),
        ("group/devs", f"{IAM}:user/${{aws:username}}*"),
    ],
)
def test_a_name_with_more_around_it_is_not_ones_own(principal: str, resource: str) -> None:
    assert "privilege-escalation" in rules_of(request(keys(resource), principal=principal))


@pytest.mark.parametrize(
    ("principal", "resource"),
    [
        ("group/devs", f"{IAM}:user/${{aws:username}}"),
        ("group/devs", f"{IAM}:user/*/${{aws:username}}"),
        ("user/alice", f"{IAM}:user/alice"),
        ("user/alice", f"{IAM}:user/${{aws:username}}"),
    ],
)
def test_ones_own_keys_are(principal: str, resource: str) -> None:
    assert not rules_of(request(keys(resource), principal=principal))


@pytest.mark.parametrize(
    "conditions",
    [
        "{StringNotEquals: {'aws:ResourceTag/zzz': zzz}}",
        "{'Null': {'aws:ResourceTag/zzz': 'true'}}",
        "{StringEqualsIfExists: {'aws:ResourceTag/zzz': zzz}}",
        "{StringLike: {'aws:ResourceTag/zzz': '*'}}",
        "{'ForAllValues:StringEquals': {'aws:ResourceTag/zzz': zzz}}",
    ],
)
def test_a_tag_that_nothing_needs_to_have_names_nothing(conditions: str) -> None:
    assert "credential-exposure" in rules_of(request(SECRETS + conditions))


def test_a_tag_that_it_must_have_does() -> None:
    wanted = "{StringEquals: {'aws:ResourceTag/team': orders}}"
    assert "credential-exposure" not in rules_of(request(SECRETS + wanted))


SHELL = "- actions: [ssm:StartSession]\n  resources: ['arn:aws:ec2:*:111122223333:instance/*']\n"


@pytest.mark.parametrize(("value", "is_found"), [("orders", False), ("*", True), ("?*", True)])
def test_a_shell_where_a_tag_lets_in(value: str, is_found: bool) -> None:
    tagged = f"{SHELL}  conditions: {{StringLike: {{'ssm:resourceTag/team': '{value}'}}}}"
    assert ("privilege-escalation" in rules_of(request(tagged))) is is_found


def test_a_service_goes_by_its_chinese_name_in_china() -> None:
    config = CONFIG.replace(
        '{id: "111122223333", tier: critical}',
        '{id: "111122223333", partition: aws-cn, region: cn-north-1}',
    )
    grants = (
        "- actions: [ec2:RunInstances]\n  resources: ['*']\n"
        "- actions: [iam:PassRole]\n  resources: ['arn:aws-cn:iam::111122223333:role/team/*']\n"
        "  conditions: {StringEquals: {'iam:PassedToService': ec2.amazonaws.com.cn}}"
    )
    files = {"gitiam.yaml": config, "requests/x.yaml": request(grants)}
    assert "privilege-escalation" in rules_of(files)


def test_who_may_write_the_policy_may_attach_anything() -> None:
    attach = (
        f"- actions: [iam:AttachRolePolicy]\n  resources: ['{IAM}:role/data-pipeline']\n"
        f"  conditions: {{ArnLike: {{'iam:PolicyARN': '{IAM}:policy/team-*'}}}}"
    )
    write = f"- actions: [iam:CreatePolicy]\n  resources: ['{IAM}:policy/team-*']"
    other = write.replace("team-*", "other-*")
    assert "privilege-escalation" in rules_of(request(f"{write}\n{attach}"))
    assert "privilege-escalation" not in rules_of(request(attach))
    assert "privilege-escalation" not in rules_of(request(f"{other}\n{attach}"))


def test_a_boundary_that_can_be_taken_off_holds_nothing_back() -> None:
    bound = (
        f"- actions: [iam:CreateRole, iam:PutRolePolicy]\n  resources: ['{IAM}:role/team-*']\n"
        "  conditions:\n    StringEquals:\n"
        f"      'iam:PermissionsBoundary': '{IAM}:policy/team-bound'\n"
        f"- actions: [sts:AssumeRole]\n  resources: ['{IAM}:role/team-*']"
    )
    take_off = f"- actions: [iam:DeleteRolePermissionsBoundary]\n  resources: ['{IAM}:role/team-*']"
    assert "privilege-escalation" in rules_of(request(f"{bound}\n{take_off}"))
    assert "privilege-escalation" not in rules_of(request(bound))


def test_a_year_is_not_taken_for_a_few_seconds() -> None:
    found = findings_of(
        request(
            keys(f"{IAM}:user/*") + "\n  conditions: {DateLessThan: {'aws:CurrentTime': '2099'}}"
        )
    )
    assert any(finding.blocks for finding in found)


def test_a_mistake_in_one_grant_does_not_hide_another() -> None:
    text = request(
        "- actions: ['iam:*']\n  resources: ['*']\n- bundle: s3-reed\n  resources: ['*']"
    )
    found = {finding.rule for finding in findings_of(text, dangers=True)}
    assert {"unknown-bundle", "privilege-escalation", "permission-management"} <= found


POLICY = (
    "kind: policy\naccount: prod\npolicy: pp\nreason: for all of us\n"
    "grants:\n  - actions: [{}]\n    resources: ['*']\n"
)
PASSES = f"- actions: [iam:PassRole]\n  resources: ['{IAM}:role/team/*']\n"


@pytest.mark.parametrize(
    "files",
    [
        {
            "requests/u.yaml": request(PASSES + "- group: gg", principal="user/uma"),
            "requests/g.yaml": request("- managed_policy: pp", principal="group/gg"),
        },
        {
            "requests/u.yaml": request(PASSES, principal="user/uma"),
            "requests/v.yaml": request("- group: gg", principal="user/uma"),
            "requests/g.yaml": request("- managed_policy: pp", principal="group/gg"),
        },
        {"requests/u.yaml": request(f"{PASSES}- managed_policy: {IAM}:policy/pp")},
        {
            "requests/u.yaml": request(PASSES),
            "requests/v.yaml": request(f"- managed_policy: {IAM}:policy/pp"),
        },
    ],
)
def test_a_policy_that_changes_is_judged_with_all_that_have_it(files: dict[str, str]) -> None:
    """However they come by it: through a group, or by its ARN."""
    few, many = "lambda:GetFunction", "lambda:CreateFunction, lambda:InvokeFunction"
    trees = [
        Tree({p: t.encode() for p, t in {**files, "requests/p.yaml": POLICY.format(one)}.items()})
        for one in (few, many)
    ]
    assert "requests/u.yaml" in Difference(*trees).judged_anew()
    after = {**files, "requests/p.yaml": POLICY.format(many)}
    found = findings_of(after, rule="privilege-escalation")
    assert "requests/u.yaml" in {finding.location.path for finding in found}
