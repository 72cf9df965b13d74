"""Signals to a gitiam that waits for a Terraform which is slow to end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitiam.errors import ExitCode
from tests.support.estates import request, write_estate

READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()

#: Says that it has begun, and ends a while after it was told to, or when `go` is there.
SLOW = """\
import pathlib, signal, sys, time
told = []
signal.signal(signal.SIGINT, lambda *_: told.append(1))
here = pathlib.Path({folder!r})
(here / "begun").touch()
while not told and not (here / "go").exists():
    time.sleep(0.02)
time.sleep(1.5 if told else 0)
sys.exit(1)
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "slow.py").write_text(SLOW.format(folder=str(tmp_path)), encoding="utf-8")
    program = tmp_path / "terraform"
    run = shlex.join([sys.executable, str(tmp_path / "slow.py")])
    program.write_text(f"#!/bin/sh\nexec {run}\n", encoding="utf-8")
    program.chmod(0o700)
    return write_estate(tmp_path / "estate", {"requests/x.yaml": request(READ, expires=SOON)})


def start(
    estate: Path, command: str, before: Callable[[], object] = lambda: None
) -> subprocess.Popen[str]:
    """`gitiam COMMAND`, at the point where it has started Terraform."""
    folder = estate.parent
    process = subprocess.Popen(
        [sys.executable, "-m", "gitiam", command, "--no-provider-host"],
        cwd=estate,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TMPDIR": str(folder / "tmp"),
            "GITIAM_TERRAFORM": str(folder / "terraform"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )
    deadline = time.monotonic() + 60
    while not (folder / "begun").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(
    ("command", "numbers"),
    [
        ("plan", [signal.SIGTERM]),
        ("apply", [signal.SIGHUP]),
        ("apply", [signal.SIGINT] * 6),
        ("plan", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT]),
    ],
)
def test_every_signal_ends_a_run_in_order_and_but_once(
    estate: Path, command: str, numbers: list[signal.Signals]
) -> None:
    process = start(estate, command)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.4)
    _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert err.strip() == "interrupted"
    assert list((estate.parent / "tmp").iterdir()) == []


def test_a_hangup_that_is_ignored_stays_ignored(estate: Path) -> None:
    """As under `nohup`."""
    process = start(estate, "plan", lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.4)
    (estate.parent / "go").touch()
    _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.ERROR
    assert "does not say which version it is" in err
