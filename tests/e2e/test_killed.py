"""SIGKILL at every step of an apply: the next apply ends in the desired state, nothing doubled."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence

import pytest

from tests.support.gate import Gate
from tests.support.world import UNFINISHED, Ran, World

ROLE = "prod/role/app"
MARKER = r"ledger/.*/applying\.json"
#: More than a role's inline policies may hold, so that a managed policy is created beside the role.
MANY = "- actions: [sqs:SendMessage]\n  resources:\n" + "".join(
    f'    - "arn:aws:sqs:us-east-1:{{account_id}}:a-queue-with-a-long-name-{number:04}"\n'
    for number in range(150)
)


@pytest.fixture
def role(world: World) -> str:
    """A declared role that does not exist yet, with every sort of thing that can be on it."""
    world.declare("role/app", path="/apps/", description="Runs the app")
    world.ask("many", MANY)
    world.ask("read", "- managed_policy: ReadOnlyAccess")
    return world.ask("send", '- actions: [sns:Publish]\n  resources: ["arn:aws:sns:*:*:app"]')


def assert_as_desired(world: World) -> None:
    """Everything once, and everybody content: live IAM, ledger, `changes` and `drift`."""
    iam = world.iam()
    assert [r["RoleName"] for r in iam.list_roles()["Roles"]] == ["app"]
    assert iam.list_role_policies(RoleName="app")["PolicyNames"] == ["gitiam"]
    attached = iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    assert sorted(p["PolicyName"] for p in attached) == ["ReadOnlyAccess", "gitiam-role-app-1"]
    local = iam.list_policies(Scope="Local")["Policies"]
    assert [p["PolicyName"] for p in local] == ["gitiam-role-app-1"]
    (entry,) = world.ledger()
    assert entry.startswith(f"{ROLE}/")
    assert not entry.endswith("/applying.json")
    assert world.gitiam("changes").code == 0
    drift = world.gitiam("drift")
    assert drift.code == 0, drift.out


def kill_during(world: World, call: str) -> None:
    """Start an apply and kill it, and Terraform, when AWS has done `call` and told nobody."""
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        held = gate.hold(call)
        running = world.start("apply")
        held.wait(running.runs)
        world.kill(running)
    del world.variables["AWS_ENDPOINT_URL"]


def is_remembered(world: World, kind: str) -> bool:
    """Whether the Terraform state has something of this type, and not only a place for it."""
    state = world.root / f".gitiam/store/state/{ROLE}.tfstate"
    text = state.read_text(encoding="utf-8")
    # Terraform locks a state that does not exist yet, too, and has made an empty file for that.
    resources = json.loads(text)["resources"] if text else []
    return any(r["instances"] for r in resources if r["type"] == kind)


def killed_at(world: World, *point: str) -> Ran:
    """Run an apply that dies at this point of what it does to the store."""
    ran = world.ended(world.start(*point, "apply", program=["-m", "tests.support.dying"]))
    assert ran.code == -signal.SIGKILL, ran.err
    return ran


def finish(world: World) -> None:
    """The next apply."""
    assert ROLE in world.gitiam("changes", "--format", "json").pending
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, [ROLE]), ran.out + ran.err


def test_killed_before_the_marker(world: World, role: str) -> None:
    pending = world.gitiam("changes", "--format", "json").pending
    ran = killed_at(world, "before", "put", MARKER)
    assert ran.starts == []
    assert world.ledger() == []
    assert world.gitiam("changes", "--format", "json").pending == pending


def test_killed_before_terraform(world: World, role: str) -> None:
    ran = killed_at(world, "after", "put", MARKER)
    assert ran.starts == []
    finish(world)
    assert_as_desired(world)


@pytest.mark.parametrize("call", ["CreateRole", "AttachRolePolicy"])
def test_killed_with_terraform(world: World, role: str, call: str) -> None:
    kill_during(world, call)
    # The role is there; in the worse case, nobody remembers who made it.
    assert world.iam().get_role(RoleName="app")
    assert is_remembered(world, "aws_iam_role") == (call != "CreateRole")
    assert world.ledger() == [f"{ROLE}/applying.json"]
    finish(world)
    assert_as_desired(world)


def test_killed_while_terraform_lives_on(world: World, role: str) -> None:
    """The next apply has begun when the Terraform that was left alone makes the role."""
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        held = gate.hold("CreateRole", before=True)
        running = world.start("apply")
        held.wait(running.runs)
        world.kill(running, terraform=False)
        assert world.alive(running)
        second = world.start("apply", "--format", "json")
        world.wait_until(lambda: "apply" in {s.command for s in world.starts(second.already)})
        held.release()
        ran = world.ended(second)
    del world.variables["AWS_ENDPOINT_URL"]
    world.wait_until(lambda: not world.alive(running))
    assert (ran.code, ran.applied) == (0, [ROLE]), ran.out + ran.err
    assert_as_desired(world)


@pytest.mark.parametrize(
    "point",
    [
        ("before", "put", "history/.*"),
        ("before", "delete", MARKER),
    ],
    ids=["before-the-ledger", "before-the-marker-goes"],
)
def test_killed_after_terraform(world: World, role: str, point: Sequence[str]) -> None:
    ran = killed_at(world, *point)
    assert ran.started("apply") == [ROLE]
    assert f"{ROLE}/applying.json" in world.ledger()
    finish(world)
    assert_as_desired(world)


def test_a_request_that_goes_back_to_what_it_was(world: World) -> None:
    """The ledger says A; a run for B is killed; the request says A again."""
    world.iam().create_role(RoleName="app", AssumeRolePolicyDocument="{}")
    a = '- actions: [sns:Publish]\n  resources: ["arn:aws:sns:*:*:app"]'
    world.ask("app", a)
    assert world.gitiam("apply").code == 0
    before = world.inline("role/app")
    world.ask("app", MANY)
    kill_during(world, "PutRolePolicy")
    assert world.inline("role/app") != before

    world.ask("app", a)
    assert world.gitiam("changes", "--format", "json").pending == {ROLE: [UNFINISHED]}
    finish(world)
    assert world.inline("role/app") == before
    # What there was no room for in the inline policy has gone as well.
    assert world.iam().list_policies(Scope="Local")["Policies"] == []
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0


def test_a_creation_that_is_withdrawn(world: World) -> None:
    """A run that creates a role is killed, and then nobody asks for the role any more."""
    world.leave_a_file()
    declared = world.declare("role/app")
    kill_during(world, "CreateRole")
    (world.root / declared).unlink()
    refused = world.gitiam("apply", "--format", "json")
    assert refused.code == 1
    assert "would destroy" in refused.failed[ROLE]
    assert world.iam().get_role(RoleName="app")

    ran = world.gitiam("apply", "--allow-destroy", ROLE, "--format", "json")
    assert (ran.code, ran.applied) == (0, [ROLE]), ran.out
    assert world.iam().list_roles()["Roles"] == []
    assert world.ledger() == []
    assert world.gitiam("changes").code == 0
