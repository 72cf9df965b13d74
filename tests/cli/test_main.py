"""The command as a whole: help, exit codes, and errors that explain themselves."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import click
import pytest

from gitiam import __version__
from gitiam.cli import main as cli_main
from gitiam.cli.main import COMMANDS
from gitiam.errors import ExitCode, GitiamError
from tests.support.estates import request, write_estate
from tools.reference import below

READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
GOOD = {"requests/x.yaml": request(READ, expires=SOON)}


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Gitiam = Callable[..., Ran]


@pytest.fixture
def gitiam(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Gitiam:
    """`gitiam ARGUMENTS` in an empty folder, in this process."""
    monkeypatch.setenv("GITIAM_DEBUG", "")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gitiam", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli_main.main()
        said = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Ran(int(end.value.code), said.out, said.err)

    return run


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return write_estate(tmp_path / "estate", GOOD)


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """From now on `gitiam render` ends with this error."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("gitiam.cli.render.require_valid", fail)


# -- help ---------------------------------------------------------------------------------------


def test_the_help_names_every_command_and_every_exit_code(gitiam: Gitiam) -> None:
    ran = gitiam("--help")
    assert ran.code == 0
    for name, purpose in COMMANDS.items():
        assert re.search(rf"^ +{name} +{re.escape(purpose[:30])}", ran.out, re.MULTILINE), name
    codes = ran.out.replace("\n", " ")
    for code in ExitCode:
        assert re.search(rf"\b{code.value} [a-z]", codes), code


def test_without_a_command_the_help_is_shown(gitiam: Gitiam) -> None:
    ran = gitiam()
    assert ran.code == 2
    assert "Commands:" in ran.out + ran.err


def test_the_version(gitiam: Gitiam) -> None:
    assert gitiam("--version").out == f"gitiam, version {__version__}\n"


def command_of(name: str) -> click.Command:
    found = getattr(import_module(f"gitiam.cli.{name}"), name)
    assert isinstance(found, click.Command)
    return found


