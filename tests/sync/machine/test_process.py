"""Programs are started without a shell, see what they may see, and end when they are told to."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.machine.process import (
    BOUNDS,
    Finished,
    Interrupted,
    Processes,
    exchange,
    inherited_environment,
)

#: Says that it is ready, counts the interrupts, and ends with this code after the first.
_INTERRUPTIBLE = """\
import signal, sys, time
told = []
signal.signal(signal.SIGINT, lambda *_: told.append(1))
print("ready", flush=True)
while not told: time.sleep(0.02)
time.sleep(0.1)
print("interrupted", len(told), flush=True)
sys.exit({code})
"""


def run(
    program: str,
    *arguments: str,
    processes: Processes | None = None,
    on_line: Callable[[str], None] | None = None,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Finished:
    """Run a Python program."""
    return (processes or Processes()).run(
        [sys.executable, "-S", "-c", program, *arguments],
        folder=folder or Path(),
        environment=environment or {},
        on_line=on_line,
    )


def test_how_it_ended_and_what_it_said() -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    assert run(program) == Finished(7, "out\n", "err\n")


def test_what_it_writes_is_for_its_owner_alone() -> None:
    before = os.umask(0)
    try:
        assert run("import os; print(f'{os.umask(0):o}')").stdout == "77\n"
    finally:
        os.umask(before)


def test_arguments_arrive_as_they_are() -> None:
    arguments = ["$HOME", "; echo x", "`id`", "a b", "*", '"', "", "é\n"]
    finished = run("import sys, json; print(json.dumps(sys.argv[1:]))", *arguments)
    assert json.loads(finished.stdout) == arguments


def test_it_runs_in_its_folder_and_has_nothing_to_read(tmp_path: Path) -> None:
    program = "import os, sys; print(os.getcwd(), repr(sys.stdin.read()))"
    assert run(program, folder=tmp_path).stdout == f"{tmp_path.resolve()} ''\n"


def test_it_sees_the_environment_that_it_is_given_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    program = "import os, json; print(json.dumps(dict(os.environ)))"
    seen = json.loads(run(program, environment={"LANG": "C", "X": "1"}).stdout)
    seen.pop("LC_CTYPE", None)  # Python's own doing
    assert seen == {"LANG": "C", "X": "1"}


def test_what_a_program_may_inherit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    passed = {
        "PATH": "/bin",
        "HOME": "/somewhere/x",
        "AWS_PROFILE": "prod",
        "AWS_SESSION_TOKEN": "t",
        "HTTPS_PROXY": "http://proxy",
        "SSL_CERT_FILE": "/ca.pem",
        "GOGC": "100",
    }
    kept_back = {
        "GITHUB_TOKEN": "secret",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret",
        "GITIAM_DEBUG": "1",
        "TF_LOG": "trace",
        "TF_VAR_gitiam_role_arn": "arn:another",
        "TF_CLI_ARGS_apply": "-destroy",
        "TF_DATA_DIR": "/shared",
        "TF_REATTACH_PROVIDERS": "{}",
        "LD_PRELOAD": "/x.so",
        "PYTHONPATH": "/x",
    }
    for name, value in {**passed, **kept_back}.items():
        monkeypatch.setenv(name, value)
    assert inherited_environment() == BOUNDS | passed


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GitiamError, match="nowhere cannot be started: No such file"):
        Processes().run([tmp_path / "nowhere"], folder=tmp_path, environment={})


def test_a_program_that_cannot_be_run(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("x", encoding="utf-8")
    with pytest.raises(GitiamError, match="plain cannot be started: Permission denied"):
        Processes().run([plain], folder=tmp_path, environment={})


def test_much_on_both_pipes_at_once() -> None:
    program = (
        "import sys\nfor n in range(4000):\n  print('o' * 100); print('e' * 100, file=sys.stderr)"
    )
    finished = run(program)
    assert finished.stdout.count("\n") == finished.stderr.count("\n") == 4000


def test_what_is_not_utf_8_is_replaced() -> None:
    program = r"import sys; sys.stdout.buffer.write(b'a\xffb\n')"
    assert run(program).stdout == "a\N{REPLACEMENT CHARACTER}b\n"


def test_lines_are_handed_on_and_not_kept() -> None:
    lines: list[str] = []
    finished = run("print('a'); print(); print('b', end='')", on_line=lines.append)
    assert lines == ["a\n", "\n", "b"]
    assert finished.stdout == ""


def test_lines_come_while_it_still_runs() -> None:
    processes = Processes()

    def take(line: str) -> None:
        if line == "ready\n":
            processes.stop()

    with pytest.raises(Interrupted):
        run(_INTERRUPTIBLE.format(code=1), processes=processes, on_line=take)


def test_a_listener_that_fails_ends_the_program_however_much_it_says() -> None:
    """Nobody reads any more; the program must be able to end nevertheless."""
    program = (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "for n in range(20000): print('x' * 100)"
    )

    def broken(line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError):
        run(program, on_line=broken)


def test_a_program_is_interrupted_once() -> None:
    processes = Processes()
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        if line == "ready\n":
            processes.stop()

    with pytest.raises(Interrupted):
        run(_INTERRUPTIBLE.format(code=1), processes=processes, on_line=take)
    assert lines == ["ready\n", "interrupted 1\n"]


def test_a_program_that_ends_well_though_it_was_told_to_stop_has_ended_well() -> None:
    """Terraform that had just finished: what it did can be recorded."""
    processes = Processes()

    def take(line: str) -> None:
        if line == "ready\n":
            processes.stop()

    found = run(_INTERRUPTIBLE.format(code=0), processes=processes, on_line=take)
    assert found.code == 0


def test_after_a_stop_nothing_starts() -> None:
    processes = Processes()
    processes.stop()
    with pytest.raises(Interrupted):
        run("print('never')", processes=processes)


def test_all_that_run_are_stopped() -> None:
    processes = Processes()
    ready = threading.Barrier(4)
    ended: list[str] = []

    def work() -> None:
        def take(line: str) -> None:
            if line == "ready\n":
                ready.wait(30)

        try:
            run(_INTERRUPTIBLE.format(code=1), processes=processes, on_line=take)
        except Interrupted:
            ended.append("interrupted")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait(30)
    processes.stop()
    for thread in threads:
        thread.join(30)
    assert ended == ["interrupted"] * 3


def test_a_program_has_a_session_of_its_own() -> None:
    """So that Ctrl-C in the terminal does not reach it beside the interrupt from here."""
    session = run("import os; print(os.getsid(0), os.getpid())").stdout.split()
    assert session[0] == session[1] != str(os.getsid(0))


def test_bytes_go_in_and_out_as_they_are(tmp_path: Path) -> None:
    program = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.exit(7)"
    done = exchange(
        [sys.executable, "-S", "-c", program],
        folder=tmp_path,
        environment={},
        stdin=b"\xff\r\n\0" * 100_000,
    )
    assert (done.code, done.stdout) == (7, b"\xff\r\n\0" * 100_000)


def test_an_exchange_with_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GitiamError, match="nowhere cannot be started: No such file"):
        exchange([tmp_path / "nowhere"], folder=tmp_path, environment={})


# -- a time that is over -------------------------------------------------------------------------


def test_a_program_that_takes_too_long_is_told_once_to_end() -> None:
    lines: list[str] = []
    program = [sys.executable, "-S", "-c", _INTERRUPTIBLE.format(code=1)]
    with pytest.raises(GitiamError, match="had not ended after 0 minutes, and was stopped"):
        Processes().run(program, folder=Path(), environment={}, on_line=lines.append, longest=2.0)
    assert lines == ["ready\n", "interrupted 1\n"]


def test_a_program_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitiam.sync.machine.process.GRACE", 0.1)
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"
    program = [sys.executable, "-S", "-c", deaf]
    with pytest.raises(GitiamError, match="was stopped"):
        Processes().run(program, folder=Path(), environment={}, longest=1.0)


def test_a_program_that_ends_in_time_is_left_alone() -> None:
    program = [sys.executable, "-S", "-c", "print('done')"]
    assert Processes().run(program, folder=Path(), environment={}, longest=60.0).code == 0
