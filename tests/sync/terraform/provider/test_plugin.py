"""A program that does not behave like a provider is noticed within bounds, and is gone after."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from gitiam.sync.terraform.provider import plugin
from gitiam.sync.terraform.provider.plugin import Plugin
from gitiam.sync.terraform.provider.wire import UnfamiliarError
from tests.support.descendants import descendants, living_with
from tests.support.provider import false_provider, greeting

SEEN = {"PATH": os.environ["PATH"]}


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A greeting is waited for a second; afterwards no process is left, whoever started it."""
    monkeypatch.setattr(plugin, "START_SECONDS", 1.0)
    before = set(descendants(os.getpid()))
    yield
    assert gone(lambda: set(descendants(os.getpid())) - before)


def gone(left: object) -> bool:
    """SIGKILL takes the kernel a moment."""
    assert callable(left)
    deadline = time.monotonic() + 10
    while left() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not left()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 60", "without a greeting"),
        ("sleep 60 & sleep 60", "without a greeting"),
        ("exit 0", "without a greeting"),
        ("exit 7", "without a greeting"),
        ("kill -9 $$", "without a greeting"),
        ("echo; sleep 60", "without a greeting"),
        ("echo hello; sleep 60", "greets with 'hello'"),
        ("echo 12345; sleep 60", "without a greeting"),
        ("printf '\\377\\376\\n'; sleep 60", "greets with"),
        (f"echo '{greeting(7)}'; sleep 60", "version 7 of the protocol"),
        (f"echo '{greeting(4)}'; sleep 60", "version 4 of the protocol"),
        (f"echo '{greeting('²')}'; sleep 60", "of the protocol"),
        (f"echo '{greeting('9' * 5000)}'; sleep 60", "of the protocol|greets with"),
        (f"echo '{greeting()[:-6]}'; sleep 60", "greets with"),
        ("echo '1|5|tcp|127.0.0.1:1|grpc'; sleep 60", "greets with"),
        ("echo '1|5|unix|/x|netrpc'; sleep 60", "greets with"),
        ("echo '2|5|unix|/x|grpc'; sleep 60", "greets with"),
        ("exec yes", "greets with 'y'"),
        ("exec tr '\\0' x </dev/zero", "greets with 'xxx"),
        ("exec cat /dev/zero", "greets with|without a greeting"),
        ("yes >&2 & sleep 60", "without a greeting"),
    ],
)
def test_what_is_no_provider(tmp_path: Path, script: str, said: str) -> None:
    program = false_provider(tmp_path / "provider", script + "\n")
    began = time.monotonic()
    with pytest.raises(UnfamiliarError, match=said) as raised:
        Plugin(program, tmp_path, SEEN)
    assert time.monotonic() - began < 30  # and not for ever
    assert len(str(raised.value)) < 500


def test_one_that_has_ended_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "START_SECONDS", 60.0)
    began = time.monotonic()
    with pytest.raises(UnfamiliarError, match="without a greeting"):
        Plugin(false_provider(tmp_path / "provider", "exit 0\n"), tmp_path, SEEN)
    assert time.monotonic() - began < 30  # it does not take all that time


@pytest.mark.parametrize("make", ["missing", "folder", "text"])
def test_what_cannot_be_started(tmp_path: Path, make: str) -> None:
    program = tmp_path / "provider"
    if make == "folder":
        program.mkdir()
    elif make == "text":
        program.write_text("no program")
    with pytest.raises(UnfamiliarError, match="without a greeting"):
        Plugin(program, tmp_path, SEEN)


def test_a_late_greeting_is_still_one(tmp_path: Path) -> None:
    program = false_provider(tmp_path / "provider", f"sleep 0.3; echo '{greeting(6)}'; sleep 60\n")
    started = Plugin(program, tmp_path, SEEN)
    assert started.protocol.version == 6
    assert started.pid in descendants(os.getpid())
    with pytest.raises(grpc.RpcError) as raised:
        started.call(started.protocol.path("GetProviderSchema"), b"")
    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    started.stop()
    started.stop()


def test_it_sees_what_it_is_given_and_the_cookie(tmp_path: Path) -> None:
    script = f"env > {tmp_path}/seen; echo '{greeting()}'; sleep 60\n"
    program = false_provider(tmp_path / "provider", script)
    Plugin(program, tmp_path / "sockets", {**SEEN, "TF_LOG": "TRACE", "OWN": "1"}).stop()
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text().splitlines())
    for name in ("PWD", "OLDPWD", "SHLVL", "_"):
        seen.pop(name, None)
    cookie = seen.pop("TF_PLUGIN_MAGIC_COOKIE")
    assert len(cookie) == 64
    assert seen == {
        **SEEN,
        "OWN": "1",
        "TF_LOG": "off",
        "PLUGIN_PROTOCOL_VERSIONS": "5,6",
        "PLUGIN_UNIX_SOCKET_DIR": str(tmp_path / "sockets"),
    }


_STARTER = """\
import sys, time
from pathlib import Path
from gitiam.sync.terraform.provider.plugin import Plugin
started = Plugin(Path(sys.argv[1]), Path(sys.argv[2]), {"PATH": sys.argv[3], "MARK": sys.argv[2]})
print(started.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_with_gitiam_even_if_that_is_killed(tmp_path: Path) -> None:
    """With all that it has started itself, and though it minds no other signal."""
    script = f"trap '' TERM INT HUP PIPE; sleep 60 & echo '{greeting()}'; sleep 60; sleep 60\n"
    program = false_provider(tmp_path / "provider", script)
    parent = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(program), str(tmp_path), SEEN["PATH"]],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    marked = f"MARK={tmp_path}"
    assert pid in living_with(marked)
    assert len(living_with(marked)) >= 3
    parent.kill()
    parent.communicate()
    assert gone(lambda: living_with(marked))
