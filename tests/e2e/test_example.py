"""The example estate, whole: applied, found live, applied again, changed, and tampered with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitiam.cli.story import copy_example
from gitiam.shipped import example_estate_dir
from tests.support.world import World, listed

WRITTEN = {"prod": "111122223333", "dev": "444455556666"}
UNDECLARED = {"prod": ["role/ci", "role/reporting", "user/bob"], "dev": ["role/ci", "user/bob"]}
MODULES = sorted(
    [f"prod/{name}" for name in ("group/analysts", "role/intern", "role/reporting", "user/alice")]
    + [
        f"{account}/{name}"
        for account in ("dev", "prod")
        for name in ("policy/pipeline-logging", "role/ci", "role/data-pipeline", "user/bob")
    ]
)


@pytest.fixture
def example(world: World, tmp_path: Path) -> World:
    """The example estate as if it were written today, in this world's accounts."""
    copy_example(example_estate_dir(), tmp_path, datetime.now(UTC).date())
    for file in tmp_path.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        for account, id_ in world.accounts.items():
            text = text.replace(WRITTEN[account], id_)
        world.write({file.relative_to(tmp_path).as_posix(): text})
    # The one form that the example leaves out.
    world.declare("role/intern", permissions_boundary="pipeline-logging")
    for account, principals in UNDECLARED.items():
        iam = world.iam(account)
        for name in principals:
            kind, _, short = name.partition("/")
            if kind == "role":
                iam.create_role(RoleName=short, AssumeRolePolicyDocument="{}")
            else:
                iam.create_user(UserName=short)
    return world


def test_the_example_estate(example: World) -> None:
    """One story, told in order: each step stands on what the ones before it left."""
    checked = example.gitiam("validate")
    assert checked.code == 0, checked.out
    first_apply(example)
    declared_principals_are_live(example)
    every_form_of_a_grant_is_live(example)
    a_second_apply_starts_no_terraform(example)
    one_request_changes(example)
    tampering_is_seen_and_only_reported(example)


def first_apply(world: World) -> None:
    first = world.gitiam("apply", "--format", "json")
    assert (first.code, sorted(first.applied)) == (0, MODULES), first.err
    assert first.started("plan") == first.started("apply") == MODULES
    assert world.gitiam("changes").code == 0
    drift = world.gitiam("drift")
    assert drift.code == 0, drift.out


