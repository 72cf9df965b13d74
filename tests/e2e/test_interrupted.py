"""SIGTERM and SIGINT amid several modules: an orderly end, and the next apply goes on."""

from __future__ import annotations

import signal

import pytest

from tests.support.gate import Gate
from tests.support.world import World

ROLES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("number", "jobs", "done", "begun"),
    [(signal.SIGTERM, 1, ["a"], ["a", "b"]), (signal.SIGINT, 2, [], ["a", "b"])],
    ids=["SIGTERM", "SIGINT"],
)
def test_an_interrupt_ends_in_order(
    world: World, number: signal.Signals, jobs: int, done: list[str], begun: list[str]
) -> None:
    for name in ROLES:
        world.declare(f"role/{name}")
        world.ask(name, "- managed_policy: ReadOnlyAccess", principal=f"role/{name}")
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        under_way = [gate.hold("CreateRole", skip=len(done)) for _ in range(jobs)]
        running = world.start("apply", "--jobs", str(jobs))
        for held in under_way:
            held.wait(running.runs)
        running.process.send_signal(number)
        world.wait_until(lambda: "stopping: what is under way ends" in running.said)
        # Who is impatient changes nothing.
        running.process.send_signal(number)
        for held in under_way:
            held.release()
        ran = world.ended(running)
    del world.variables["AWS_ENDPOINT_URL"]
    assert ran.code == 130, ran.err
    assert "interrupted" in ran.err
    assert "Traceback" not in ran.err
    assert not world.alive(running)
    assert ran.started("apply") == [f"prod/role/{name}" for name in begun]

    left = sorted(world.gitiam("changes", "--format", "json").pending)
    assert left == [f"prod/role/{name}" for name in ROLES if name not in done]
    second = world.gitiam("apply", "--format", "json")
    assert (second.code, second.applied) == (0, left), second.out + second.err
    assert sorted(r["RoleName"] for r in world.iam().list_roles()["Roles"]) == ROLES
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0
