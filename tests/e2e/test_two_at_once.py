"""Two `gitiam apply` at the same time: one module is applied by one of them, and recorded once."""

from __future__ import annotations

import boto3
import pytest

from tests.support.gate import Gate
from tests.support.thorough import thorough
from tests.support.world import World

ROLE = "prod/role/app"
SEND = '- actions: [sqs:SendMessage]\n  resources: ["arn:aws:sqs:us-east-1:{account_id}:orders"]'


@pytest.fixture(params=[pytest.param("folder", marks=thorough), "bucket"], autouse=True)
def store(request: pytest.FixtureRequest, world: World) -> None:
    """Each kind of store."""
    if request.param == "folder":
        return
    name = f"iam-state-{world.accounts['prod']}"
    client = boto3.client(
        "s3",
        endpoint_url=world.emulator.url,
        region_name="us-east-1",
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )
    client.create_bucket(Bucket=name)
    world.configure(store={"s3": {"bucket": name, "region": "us-east-1", "path_style": True}})


def assert_clean(world: World, roles: list[str]) -> None:
    """Everything once, and nothing left over."""
    assert sorted(r["RoleName"] for r in world.iam().list_roles()["Roles"]) == roles
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0
    verified = world.gitiam("ledger", "verify", "--format", "json")
    assert verified.json == {"modules": len(roles), "faults": []}


def test_one_module(world: World) -> None:
    """The second starts while the first makes the role; it waits, and finds nothing to do."""
    world.declare("role/app")
    world.ask("send", SEND)
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        held = gate.hold("CreateRole")
        first = world.start("apply", "--format", "json")
        held.wait(first.runs)
        told = world.gitiam("apply", "--lock-timeout", "0", "--format", "json")
        assert told.code == 1
        assert told.failed[ROLE].startswith(f"{ROLE} is being applied by ")
        assert gate.calls.count("CreateRole") == 1
        second = world.start("apply", "--format", "json")
        held.release()
        one, two = world.ended(first), world.ended(second)
        assert gate.calls.count("CreateRole") == 1
    del world.variables["AWS_ENDPOINT_URL"]
    assert (one.code, one.applied) == (0, [ROLE]), one.out + one.err
    # It may have come so late that nothing was pending any more.
    assert two.code == 0, two.out + two.err
    assert [entry["by_another_run"] for entry in two.json["applied"]] in ([True], [])
    assert_clean(world, ["app"])


def test_one_estate(world: World) -> None:
    """Both run through all modules; each module is made by one of them."""
    roles = ["a", "b", "c"]
    for name in roles:
        world.declare(f"role/{name}")
        world.ask(name, SEND, principal=f"role/{name}")
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        started = [world.start("apply", "--jobs", "2", "--format", "json") for _ in range(2)]
        ended = [world.ended(running) for running in started]
        assert gate.calls.count("CreateRole") == len(roles)
        assert gate.calls.count("PutRolePolicy") == len(roles)
    del world.variables["AWS_ENDPOINT_URL"]
    assert [ran.code for ran in ended] == [0, 0], [ran.out + ran.err for ran in ended]
    own = [e["principal"] for r in ended for e in r.json["applied"] if "by_another_run" not in e]
    assert sorted(own) == [f"role/{name}" for name in roles]
    assert_clean(world, roles)