def declared_principals_are_live(world: World) -> None:
    for account, id_ in world.accounts.items():
        iam = world.iam(account)
        role = iam.get_role(RoleName="data-pipeline")["Role"]
        assert role["Arn"] == f"arn:aws:iam::{id_}:role/pipelines/data-pipeline"
        assert role["Description"] == "Nightly exports of orders"
        assert role["MaxSessionDuration"] == 7200
        (trust,) = _statements(role["AssumeRolePolicyDocument"])
        assert (trust["Action"], trust["Principal"]) == (
            "sts:AssumeRole",
            {"Service": "lambda.amazonaws.com"},
        )
        tags = {tag["Key"]: tag["Value"] for tag in role["Tags"]}
        assert tags == {"owner": "data-platform", "cost-centre": "4711"}
        shared = f"arn:aws:iam::{id_}:policy/shared/pipeline-logging"
        assert shared in _attached(world, "data-pipeline", account)
        version = iam.get_policy(PolicyArn=shared)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=shared, VersionId=version)["PolicyVersion"]
        assert "cloudwatch:PutMetricData" in json.dumps(document["Document"])
    intern = world.iam().get_role(RoleName="intern")["Role"]
    boundary = f"arn:aws:iam::{world.accounts['prod']}:policy/shared/pipeline-logging"
    assert intern["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def every_form_of_a_grant_is_live(world: World) -> None:
    statements = world.inline("role/data-pipeline")
    given = {(s["Effect"], a) for s in statements for a in listed(s["Action"])}
    assert given >= {
        ("Allow", "s3:GetObject"),
        ("Allow", "dynamodb:Query"),
        ("Allow", "sqs:SendMessage"),
        ("Deny", "s3:GetObject"),
        ("Allow", "sts:AssumeRole"),
    }
    assert all("aws:CurrentTime" in s["Condition"]["DateLessThan"] for s in statements)
    aws = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"
    assert aws in _attached(world, "data-pipeline", "prod")
    assert world.inline("role/data-pipeline", "dev") == []

    iam = world.iam()
    groups = iam.list_groups_for_user(UserName="alice")["Groups"]
    assert [group["GroupName"] for group in groups] == ["analysts"]
    assert any(r.endswith(":user/${aws:username}") for r in world.resources("user/alice"))
    assert "arn:aws:s3:::orders" in world.resources("group/analysts")
    overflow = _attached(world, "reporting", "prod")
    assert overflow
    assert all(":policy/gitiam/gitiam-role-reporting-" in arn for arn in overflow)
    # One request, two accounts, each with its own id; and nothing of the expired one.
    for account, id_ in world.accounts.items():
        opened = world.resources("role/ci", account)
        assert f"arn:aws:ecr:us-east-1:{id_}:repository/shop" in opened
        assert not any(":logs:" in arn for arn in opened)


def a_second_apply_starts_no_terraform(world: World) -> None:
    second = world.gitiam("apply", "--format", "json")
    assert second.code == 0
    nothing = {"applied": [], "unchanged": len(MODULES), "left": 0, "failed": []}
    assert second.json | nothing == second.json
    assert second.starts == []


def one_request_changes(world: World) -> None:
    path = "requests/groups/analysts-query.yaml"
    text = (world.root / path).read_text(encoding="utf-8")
    world.write({path: text + "  - bundle: s3-list\n    resources: [arn:aws:s3:::reports]\n"})
    changes = world.gitiam("changes", "--format", "json")
    assert (changes.code, changes.pending) == (11, {"prod/group/analysts": [f"{path} changed"]})
    plan = world.gitiam("plan", "--format", "json")
    assert (plan.code, [start.command for start in plan.starts]) == (11, ["init", "plan", "show"])
    (planned,) = plan.json["planned"]
    changed = [(resource["action"], resource["address"]) for resource in planned["resources"]]
    assert changed == [("update", "aws_iam_group_policy.inline")]
    assert "arn:aws:s3:::reports" not in world.resources("group/analysts")
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/group/analysts"]), ran.err
    assert ran.json["unchanged"] == len(MODULES) - 1
    assert [start.command for start in ran.starts] == ["init", "plan", "show", "apply"]
    assert "arn:aws:s3:::reports" in world.resources("group/analysts")
    assert world.gitiam("drift").code == 0


def tampering_is_seen_and_only_reported(world: World) -> None:
    iam = world.iam()
    stray = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    statements = [*world.inline("role/data-pipeline"), stray]
    spoiled = {"Version": "2012-10-17", "Statement": statements}
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.put_role_policy(
        RoleName="data-pipeline", PolicyName="gitiam", PolicyDocument=json.dumps(spoiled)
    )
    iam.attach_role_policy(RoleName="ci", PolicyArn=administrator)
    iam.remove_user_from_group(UserName="alice", GroupName="analysts")
    iam.create_user(UserName="mallory")

    found = world.gitiam("drift", "--format", "json")
    assert (found.code, found.drift) == (
        12,
        {
            ("prod/role/data-pipeline", "changed", "inline-policy", "gitiam"),
            ("prod/role/ci", "unmanaged", "attachment", administrator),
            ("prod/user/alice", "missing", "membership", "analysts"),
            ("prod/user/mallory", "unmanaged", "principal", ""),
        },
    )
    (changed,) = [item for item in found.json["drift"] if item["kind"] == "changed"]
    assert changed["details"]["extra"] == [stray]
    # The ledger knows of no change: apply leaves live IAM alone, and the drift stands.
    assert world.gitiam("changes").code == 0
    assert world.gitiam("apply", "--format", "json").starts == []
    assert world.gitiam("drift", "--format", "json").drift == found.drift


def _statements(document: Any) -> list[dict[str, Any]]:
    return document["Statement"]


def _attached(world: World, role: str, account: str) -> list[str]:
    found = world.iam(account).list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return [policy["PolicyArn"] for policy in found]
