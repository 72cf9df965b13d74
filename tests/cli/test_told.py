"""What `plan` and `apply` tell when something goes wrong half way: nothing found is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gitiam.cli.engine import Engine
from gitiam.cli.main import cli
from gitiam.errors import GitiamError, UsageError
from gitiam.modules import Change
from gitiam.outcomes import Outcome
from gitiam.plans import ModulePlan, PlannedResource
from tests.support.estates import request, write_estate

READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
ONE, OTHER = "prod/role/one", "prod/role/other"

Gitiam = Callable[..., Result]


@contextmanager
def no_engine(*_: object) -> Iterator[Engine]:
    """In the place of Terraform."""
    yield Engine(SimpleNamespace(), 1)  # type: ignore[arg-type]


def planned(change: Change) -> Outcome:
    resource = PlannedResource("aws_iam_role.this", "aws_iam_role", ("create",), None, {})
    return Outcome(plan=ModulePlan((resource,)), applied=1)


@dataclass
class Works:
    """What a module comes to; a test may put something else in its place."""

    work: Callable[[Change], Outcome] = planned


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> Works:
    """Planning and applying without Terraform and AWS."""
    found = Works()

    def work(_: Any, change: Change) -> Outcome:
        return found.work(change)

    for command in ("plan", "apply"):
        monkeypatch.setattr(f"gitiam.cli.{command}.opened_engine", no_engine)
    monkeypatch.setattr("gitiam.sync.apply.planner.Planner.plan", work)
    monkeypatch.setattr("gitiam.sync.apply.applier.Applier.apply", work)
    monkeypatch.setattr("gitiam.sync.aws.session.AccountSessions.session", lambda *_: None)
    return found


@pytest.fixture
def gitiam(tmp_path: Path, works: Works) -> Gitiam:
    files = {f"requests/{n}.yaml": request(READ, principal=f"role/{n}") for n in ("one", "other")}
    root = write_estate(tmp_path / "estate", files)

    def run(*arguments: str | Path) -> Result:
        line = ["-C", str(root), *map(str, arguments)]
        return CliRunner().invoke(cli, line, standalone_mode=False)

    return run


def has_a_bug(change: Change) -> Outcome:
    if str(change.key) == ONE:
        raise LookupError("a bug")
    return planned(change)


@pytest.mark.parametrize(
    ("command", "word"), [("plan", "create aws_iam_role.this"), ("apply", "applied")]
)
def test_a_bug_in_one_module_hides_no_other(
    gitiam: Gitiam, works: Works, command: str, word: str
) -> None:
    works.work = has_a_bug
    ran = gitiam(command)
    assert isinstance(ran.exception, LookupError)
    assert OTHER in ran.stdout
    assert word in ran.stdout
    assert ONE not in ran.stdout


def test_a_plan_with_a_bug_is_not_saved(gitiam: Gitiam, works: Works, tmp_path: Path) -> None:
    """What it lacks would look like what needs no review."""
    works.work = has_a_bug
    assert isinstance(gitiam("plan", "--save", tmp_path / "x.json").exception, LookupError)
    assert not (tmp_path / "x.json").exists()


# -- what is meant by nothing -------------------------------------------------------------------


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_no_module_does_not_mean_all_of_them(
    gitiam: Gitiam, works: Works, monkeypatch: pytest.MonkeyPatch, command: str, empty: str
) -> None:
    """As a step of a workflow hands it on that found nothing."""
    monkeypatch.setenv("GITIAM_ONLY", empty)
    ran = gitiam(command)
    assert isinstance(ran.exception, UsageError)
    assert ran.exception.message == "GITIAM_ONLY is set, and empty"
    assert ran.stdout == ""
    assert ONE in gitiam(command, "--only", ONE).stdout
    monkeypatch.setenv("GITIAM_ONLY", f" {ONE}\n")
    assert OTHER not in gitiam(command).stdout


# -- where a plan is saved ----------------------------------------------------------------------


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.with_name("precious").write_text("precious")
    path.symlink_to("precious")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [pipe, link, dangling])
def test_what_is_no_regular_file_is_not_replaced(
    gitiam: Gitiam, works: Works, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    file = tmp_path / "x.json"
    make(file)
    before = file.lstat()
    works.work = refuse_to_plan
    ran = gitiam("plan", "--save", file)
    assert isinstance(ran.exception, GitiamError)
    assert "is no regular file" in ran.exception.message
    assert file.lstat() == before


def test_a_folder_that_cannot_be_written_is_found_out_before_planning(
    gitiam: Gitiam, works: Works, tmp_path: Path
) -> None:
    works.work = refuse_to_plan
    (tmp_path / "file").touch()
    for file in (tmp_path / "file" / "x.json", Path("/proc/x.json"), Path("/proc/x/y.json")):
        ran = gitiam("plan", "--save", file)
        assert isinstance(ran.exception, GitiamError)
        assert "cannot be written" in ran.exception.message


def test_a_plan_is_saved_to_a_new_file_and_over_an_old_one(gitiam: Gitiam, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for _ in range(2):
        assert gitiam("plan", "--save", tmp_path / "new" / "x.json").return_value == 11
        assert ONE in (tmp_path / "new" / "x.json").read_text()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["x.json"]


def test_a_plan_that_cannot_be_saved_is_shown_all_the_same(
    gitiam: Gitiam, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gitiam.files.write_atomically", full)
    ran = gitiam("plan", "--save", tmp_path / "x.json")
    assert isinstance(ran.exception, GitiamError)
    assert "No space left on device" in ran.exception.message
    assert ONE in ran.stdout
    assert OTHER in ran.stdout


def refuse_to_plan(change: Change) -> Outcome:
    raise AssertionError("it is planned, and for nothing")
