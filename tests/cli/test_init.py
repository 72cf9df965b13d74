"""`gitiam init` as people call it: what it writes, asks, leaves alone and refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gitiam.cli import interview
from gitiam.cli.main import cli
from gitiam.errors import GitiamError, UsageError
from gitiam.founding.configuration import IGNORED
from gitiam.founding.workflows import workflows
from gitiam.shipped import workflows_dir
from tests.support.founding import TOOL

OPTIONS = (
    "--account=prod=111122223333:critical",
    "--account=dev=444455556666:sandbox",
    "--repository=example/access",
    "--approvers=@example/platform",
    "--approvers=@alice",
)


def call(root: Path, *arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(cli, ["-C", str(root), *arguments], standalone_mode=False, **more)


def run(root: Path, *arguments: str, **more: Any) -> tuple[int, str]:
    result = call(root, *arguments, **more)
    assert result.exception is None, result.exception
    return int(result.return_value or 0), result.stdout


def init(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out = run(root, "init", "--format=json", *OPTIONS, *arguments)
    return code, json.loads(out)


def tree(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def fates(body: dict[str, Any]) -> dict[str, str]:
    return {file["path"]: file["fate"] for file in body["files"]}


def test_gitiam_accepts_the_estate_that_it_makes(tmp_path: Path) -> None:
    code, body = init(tmp_path)
    assert (code, set(fates(body).values())) == (0, {"written"})
    assert tree(tmp_path).keys() == fates(body).keys()
    assert run(tmp_path, "validate") == (0, "no findings in 1 file\n")
    owners = tmp_path / ".github" / "CODEOWNERS"
    assert run(tmp_path, "codeowners", "--check", str(owners))[0] == 0
    form = tmp_path / ".github" / "ISSUE_TEMPLATE" / "access-request.yml"
    assert run(tmp_path, "form", "--check", str(form))[0] == 0


def test_every_workflow_comes_along(tmp_path: Path) -> None:
    init(tmp_path, f"--tool={TOOL}")
    found = {p: t for p, t in tree(tmp_path).items() if p.startswith(".github/workflows/")}
    assert found == {p: t.encode() for p, t in workflows(workflows_dir(), TOOL).items()}


def test_a_clone_of_gitiam_keeps_its_own_workflows(tmp_path: Path) -> None:
    for name in (".github/workflows", ".gitignore"):
        source, target = workflows_dir().parents[1] / name, tmp_path / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    code, body = init(tmp_path)
    unchanged = {path for path, fate in fates(body).items() if fate == "unchanged"}
    assert (code, unchanged) == (0, {*workflows(workflows_dir(), None), ".gitignore"})


def test_twice_changes_nothing(tmp_path: Path) -> None:
    init(tmp_path)
    before = tree(tmp_path)
    code, body = init(tmp_path)
    assert (code, set(fates(body).values())) == (0, {"unchanged"})
    assert tree(tmp_path) == before


def test_a_dry_run_shows_and_writes_nothing(tmp_path: Path) -> None:
    code, body = init(tmp_path, "--dry-run")
    assert (code, tree(tmp_path)) == (0, {})
    shown = {file["path"]: file["text"].encode() for file in body["files"]}
    init(tmp_path)
    assert tree(tmp_path) == shown


def test_what_is_there_is_left_alone_and_said(tmp_path: Path) -> None:
    theirs = {
        "aws/prod/roles.tf": b"# ours\n",
        ".github/workflows/apply.yml": b"on: push\n",
        "requests/people/alice.yaml": b"# in the making\n",
        "README.md": b"hello\n",
    }
    for path, raw in theirs.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(raw)
    code, body = init(tmp_path)
    assert code == 10
    different = {path for path, fate in fates(body).items() if fate == "different"}
    assert different == {"aws/prod/roles.tf", ".github/workflows/apply.yml"}
    assert "requests/prod/first.yaml" not in tree(tmp_path), "there are requests already"
    assert tree(tmp_path).items() >= theirs.items()
    text = run(tmp_path, "init", "--yes", *OPTIONS)[1]
    assert "left alone       aws/prod/roles.tf  (holds something else)" in text


def test_form_and_owners_follow_the_configuration_that_is_there(tmp_path: Path) -> None:
    config = "accounts:\n  stage: {id: '777788889999'}\napprovals:\n  estate: {people: [bob]}\n"
    (tmp_path / "gitiam.yaml").write_text(config)
    code, body = init(tmp_path)
    assert (code, fates(body)["gitiam.yaml"]) == (10, "different")
    owners = tmp_path / ".github" / "CODEOWNERS"
    assert run(tmp_path, "codeowners", "--check", str(owners))[0] == 0
    assert "@bob" in owners.read_text()


def test_it_says_what_is_left_to_do(tmp_path: Path) -> None:
    """And no more than that: what was given is not asked for again."""
    some = run(tmp_path, "init", "--yes", "--dry-run", *OPTIONS)[1]
    assert re.search(r"^[0-9]+ files would be written$", some, re.MULTILINE)
    assert "2. Apply with Terraform, as aws/README.md says: aws/prod, aws/dev" in some
    assert "--tool" in some
    assert "aws/prod/pipeline.tf says where to write them" in some
    more = ("--repository-ids=12,34", f"--tool={TOOL}")
    rest = run(tmp_path, "init", "--yes", "--dry-run", *OPTIONS, *more)[1]
    assert "--tool" not in rest
    assert "pipeline.tf says" not in rest
    alone = [option for option in OPTIONS if "@example" not in option]
    assert "Name somebody beside alice" in run(tmp_path, "init", "--dry-run", *alone)[1]
    assert "Name somebody" not in some
    assert "GITIAM_APP_KEY" in some
    assert "GITIAM_APP_KEY" not in run(tmp_path, "init", "--dry-run", *alone)[1]
    assert "access-request and needs-changes" in some


@pytest.mark.parametrize("config", ["accounts: {}\n", "accounts: [\n", "a: !!python/x 1\n"])
def test_a_configuration_that_cannot_be_used_stops_it(tmp_path: Path, config: str) -> None:
    (tmp_path / "gitiam.yaml").write_text(config)
    assert isinstance(call(tmp_path, "init", *OPTIONS).exception, GitiamError)
    assert tree(tmp_path) == {"gitiam.yaml": config.encode()}


def test_a_gitignore_needs_its_lines_alone(tmp_path: Path) -> None:
    ignore = tmp_path / ".gitignore"
    ignore.write_text("\n".join(["*.pyc", *reversed(IGNORED)]))
    assert fates(init(tmp_path)[1])[".gitignore"] == "unchanged"
    ignore.write_text("*.pyc\n.gitiam/\n")
    code, body = init(tmp_path)
    (said,) = [file["why"] for file in body["files"] if file["path"] == ".gitignore"]
    assert (code, said) == (10, f"lacks {', '.join(IGNORED[1:])}")
    assert ignore.read_text() == "*.pyc\n.gitiam/\n"


@pytest.mark.parametrize("link", ["aws", ".github", ".github/workflows/apply.yml", ".gitignore"])
def test_no_link_leads_out_of_the_folder(tmp_path: Path, link: str) -> None:
    root, outside = tmp_path / "estate", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(outside if "." not in Path(link).name[1:] else outside / "file")
    code, body = init(root)
    assert (code, list(outside.iterdir())) == (10, [])
    concerned = {f for p, f in fates(body).items() if p == link or p.startswith(f"{link}/")}
    assert concerned == {"different"}


@pytest.mark.parametrize("name", ["gitiam.yaml", "requests"])
def test_a_link_for_what_is_read_first_is_refused(tmp_path: Path, name: str) -> None:
    root = tmp_path / "estate"
    root.mkdir()
    (root / name).symlink_to(tmp_path / "elsewhere")
    assert isinstance(call(root, "init", *OPTIONS).exception, GitiamError)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("step", ["write", "link"])
@pytest.mark.parametrize("after", [0, 1, 9])
def test_a_death_in_the_middle_leaves_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: int
) -> None:
    """The next one goes on from there."""
    whole, root = tmp_path / "whole", tmp_path / "estate"
    whole.mkdir()
    root.mkdir()
    init(whole)
    done = {"link": 0, "write": 0}

    def die(real: Any, name: str) -> Any:
        def deadly(*args: Any, **more: Any) -> Any:
            if done[name] == after:
                raise KeyboardInterrupt
            done[name] += 1
            return real(*args, **more)

        return deadly

    with monkeypatch.context() as dying:
        target = "link" if step == "link" else "fsync"
        dying.setattr(os, target, die(getattr(os, target), step))
        assert call(root, "init", *OPTIONS).exception is not None
    left, expected = tree(root), tree(whole)
    assert left.items() <= expected.items()
    assert len(left) < len(expected)
    assert init(root)[0] == 0
    assert tree(root) == expected


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (["--account=prod=1"], "--account"),
        (['--account=prod"=111122223333'], "--account"),
        (["--account=../x=111122223333"], "--account"),
        (["--repository=example/access:ref"], "--repository"),
        (["--repository-ids=1"], "--repository-ids"),
        (["--region=${x}"], "--region"),
        (["--bucket=a\nb"], "--bucket"),
        (["--organization=a b"], "--organization"),
        (["--approvers=alice"], "--approvers"),
        (["--tool=example/gitiam@main"], "--tool"),
    ],
)
def test_hostile_answers_are_refused(tmp_path: Path, options: list[str], place: str) -> None:
    error = call(tmp_path, "init", *OPTIONS, *options).exception
    assert isinstance(error, UsageError)
    assert error.message.startswith(f"{place}: ")
    assert error.hint
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("without", ["--account", "--repository", "--approvers"])
def test_where_nobody_can_be_asked_it_says_what_is_missing(tmp_path: Path, without: str) -> None:
    options = [option for option in OPTIONS if not option.startswith(f"{without}=")]
    error = call(tmp_path, "init", *options).exception
    assert isinstance(error, UsageError)
    assert error.message.startswith(f"{without}: ")
    assert without in (error.hint or "") or "@alice" in (error.hint or "")


def test_the_repository_is_that_of_origin(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    remote = [*git, "remote", "add", "origin", "git@github.com:example/from-git.git"]
    subprocess.run(remote, check=True)
    options = [option for option in OPTIONS if not option.startswith("--repository")]
    assert run(tmp_path, "init", "--yes", *options)[0] == 0
    trust = tmp_path / "aws" / "prod" / "policies" / "pipeline-apply-trust.json"
    assert '"repo:example/from-git:ref:refs/heads/main"' in trust.read_text()


class Terminal:
    """Where people sit; the rest is as click's runner has it."""

    def __getattr__(self, name: str) -> Any:
        import sys

        return getattr(sys, name)

    class stdin:
        """Standard input."""

        isatty = staticmethod(lambda: True)

    stdout = stdin


