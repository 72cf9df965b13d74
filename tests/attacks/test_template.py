"""A path that is a program to Terraform, where an apply that died has to be taken up again."""

from __future__ import annotations

import pytest
import yaml

from tests.e2e.conftest import emulator, fresh_account, other_account, world
from tests.support.gate import Gate
from tests.support.world import World

__all__ = ["emulator", "fresh_account", "other_account", "world"]

POLICY = {
    "kind": "policy",
    "account": "prod",
    "policy": "readers",
    "reason": "What every analyst may read",
    "path": '/$${upper("x")}/%{if(true)}/',
    "grants": [{"actions": "s3:GetObject", "resources": "arn:aws:s3:::reports/*"}],
}


@pytest.mark.terraform
def test_what_is_imported_is_named_as_it_stands(world: World) -> None:
    world.write({"requests/readers.yaml": yaml.safe_dump(POLICY)})
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        held = gate.hold("CreatePolicy")
        running = world.start("apply")
        held.wait(running.runs)
        world.kill(running)
    del world.variables["AWS_ENDPOINT_URL"]
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/policy/readers"]), ran.out + ran.err
    assert [p["Path"] for p in world.iam().list_policies(Scope="Local")["Policies"]] == [
        POLICY["path"]
    ]
