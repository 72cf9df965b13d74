"""One file in an estate of its own, and what gitiam's commands make of it, in this process."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from gitiam.cli.main import _run
from gitiam.errors import ExitCode
from tests.fuzzing.seeds import Seed, Sort
from tests.support.estates import CONFIG, HEAD

#: Seconds of CPU that one command may take for one file; others may want the machine, too.
LIMIT = 10
_ALLOWED = frozenset(ExitCode) - {ExitCode.BUG, ExitCode.INTERRUPTED}
_AT = "2026-11-23T12:00:00Z"
_REQUEST = f"{HEAD}  - bundle: s3-read\n    resources: [arn:aws:s3:::orders]\n"

_COMMANDS: dict[Sort, tuple[tuple[str, ...], ...]] = {
    Sort.REQUEST: (
        ("validate", "requests/x.yaml"),
        ("validate", "--format", "github"),
        ("validate", "--format", "json", "requests/x.yaml"),
        ("render", "--out", "out"),
        ("changes",),
    ),
    Sort.CONFIG: (("validate",), ("validate", "requests/x.yaml"), ("render", "--out", "out")),
    Sort.BUNDLE: (("explain", "x"), ("explain", "x", "--format", "json"), ("validate",)),
    Sort.SNAPSHOT: (("drift", "--snapshot", "snapshots"),),
}


@dataclass(frozen=True)
class Offence:
    """A command that did what no file may make it do."""

    command: tuple[str, ...]
    what: str
    detail: str

    @property
    def key(self) -> str:
        """The same for the same bug: where it was raised."""
        lines = [line for line in self.detail.splitlines() if line.startswith('  File "')]
        return f"{self.command[0]} {self.what} {lines[-1] if lines else ''}"


class TooSlow(BaseException):
    """Raised in the middle of a command; no handler of gitiam's may catch it."""


class Arena:
    """A folder for one estate, used again and again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.executions = 0
        self.slowest = 0.0
        os.environ |= {"GITIAM_CACHE": "off", "NO_COLOR": "1"}

    def play(self, seed: Seed, choice: int) -> Offence | None:
        """One command, chosen by a number, on the estate that has this file."""
        self._write(seed)
        commands = _COMMANDS[seed.sort]
        return self.run(commands[choice % len(commands)])

    def _write(self, seed: Seed) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        files: dict[str, bytes] = {"gitiam.yaml": CONFIG.encode()}
        match seed.sort:
            case Sort.REQUEST:
                files["requests/x.yaml"] = seed.raw
                files["requests/y.yaml"] = _REQUEST.encode()
            case Sort.CONFIG:
                files["requests/x.yaml"] = _REQUEST.encode()
                files["gitiam.yaml"] = seed.raw
            case Sort.BUNDLE:
                grant = _REQUEST.replace("s3-read", "x")
                files |= {"templates/bundles/x.yaml": seed.raw, "requests/x.yaml": grant.encode()}
            case Sort.SNAPSHOT:
                files["requests/x.yaml"] = _REQUEST.encode()
                files["snapshots/prod.json"] = seed.raw
        for path, raw in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)

    def run(self, command: tuple[str, ...]) -> Offence | None:
        """What is wrong with the outcome; None where nothing is."""
        self.executions += 1
        began = time.monotonic()
        code, output = self._outcome(command)
        self.slowest = max(self.slowest, time.monotonic() - began)
        if code is None:
            return Offence(command, f"took more than {LIMIT} s", output)
        if code not in _ALLOWED:
            os.environ["GITIAM_DEBUG"] = "1"
            _, output = self._outcome(command)
            del os.environ["GITIAM_DEBUG"]
            return Offence(command, f"exit code {code}", output)
        if "Traceback (most recent call last)" in output:
            return Offence(command, "a traceback", output)
        if "rule-crashed" in output:
            return Offence(command, "a rule that crashed", output)
        return None

    def _outcome(self, command: tuple[str, ...]) -> tuple[int | None, str]:
        """Exit code and everything that was printed; None for a code where it took too long."""
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
        argv, sys.argv = sys.argv, ["gitiam", "--at", _AT, *command]
        try:
            with (
                contextlib.chdir(self.root),
                _limited(),
                contextlib.redirect_stdout(output),
                contextlib.redirect_stderr(output),
            ):
                code: int | None = _run()
        except TooSlow:
            import traceback

            return None, traceback.format_exc()
        finally:
            sys.argv = argv
        output.flush()
        return code, output.buffer.getvalue().decode("utf-8", "replace")


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
