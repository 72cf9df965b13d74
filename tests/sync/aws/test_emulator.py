"""The embedded AWS: starts, serves several accounts, forgets, and never outlives its user."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.aws import emulator as module
from gitiam.sync.aws.emulator import Emulator
from tests.support.emulator import iam_of


def test_it_ends_with_its_block_and_may_be_ended_twice() -> None:
    with Emulator() as running:
        process = running._process
        assert process is not None
    assert process.poll() is not None
    running.stop()
    with pytest.raises(GitiamError, match="has not been started"):
        _ = running.url


def test_it_forgets_when_told() -> None:
    with Emulator() as running:
        iam_of(running, "111122223333").create_group(GroupName="g")
        running.reset()
        assert iam_of(running, "111122223333").list_groups()["Groups"] == []


def test_accounts_are_apart(emulator: Emulator, fresh_account: str, other_account: str) -> None:
    iam_of(emulator, fresh_account).create_group(GroupName="g")
    assert iam_of(emulator, other_account).list_groups()["Groups"] == []


def test_users_have_boundaries(emulator: Emulator, fresh_account: str) -> None:
    iam = iam_of(emulator, fresh_account)
    iam.create_user(UserName="u", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert "ReadOnlyAccess" in str(iam.get_user(UserName="u")["User"].get("PermissionsBoundary"))
    iam.delete_user_permissions_boundary(UserName="u")
    assert "PermissionsBoundary" not in iam.get_user(UserName="u")["User"]
    other = "arn:aws:iam::aws:policy/PowerUserAccess"
    iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=other)
    boundary = iam.get_user(UserName="u")["User"].get("PermissionsBoundary")
    assert boundary is not None
    assert boundary["PermissionsBoundaryArn"] == other


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1000])
def test_details_come_in_pages(emulator: Emulator, fresh_account: str, size: int) -> None:
    iam = iam_of(emulator, fresh_account)
    for name in ("a", "b"):
        iam.create_user(UserName=name)
        iam.create_group(GroupName=name)
    pages = list(
        iam.get_paginator("get_account_authorization_details").paginate(
            Filter=["User", "Group"], PaginationConfig={"PageSize": size}
        )
    )
    assert [u["UserName"] for page in pages for u in page["UserDetailList"]] == ["a", "b"]
    assert [g["GroupName"] for page in pages for g in page["GroupDetailList"]] == ["a", "b"]
    assert len(pages) == -(-4 // size)


def test_without_moto_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(GitiamError, match="moto") as stopped:
        Emulator().start()
    assert "make demo" in str(stopped.value.hint)


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROGRAM", "gitiam.nowhere")
    with pytest.raises(GitiamError, match=r"did not start: .*nowhere"):
        Emulator().start()


def test_it_ends_when_its_user_is_killed() -> None:
    program = (
        "import os, signal\n"
        "from gitiam.sync.aws.emulator import Emulator\n"
        "emulator = Emulator().start()\n"
        "print(emulator._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    dead = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    pid = int(dead.stdout)
    end = time.monotonic() + 15
    while _runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    """Not counting a process that has ended and that nobody has looked after yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return not state.stdout.strip().startswith(b"Z")
