"""Providers and Terraforms that die or are stopped in the middle: done again, and never doubled."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from gitiam.sync.machine.process import Interrupted, Processes
from gitiam.sync.terraform.workspace import Terraform, TerraformError
from tests.support.descendants import descendants
from tests.support.emulator import iam_of
from tests.support.gate import Gate
from tests.support.provider import Rig, apply, providers

pytestmark = pytest.mark.terraform

PATIENCE = 60.0


@contextmanager
def gated(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """AWS behind a gate that can hold a call."""
    with Gate(rig.emulator.url).open() as gate:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gate.url)
        yield gate


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def kill_providers() -> None:
    """SIGKILL to those that this test has started."""
    pids = list(providers())
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not providers())


def terraforms(terraform: Terraform) -> list[int]:
    """Those that run below this process."""
    found = descendants(os.getpid()).items()
    return [pid for pid, command in found if command.startswith(f"{terraform.binary} ")]


def roles(rig: Rig) -> list[str]:
    iam = iam_of(rig.emulator, rig.accounts["prod"])
    return sorted(r["RoleName"] for r in iam.list_roles()["Roles"])


def test_a_provider_that_dies_between_modules(rig: Rig) -> None:
    """The next module is done plainly; the one after that has a new process."""
    first, second, third = rig.roles("a", "b", "c")
    with rig.open() as terraform:
        apply(terraform, first)
        kill_providers()
        assert apply(terraform, second).applied == 2
        assert providers() == {}
        assert apply(terraform, third).applied == 2
        assert len(providers()) == 1
    assert roles(rig) == ["a", "b", "c"]
    (said,) = rig.said
    assert "the provider is gone" in said


def test_a_provider_that_dies_during_a_call(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before AWS has heard of it, so that Terraform can do it again; see also the e2e tests."""
    (module,) = rig.roles("a")
    with gated(rig, monkeypatch) as gate, rig.open() as terraform, ThreadPoolExecutor(1) as pool:
        held = gate.hold("CreateRole", before=True)
        applying = pool.submit(apply, terraform, module)
        held.wait(lambda: not applying.done())
        kill_providers()
        held.drop()
        assert applying.result(PATIENCE * 2).applied == 2
        # The one that was dropped was never made.
        assert gate.calls.count("CreateRole") == 2
    assert roles(rig) == ["a"]
    assert len(rig.said) == 1


def test_a_terraform_that_is_killed_does_not_trouble_the_others(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = rig.roles("a", "b")
    with gated(rig, monkeypatch) as gate, rig.open() as terraform, ThreadPoolExecutor(2) as pool:
        held = gate.hold("CreateRole", before=True)
        doomed = pool.submit(apply, terraform, first)
        held.wait(lambda: not doomed.done())
        (victim,) = terraforms(terraform)
        before = set(providers())
        beside = gate.hold("PutRolePolicy")
        other = pool.submit(apply, terraform, second)
        beside.wait(lambda: not other.done())
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(TerraformError, match="killed by signal 9"):
            doomed.result(PATIENCE)
        held.drop()
        beside.release()
        assert other.result(PATIENCE).applied == 2
        assert roles(rig) == ["b"]
        # The dead one's lock has gone with it, and the same provider serves.
        assert apply(terraform, first).applied == 2
        assert set(providers()) == before
    assert roles(rig) == ["a", "b"]
    assert rig.said == []


def test_an_interrupt_stops_the_provider_and_later_modules_get_another(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = rig.roles("a", "b")
    with gated(rig, monkeypatch) as gate, rig.open() as terraform, ThreadPoolExecutor(1) as pool:
        held = gate.hold("CreateRole")
        stopped = pool.submit(apply, terraform, first)
        held.wait(lambda: not stopped.done())
        before = set(providers())
        rig.processes.stop()
        assert terraform.hosts is not None
        (host,) = terraform.hosts._hosts.values()
        eventually(lambda: host.relay is None or host.relay.is_spent)
        held.release()
        with pytest.raises(Interrupted):
            stopped.result(PATIENCE)
        with pytest.raises(Interrupted):
            apply(terraform, second)
        again = replace(terraform, processes=Processes())
        assert apply(again, second).applied == 2
        assert len(providers()) == 1
        assert not before & set(providers())
    assert "b" in roles(rig)
    assert rig.said == []
