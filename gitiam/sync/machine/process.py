"""The one wrapper for programs that gitiam starts: argument lists, chosen environment, no shell."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gitiam.errors import GitiamError
from gitiam.sync.machine.refusals import cannot_start

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
#: The umask of programs that write what is nobody else's business: states, plans, credentials.
PRIVATE = 0o077
#: How long a program may take to end in order when its time is over, in seconds.
GRACE = 60.0
#: For the credentials of the provider and of the S3 backend, as `max_retries` is in the template
#: for the rest: five tries take half a minute; then the module waits, and comes again.
BOUNDS = {"AWS_MAX_ATTEMPTS": "5"}


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended. `stdout` is empty when its lines were handed on as they came."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How a program ended that was given bytes, and gave bytes."""

    code: int
    stdout: bytes
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
        self._stopped = threading.Event()

    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    def pause(self, seconds: float) -> None:
        """Wait so long; Interrupted as soon as `stop` is called."""
        if self._stopped.wait(seconds):
            raise Interrupted

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        on_error_line: Callable[[str], None] | None = None,
        longest: float | None = None,
    ) -> Finished:
        """Run to the end. Interrupted when `stop` was called; GitiamError when it cannot start.

        After `longest` seconds it is told to end, once, and killed where it does not: then it is a
        TooLongError.
        Lines of standard output go to `on_line` as they come, if it is given, and are then not
        kept; those of standard error go to `on_error_line`, from another thread, and are kept too.
        """
        process = self._start(arguments, folder, environment)
        stderr = _Drain(process.stderr, on_error_line)
        stdout: list[str] = []
        take = on_line or stdout.append
        watchdog = _Watchdog(process, longest)
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
            watchdog.rest()
            text = stderr.join()
            if process.stdout:
                process.stdout.close()
            with self._lock:
                self._running.discard(process)
        if code and self._stopping:
            raise Interrupted
        if code and watchdog.has_barked:
            raise _too_long(str(arguments[0]), longest)
        return Finished(code, "".join(stdout), text)

    def stop(self) -> None:
        """Tell every program once to end, and let no further one start."""
        with self._lock:
            self._stopping = True
            self._stopped.set()
            for process in self._running:
                process.send_signal(signal.SIGINT)

    def _start(
        self, arguments: Sequence[str | Path], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopping:
                raise Interrupted
            with _starting(arguments):
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
                    umask=PRIVATE,
                )
            self._running.add(process)
        return process


def exchange(
    arguments: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stdin: bytes = b"",
) -> Exchanged:
    """Run a short program to its end, with bytes in and out; GitiamError when it cannot start.

    It keeps the user's umask: what git writes into a repository is for whom the user wants.
    Should gitiam be interrupted, the program is told to end, so that it can tidy up, and waited
    for.
    """
    with _starting(arguments):
        process = subprocess.Popen(
            [str(argument) for argument in arguments],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    with process:
        try:
            stdout, stderr = process.communicate(stdin)
        except BaseException:
            process.terminate()
            raise
    return Exchanged(process.returncode, stdout, stderr.decode(errors="replace"))


@contextmanager
def _starting(arguments: Sequence[str | Path]) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        # The latter for a character that no argument may have.
        raise cannot_start(str(arguments[0]), error) from error


class _Watchdog:
    """Tells a process to end when its time is over: gently first, and after a while for good."""

    def __init__(self, process: subprocess.Popen[str], longest: float | None) -> None:
        self.has_barked = False
        self._process = process
        self._over = threading.Event()
        if longest is not None:
            threading.Thread(target=self._watch, args=(longest,), daemon=True).start()

    def rest(self) -> None:
        """The process has ended."""
        self._over.set()

    def _watch(self, longest: float) -> None:
        if self._over.wait(longest):
            return
        self.has_barked = True
        self._tell(os.kill, signal.SIGINT)
        if not self._over.wait(GRACE):
            # With all that it has started: one of those may be what does not end.
            self._tell(os.killpg, signal.SIGKILL)

    def _tell(self, send: Callable[[int, int], None], number: signal.Signals) -> None:
        # As long as nobody has waited for it, its number is its own, and that of its group.
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                send(self._process.pid, number)


class TooLongError(GitiamError):
    """A program had not ended in its time, and was stopped."""


def _too_long(program: str, longest: float | None) -> TooLongError:
    minutes = round((longest or 0) / 60)
    return TooLongError(
        f"{Path(program).name} had not ended after {minutes} minutes, and was stopped",
        hint="Something does not answer: look at the network, and at AWS's health. Nothing is lost:"
        " the next apply goes on from here",
    )


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
    """The part of gitiam's own environment that a program may see, over `BOUNDS`."""
    own = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    return BOUNDS | own