def test_on_a_terminal_it_asks_until_it_understands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interview, "sys", Terminal())
    said = ["prod", "prod=111122223333", "dev=111122223333", "dev=444455556666", ""]
    said += ["nonsense", "example/access", "", "", "", "alice", "@alice, @example/data"]
    said += ["example/gitiam@main", f"{TOOL.repository}@{TOOL.commit}"]
    code, out = run(tmp_path, "init", input="\n".join(said))
    assert code == 0, out
    assert "`prod` is not an account" in out
    assert "two accounts have the id" in out
    body = (tmp_path / "gitiam.yaml").read_text()
    for text in ("bucket: gitiam-111122223333", "region: us-east-1", "'@example/data'", "- alice"):
        assert text in body
    assert "@example/platform" not in body, "nobody approves who was not named"
    assert "`example/gitiam@main` is not a pinned repository" in out
    assert TOOL.commit in (tmp_path / ".github/workflows/apply.yml").read_text()


def test_a_clone_of_gitiam_is_not_asked_where_gitiam_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interview, "sys", Terminal())
    for name in ("gitiam/__main__.py", "requirements.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    code, out = run(tmp_path, "init", *OPTIONS, input="\n\n")
    assert (code, "OWNER/NAME@SHA, at a whole commit" in out) == (0, False)
