"""One principal's failure leaves the others alone; nothing is destroyed or taken over unasked."""

from __future__ import annotations

import json

from tests.support.world import UNFINISHED, World

SEND = '- actions: [sqs:SendMessage]\n  resources: ["arn:aws:sqs:us-east-1:{account_id}:orders"]'


def test_a_failure_leaves_the_others_alone(world: World) -> None:
    world.iam().create_user(UserName="alice")
    world.ask("alice", SEND, principal="user/alice")
    world.ask("absent", SEND, principal="role/absent")
    first = world.gitiam("apply", "--format", "json")
    assert (first.code, first.applied) == (1, ["prod/user/alice"]), first.err
    assert list(first.failed) == ["prod/role/absent"]
    said = first.failed["prod/role/absent"]
    assert "NoSuchEntity" in said
    assert "must exist, or be declared" in said
    assert "failed prod/role/absent" in first.err

    pending = world.gitiam("changes", "--format", "json").pending
    assert pending == {
        "prod/role/absent": [
            UNFINISHED,
            "requests/absent.yaml added",
        ]
    }
    world.iam().create_role(RoleName="absent", AssumeRolePolicyDocument="{}")
    second = world.gitiam("apply", "--format", "json")
    assert (second.code, second.applied) == (0, ["prod/role/absent"])
    assert second.started("apply") == ["prod/role/absent"]
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0


def test_destruction_needs_a_go_ahead(world: World) -> None:
    """Of a shared policy; what becomes of a principal is told in `test_leftovers`."""
    world.leave_a_file()
    policy = "requests/shared.yaml"
    head = "kind: policy\naccount: prod\npolicy: shared\nreason: Shared by the test's principals\n"
    world.write({policy: f"{head}grants:\n{SEND}\n"})
    assert world.gitiam("apply").code == 0
    (world.root / policy).unlink()

    arn = f"arn:aws:iam::{world.accounts['prod']}:policy/shared"
    refused = world.gitiam("apply", "--format", "json")
    assert (refused.code, refused.starts) == (1, [])
    said = refused.failed["prod/policy/shared"]
    assert said.startswith(f"this would destroy {arn} itself, and not only its access")
    assert said.endswith("with --allow-destroy prod/policy/shared")
    assert world.iam().get_policy(PolicyArn=arn)

    done = world.gitiam("apply", "--allow-destroy", "prod/policy/shared", "--format", "json")
    assert (done.code, done.applied) == (0, ["prod/policy/shared"]), done.out
    assert world.iam().list_policies(Scope="Local")["Policies"] == []
    assert world.ledger() == []
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0


def test_what_exists_is_not_taken_over(world: World) -> None:
    world.iam().create_role(RoleName="app", AssumeRolePolicyDocument="{}", Description="by hand")
    world.declare("role/app", description="by gitiam")
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.starts) == (1, [])
    arn = f"arn:aws:iam::{world.accounts['prod']}:role/app"
    said = ran.failed["prod/role/app"]
    assert said.startswith(f"{arn} exists already, and was not made by gitiam. If it is")
    assert world.iam().get_role(RoleName="app")["Role"]["Description"] == "by hand"
    assert world.ledger() == []

    # Somebody says that it shall be: what is on it by hand is kept, what is declared is made so.
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
    by_hand = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.iam().put_role_policy(RoleName="app", PolicyName="by-hand", PolicyDocument=by_hand)
    created = world.iam().get_role(RoleName="app")["Role"]["RoleId"]
    ran = world.gitiam("apply", "--adopt", "prod/role/app", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/role/app"]), ran.out
    role = world.iam().get_role(RoleName="app")["Role"]
    assert (role["RoleId"], role["Description"]) == (created, "by gitiam")
    assert world.iam().list_role_policies(RoleName="app")["PolicyNames"] == ["by-hand"]
    assert world.gitiam("changes").code == 0
