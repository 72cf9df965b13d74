"""SIGTERM and SIGINT in the middle of several modules: an orderly end, and the next apply goes on."""

from __future__ import annotations

import signal

import pytest

from tests.support.gate import Gate
from tests.support.world import World

ROLES = ["a", "b", "c"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_an_interrupt_ends_in_order(world: World, number: signal.Signals) -> None:
    for name in ROLES:
        world.declare(f"role/{name}")
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        held = gate.hold("CreateRole")
        running = world.start("apply", "--jobs", "1")
        held.wait()
        running.process.send_signal(number)
        # gitiam waits for Terraform, and Terraform for AWS.
        world.wait_until(lambda: "interrupted" in _said(world))
        held.release()
        ran = world.ended(running)
    del world.variables["AWS_ENDPOINT_URL"]
    assert ran.code == 130, ran.err
    assert "interrupted" in ran.err
    assert not world.alive(running)
    assert len(ran.started("apply")) < len(ROLES)

    pending = world.gitiam("changes", "--format", "json").pending
    assert len(pending) >= 2
    second = world.gitiam("apply", "--format", "json")
    assert (second.code, second.applied) == (0, sorted(pending)), second.out + second.err
    assert sorted(r["RoleName"] for r in world.iam().list_roles()["Roles"]) == ROLES
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0
