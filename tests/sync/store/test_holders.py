"""Whether the process that holds a module is still there."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gitiam.sync.store import holders
from gitiam.sync.store.holders import is_gone, this_holder


def test_this_process_is_there() -> None:
    assert not is_gone(this_holder())
    assert this_holder().token != this_holder().token


def test_a_process_that_has_ended_is_gone_and_its_remains_are_too() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ours = this_holder()
    stat = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8")
    ticks = stat.rpartition(")")[2].split()[19]
    other = replace(ours, pid=process.pid, started=ticks)
    assert not is_gone(other)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert is_gone(other)
    process.communicate()
    assert is_gone(other)


def test_another_process_with_the_same_number_is_not_taken_for_it() -> None:
    assert is_gone(replace(this_holder(), started="1"))


@pytest.mark.parametrize(
    ("error", "gone"), [(PermissionError, False), (ProcessLookupError, True), (None, True)]
)
def test_what_proc_hides_is_not_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError] | None, gone: bool
) -> None:
    """With `hidepid`, nobody sees other users' processes there."""

    def kill(pid: int, number: int) -> None:
        assert (pid, number) == (4711, 0)
        if error is not None:
            raise error

    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("this boot", encoding="ascii")
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").symlink_to("pid:[1]")
    monkeypatch.setattr(holders, "_PROC", tmp_path)
    monkeypatch.setattr(os, "kill", kill)
    ours = this_holder()
    assert ours.machine
    assert is_gone(replace(ours, pid=4711, started="1")) is gone


def test_what_cannot_be_looked_at_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = this_holder()

    def exhausted(self: Path, **_: object) -> str:
        if self.name == "stat":
            raise OSError(errno.EMFILE, "Too many open files")
        return read(self, encoding="utf-8")

    read = Path.read_text
    monkeypatch.setattr(Path, "read_text", exhausted)
    assert not is_gone(ours)


@pytest.mark.parametrize("machine", ["", "another boot"])
def test_of_another_machine_nothing_is_known(machine: str) -> None:
    assert not is_gone(replace(this_holder(), machine=machine, pid=2**22 + 1))
