"""The one wrapper for programs that gitiam starts: argument lists, chosen environment, no shell."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gitiam.errors import GitiamError

#: What a program may inherit. Everything else in gitiam's environment is none of its business.
_INHERITED = frozenset(
    [
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL"),
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *("GOGC", "GOMEMLIMIT", "GOMAXPROCS"),
    ]
)
_INHERITED_PREFIXES = ("AWS_",)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended. `stdout` is empty when its lines were handed on as they came."""

    code: int
    stdout: str
    stderr: str


class Interrupted(Exception):
    """The run was asked to stop; the program was told, and has ended."""


class Processes:
    """Starts programs and can stop them all, each in the gentle way: one interrupt, then waiting.

    Programs run in sessions of their own, so that Ctrl-C reaches them once, from here: Terraform
    takes the second interrupt for an order to drop everything, its state included.
    """

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopping = False

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        on_error_line: Callable[[str], None] | None = None,
    ) -> Finished:
        """Run to the end. Interrupted when `stop` was called; GitiamError when it cannot start.

        Lines of standard output go to `on_line` as they come, if it is given, and are then not
        kept; those of standard error go to `on_error_line`, from another thread, and are kept too.
        """
        process = self._start(arguments, folder, environment)
        stderr = _Drain(process.stderr, on_error_line)
        stdout: list[str] = []
        take = on_line or stdout.append
        try:
            for line in process.stdout or ():
                take(line)
        except BaseException:
            process.send_signal(signal.SIGINT)
            # What nobody reads would fill the pipe, and keep the program from ending.
            for _ in process.stdout or ():
                pass
            raise
        finally:
            code = process.wait()
            text = stderr.join()
            if process.stdout:
                process.stdout.close()
            with self._lock:
                self._running.discard(process)
        if code and self._stopping:
            raise Interrupted
        return Finished(code, "".join(stdout), text)

    def stop(self) -> None:
        """Tell every program once to end, and let no further one start."""
        with self._lock:
            self._stopping = True
            for process in self._running:
                process.send_signal(signal.SIGINT)

    def _start(
        self, arguments: Sequence[str | Path], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopping:
                raise Interrupted
            try:
                process = subprocess.Popen(
                    [str(argument) for argument in arguments],
                    cwd=folder,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    start_new_session=True,
                )
            except OSError as error:
                raise GitiamError(f"{arguments[0]} cannot be started: {error.strerror}") from error
            self._running.add(process)
        return process


class _Drain:
    """Reads a pipe to its end in a thread, so that the other pipe can be read in this one."""

    def __init__(self, pipe: IO[str] | None, on_line: Callable[[str], None] | None) -> None:
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(pipe, on_line), daemon=True)
        self._thread.start()

    def join(self) -> str:
        """All that was read, once the pipe has ended."""
        self._thread.join()
        return "".join(self._lines)

    def _read(self, pipe: IO[str] | None, on_line: Callable[[str], None] | None) -> None:
        if pipe is None:
            return
        with pipe:
            for line in pipe:
                self._lines.append(line)
                if on_line:
                    on_line(line)


def inherited_environment() -> dict[str, str]:
    """The part of gitiam's own environment that a program may see."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
