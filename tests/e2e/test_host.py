"""The provider host behind the command line: what runs, what is said, and that nothing stays."""

from __future__ import annotations

import os
import signal
import stat

import pytest

from tests.support.gate import Gate
from tests.support.provider import is_provider
from tests.support.thorough import thorough
from tests.support.world import Running, World


@pytest.fixture
def roles(world: World) -> list[str]:
    """Two declared roles of one account, and one of another."""
    for name, account in (("a", "prod"), ("b", "prod"), ("c", "dev")):
        world.declare(f"role/{name}", account=account)
        send = f'- actions: [sns:Publish]\n  resources: ["arn:aws:sns:*:*:{name}"]'
        world.ask(name, send, account=account, principal=f"role/{name}")
    return ["dev/role/c", "prod/role/a", "prod/role/b"]


def providers(world: World) -> set[int]:
    """Those that run for this world; not the Terraforms, nor the shells that guard them."""
    return {pid for pid, command in world.living().items() if is_provider(command)}


def existing(world: World, account: str = "prod") -> list[str]:
    return sorted(r["RoleName"] for r in world.iam(account).list_roles()["Roles"])


def assert_nothing_is_left(world: World) -> None:
    world.wait_until(lambda: not world.living())
    assert list((world.folder / "tmp").glob("gitiam-*")) == []


def assert_content(world: World, roles: list[str]) -> None:
    """Everything is made, once, and the ledger says so."""
    assert world.gitiam("changes").code == 0
    drift = world.gitiam("drift")
    assert drift.code == 0, drift.out
    assert (existing(world), existing(world, "dev")) == (["a", "b"], ["c"])
    assert sorted(entry.rpartition("/")[0] for entry in world.ledger()) == roles


def test_a_run_leaves_nothing_behind_and_says_nothing(world: World, roles: list[str]) -> None:
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, sorted(ran.applied)) == (0, roles), ran.err
    assert "provider host" not in ran.err
    assert_nothing_is_left(world)
    assert_content(world, roles)


def held(world: World, gate: Gate, call: str, *arguments: str) -> Running:
    """An apply that waits for the answer to a call that AWS has already done."""
    world.variables["AWS_ENDPOINT_URL"] = gate.url
    hold = gate.hold(call)
    running = world.start("apply", "--jobs", "1", *arguments)
    hold.wait(running.runs)
    del world.variables["AWS_ENDPOINT_URL"]
    return running


def test_a_provider_that_is_killed_in_the_middle_doubles_nothing(
    world: World, roles: list[str]
) -> None:
    """AWS has made the role and nobody has heard of it: it is taken over, not made twice."""
    with Gate(world.emulator.url).open() as gate:
        running = held(world, gate, "CreateRole", "--format", "json")
        killed = providers(world)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        ran = world.ended(running)
    assert len(killed) == 1
    assert (ran.code, sorted(ran.applied)) == (0, roles), ran.out + ran.err
    assert ran.err.count("without the provider host: the provider is gone") == 1
    assert_nothing_is_left(world)
    assert_content(world, roles)


def test_gitiam_killed_takes_its_providers_along(world: World, roles: list[str]) -> None:
    with Gate(world.emulator.url).open() as gate:
        running = held(world, gate, "CreateRole")
        assert len(providers(world)) == 1
        for folder in (world.folder / "tmp").glob("gitiam-*"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        running.process.kill()
        running.process.wait()
        world.wait_until(lambda: not providers(world))
        # The Terraform that is left finds nobody to talk to, and ends.
        world.wait_until(lambda: not world.alive(running))
        running.process.communicate()
    world.wait_until(lambda: not world.living())
    ran = world.gitiam("apply", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    assert_content(world, roles)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=thorough)])
def test_an_interrupted_run_leaves_no_provider(
    world: World, roles: list[str], number: signal.Signals
) -> None:
    with Gate(world.emulator.url).open() as gate:
        running = held(world, gate, "CreateRole")
        running.process.send_signal(number)
        world.wait_until(lambda: "stopping: what is under way ends" in running.said)
        for hold in gate._holds:
            hold.release()
        ran = world.ended(running)
    assert ran.code == 130, ran.err
    assert "Traceback" not in ran.err
    assert_nothing_is_left(world)
    ran = world.gitiam("apply", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    assert_content(world, roles)


def test_too_little_memory_is_said_before_anything_runs(world: World, roles: list[str]) -> None:
    ran = world.gitiam("apply", "--memory", "100")
    assert ran.code == 1
    assert "100 MiB of memory are not enough" in ran.err
    assert "GITIAM_MEMORY" in ran.err
    assert ran.starts == []
    assert existing(world) == []