def examples(name: str) -> list[list[str]]:
    """The commands below `Examples:` in a command's help; a line may hold several."""
    text = command_of(name).help or ""
    lines = [line.strip() for line in text.splitlines()]
    return [
        shlex.split(typed, comments=True)
        for line in lines
        if line.startswith("gitiam ")
        for typed in line.split(" && ")
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(gitiam: Gitiam, name: str) -> None:
    ran = gitiam(name, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: gitiam {name} ")
    assert "Example" in ran.out
    assert examples(name)
    for option in command_of(name).params:
        if isinstance(option, click.Option):
            assert option.help, option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_can_be_typed(name: str) -> None:
    before = options(cli_main.cli)
    for words in examples(name):
        where = next(index for index, word in enumerate(words) if word in COMMANDS)
        assert {word for word in words[1:where] if word.startswith("-")} <= before
        used = {word.split("=")[0] for word in words[where + 1 :] if word.startswith("-")}
        assert used <= options(command_of(words[where])), words


def options(command: click.Command) -> set[str]:
    """What a command takes, with all that stands below it."""
    return {option for c in with_those_below(command) for p in c.params for option in p.opts}


def with_those_below(command: click.Command) -> list[click.Command]:
    return [command, *below(command).values()]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_reports_has_json(name: str) -> None:
    if name in ("demo", "crawl", "comment", "codeowners", "github"):
        return
    for command in with_those_below(command_of(name)):
        if isinstance(command, click.Group):
            continue
        (choice,) = (p.type for p in command.params if "--format" in p.opts)
        assert isinstance(choice, click.Choice)
        assert {"text", "json"} <= set(choice.choices)


# -- usage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("aply", "`apply`"), ("chnages", "`changes`"), ("zzz", "`gitiam --help`")],
)
def test_an_unknown_command_is_met_with_the_nearest(gitiam: Gitiam, typed: str, hint: str) -> None:
    ran = gitiam(typed)
    assert ran.code == ExitCode.USAGE
    assert f"`{typed}`" in ran.err
    assert hint in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("changes", "--nothing"),
        ("changes", "--format", "xml"),
        ("apply", "--jobs", "0"),
        ("-C", "/nonexistent", "changes"),
        ("changes", "-C", "/nonexistent"),
        ("--at", "tomorrow", "changes"),
        ("--at", "9999-12-31T23:59:59-23:00", "changes"),
        ("--at", "", "changes"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(gitiam: Gitiam, arguments: tuple[str]) -> None:
    ran = gitiam(*arguments)
    assert ran.code == ExitCode.USAGE
    assert "Error:" in ran.err
    assert "Traceback" not in ran.err


def test_an_unknown_module_is_met_with_the_nearest(gitiam: Gitiam, estate: Path) -> None:
    ran = gitiam("-C", estate, "plan", "--only", "prod/role/data-pipelin")
    assert ran.code == ExitCode.USAGE
    assert "prod/role/data-pipelin" in ran.err
    assert "Did you mean prod/role/data-pipeline?" in ran.err


# -- expected errors ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["validate", "render", "changes", "plan", "apply", "drift"])
def test_without_an_estate_there_is_an_error_and_a_hint(gitiam: Gitiam, name: str) -> None:
    ran = gitiam(name)
    assert ran.code == ExitCode.ERROR
    assert "error: there is no gitiam.yaml in " in ran.err
    assert "hint: " in ran.err
    assert "-C" in ran.err
    assert "gitiam init" in ran.err
    assert "Traceback" not in ran.err


def test_a_configuration_that_is_wrong_is_named_with_its_lines(
    gitiam: Gitiam, tmp_path: Path
) -> None:
    write_estate(tmp_path, {"gitiam.yaml": "accounts:\n  prod: {id: 12}\n  dev: {ID: x}\n"})
    ran = gitiam("changes")
    assert ran.code == ExitCode.ERROR
    assert "gitiam.yaml:2:" in ran.err
    assert "gitiam.yaml:3:" in ran.err


def test_an_error_shows_its_traceback_only_on_request(
    gitiam: Gitiam, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, GitiamError("it is raining", hint="Take an umbrella"))
    ran = gitiam("render", "-C", estate)
    assert (ran.code, ran.err) == (1, "error: it is raining\nhint: Take an umbrella\n")
    ran = gitiam("--debug", "render", "-C", estate)
    assert ran.code == 1
    assert "Traceback (most recent call last)" in ran.err


def test_an_error_gives_no_order_to_the_terminal(
    gitiam: Gitiam, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, GitiamError("a\x1b[2Jb", hint="c\x07d"))
    ran = gitiam("render", "-C", estate)
    assert "\x1b" not in ran.err
    assert "\x07" not in ran.err


def test_a_bug_is_called_one_and_keeps_its_secrets(
    gitiam: Gitiam, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, LookupError("AKIASECRET"))
    ran = gitiam("render", "-C", estate)
    assert ran.code == ExitCode.BUG
    assert "bug: " in ran.err
    assert "LookupError" in ran.err
    assert "--debug" in ran.err
    assert "Traceback" not in ran.err
    assert "AKIASECRET" not in ran.err
    ran = gitiam("--debug", "render", "-C", estate)
    assert ran.code == ExitCode.BUG
    assert "Traceback (most recent call last)" in ran.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_has_a_code_of_its_own(
    gitiam: Gitiam, estate: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    broken(monkeypatch, error)
    ran = gitiam("render", "-C", estate)
    assert ran.code == ExitCode.INTERRUPTED
    assert "interrupted" in ran.err
    assert "Traceback" not in ran.err


def test_a_reader_that_has_gone_is_no_bug() -> None:
    """`gitiam … | head`: the pipe is closed before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "gitiam", "explain", "s3-read"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    os.close(writing)
    assert done.returncode == ExitCode.ERROR
    assert done.stderr == ""


def test_the_codes_never_overlap() -> None:
    assert len({code.value for code in ExitCode}) == len(ExitCode)
    assert len(ExitCode.__members__) == len(ExitCode)


# -- the time -----------------------------------------------------------------------------------


def test_nothing_is_applied_as_of_the_past(gitiam: Gitiam, estate: Path) -> None:
    """Access that has expired would come back."""
    past = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    ran = gitiam("-C", estate, "--at", past, "apply")
    assert ran.code == ExitCode.USAGE
    assert "is past; expired access would come back" in ran.err
    assert not (estate / ".gitiam").exists()


def test_a_question_may_be_asked_about_any_time(gitiam: Gitiam, estate: Path) -> None:
    before = gitiam("-C", estate, "--at", f"{SOON}T23:59:59Z", "changes", "--format", "json")
    after = gitiam("-C", estate, "--at", f"{SOON}T23:59:59-01:00", "changes", "--format", "json")
    assert len(json.loads(before.out)["pending"]) == 1
    assert json.loads(after.out) == {"pending": [], "unchanged": 0}


# -- what the commands say with their codes -----------------------------------------------------


def test_pending_changes_have_a_code(gitiam: Gitiam, estate: Path) -> None:
    ran = gitiam("changes", "-C", estate)
    assert ran.code == ExitCode.PENDING
    assert "requests/x.yaml added" in ran.out
    assert "1 module pending, 0 unchanged" in ran.out


@pytest.mark.parametrize("name", ["render", "changes", "plan", "apply"])
def test_findings_block_everything_that_acts(gitiam: Gitiam, tmp_path: Path, name: str) -> None:
    write_estate(tmp_path, {"requests/x.yaml": request(READ, account="prdo", expires=SOON)})
    ran = gitiam(name)
    assert ran.code == ExitCode.FINDINGS
    assert "requests/x.yaml:1:10: " in ran.err
    assert "1 finding blocks; nothing was done" in ran.err
    assert ran.out == ""


def test_rendering(gitiam: Gitiam, estate: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = gitiam("-C", estate, "render", "--out", out)
    assert ran.code == 0
    assert "out/prod/role/data-pipeline" in ran.out
    assert (out / "prod/role/data-pipeline/main.tf").is_file()
    found = gitiam("-C", estate, "render", "--out", out, "--format", "json")
    (written,) = json.loads(found.out)["written"]
    assert written["module"] == "prod/role/data-pipeline"
    (estate / "requests/x.yaml").write_text(
        request(READ, expires=SOON, principal="role/other"), encoding="utf-8"
    )
    ran = gitiam("-C", estate, "render", "--out", out)
    assert "removed: nothing asks for it any more" in ran.out
    assert not (out / "prod/role/data-pipeline").exists()


def test_two_revisions_are_compared_without_a_ledger_and_without_credentials(
    gitiam: Gitiam, estate: Path, tmp_path: Path
) -> None:
    proposed = write_estate(
        tmp_path / "proposed",
        {**GOOD, "requests/y.yaml": request(READ, expires=SOON, principal="role/other")},
    )
    arguments = ["--requests", proposed / "requests", "--against", estate / "requests"]
    ran = gitiam("-C", estate, "changes", *arguments, "--format", "json")
    assert ran.code == 0
    body = json.loads(ran.out)
    assert [entry["principal"] for entry in body["pending"]] == ["role/other"]
    assert body["unchanged"] == 1
    assert not (estate / ".gitiam").exists()
    ran = gitiam("-C", estate, "changes", *arguments, "--format", "markdown")
    assert "| prod | role/other | create |" in ran.out
