"""One principal's failure leaves the others alone; nothing is destroyed or taken over unasked."""

from __future__ import annotations

from tests.support.world import World

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
            "the last apply failed or was interrupted",
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
    declared = world.declare("group/ops")
    request = world.ask("send", SEND, principal="group/ops")
    assert world.gitiam("apply").code == 0
    (world.root / declared).unlink()
    (world.root / request).unlink()

    arn = f"arn:aws:iam::{world.accounts['prod']}:group/ops"
    refused = world.gitiam("apply", "--format", "json")
    assert refused.code == 1
    assert refused.failed == {
        "prod/group/ops": f"this would destroy {arn} itself, and not only its access;"
        " its access was taken away, and it was kept."
        " If that is meant, apply it with --allow-destroy"
    }
    assert world.iam().get_group(GroupName="ops")["Group"]["Arn"] == arn
    assert not world.resources("group/ops")

    done = world.gitiam("apply", "--allow-destroy", "--format", "json")
    assert (done.code, done.applied) == (0, ["prod/group/ops"]), done.out
    assert world.iam().list_groups()["Groups"] == []
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
    assert said.startswith(f"{arn} exists already, and was not made by gitiam. Remove it")
    assert world.iam().get_role(RoleName="app")["Role"]["Description"] == "by hand"
    assert world.ledger() == []
