"""`gitiam revert` in real repositories: what it says, checks and writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitiam.cli.main import cli
from tests.support.estates import request
from tests.support.repositories import Repo, new_repo
from tests.support.reverting import (
    NEW,
    OLD,
    OTHER,
    X,
    Y,
    Z,
    branches,
    changed,
    made,
    refused,
    revert,
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "estate", {X: OLD, Z: OTHER})


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("git@github.com:example/estate.git", True),
        ("https://x:secret@github.com/example/estate", True),
        ("ssh://git@github.com/example/estate.git", True),
        ("https://github.com.example.com/example/estate", False),
        ("https://github.com/example/estate/../../x?y#\x1b[31m", False),
    ],
)
def test_what_to_do_next(repo: Repo, url: str, web: bool) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.git("remote", "add", "origin", url)
    output = revert(repo, "42").output
    assert "nothing has been pushed. Next:\n  git push origin gitiam/revert-42\n" in output
    address = "https://github.com/example/estate/compare/main...gitiam/revert-42?expand=1"
    assert (address in output) is web
    assert "secret" not in output and "\x1b" not in output


def test_what_to_do_next_without_a_remote(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    assert "git push REMOTE gitiam/revert-42\n  open a pull request" in revert(repo, "42").output


def test_a_branch_that_is_there_already(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    made(repo, "42")
    error = refused(repo, "42")
    assert "there is a branch gitiam/revert-42 already" in error.message
    assert "--branch" in (error.hint or "")
    assert "could not make the branch" in refused_late(repo, "gitiam/revert-42/below")


def refused_late(repo: Repo, branch: str) -> str:
    before = branches(repo)
    done = revert(repo, "42", "--branch", branch)
    assert branches(repo) == before
    return str(done.exception)


@pytest.mark.parametrize("name", ["-x", "+main", "a..b", "x;y", "HEAD", "a b", "x.lock", "@{-1}"])
def test_names_that_no_branch_may_have(repo: Repo, name: str) -> None:
    repo.commit("Change (#42)", {X: NEW})
    assert "cannot be called" in refused(repo, "42", "--branch", name).message


def test_a_dry_run_shows_and_makes_nothing(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    before, objects = repo.traces(), repo.objects()
    done = revert(repo, "42", "--dry-run")
    assert done.exit_code == 0
    assert "-  - managed_policy: AdministratorAccess\n" in done.output
    assert "+  - managed_policy: IAMReadOnlyAccess\n" in done.output
    assert "Nothing was made: a dry run" in done.output
    assert (repo.traces(), repo.objects()) == (before, objects)


def test_what_it_opens_is_shown_in_words(repo: Repo) -> None:
    actions = "- actions: [s3:GetObject]\n  resources: ['arn:aws:s3:::orders/*']"
    repo.commit("Close (#42)", {X: OLD})
    repo.commit("Open (#43)", {X: request(actions, expires="2099-05-01")})
    output = revert(repo, "43").output
    assert "change  prod/role/data-pipeline  requests/x.yaml changed\n" in output
    assert "  - allow s3:GetObject\n  -   on arn:aws:s3:::orders/*\n" in output


def test_what_has_expired_meanwhile_gives_nothing(repo: Repo) -> None:
    old = OLD.replace("2099-05-01", "2098-01-15")
    repo.commit("Set up", {X: old})
    repo.commit("Remove (#42)", {X: None})
    done = revert(repo, "42")
    assert done.exit_code == 10
    assert branches(repo) == ["main"]
    assert f"{X} would give nothing: expired on 2098-01-16 00:00 UTC; edit the date" in done.output
    assert "[past-expiry]" in done.output
    assert "Nothing was made, as findings block" in done.output
    forced = revert(repo, "42", "--force")
    assert forced.exit_code == 10
    assert repo.shown("gitiam/revert-42", X) == old


def test_an_error_that_main_has_already_does_not_stop_an_undo(repo: Repo) -> None:
    repo.commit("Break", {Y: OTHER.replace("account: prod", "account: prd")})
    repo.commit("Change (#42)", {X: NEW})
    done = revert(repo, "42")
    assert done.exit_code == 10
    assert "1 of these errors is on the branch already" in done.output
    assert "findings block, and it might mislead" in done.output
    assert repo.shown("gitiam/revert-42", X) == OLD


def test_an_undo_that_breaks_the_estate_is_not_made(repo: Repo) -> None:
    repo.commit("Break", {X: OLD.replace("account: prod", "account: prd")})
    repo.commit("Mend (#42)", {X: OLD})
    done = revert(repo, "42")
    assert done.exit_code == 10
    assert "[unknown-account]" in done.output
    assert branches(repo) == ["main"]


def test_an_estate_without_any_request_is_refused(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "estate", {})
    repo.commit("First (#1)", {X: OLD})
    assert "no request at all" in refused(repo, "1").message
    assert not repo.has(made(repo, "1", "--force"), X)


def test_the_first_commit_can_be_taken_back(repo: Repo) -> None:
    root = repo.git("rev-parse", "HEAD")
    repo.commit("More", {Y: OTHER.replace("reporting", "archive")})
    assert changed(repo, made(repo, root)) == [X, Z]


def test_the_commit_says_what_why_and_whose(repo: Repo) -> None:
    commit = repo.commit("Change [skip ci] \x1b[31m (#42)", {X: NEW, "notes.txt": "x"})
    branch = made(repo, "42", "--reason", "the job\nneeds it [skip ci]")
    message = repo.git("log", "-1", "--format=%B", branch)
    assert message.startswith('Revert "Change (skip ci) \N{REPLACEMENT CHARACTER}(31m (#42)"\n')
    assert f"\n  restored {X}\n" in message
    assert "\nLeft as they are: 1 other file of that commit.\n" in message
    assert "\nReason: the job needs it (skip ci)\n" in message
    assert f"\nThis reverts commit {commit} (pull request #42).\n" in message
    assert repo.git("log", "-1", "--format=%(trailers:key=Reverts,valueonly)", branch) == commit
    assert repo.git("log", "-1", "--format=%an <%ae>", branch) == "Alice <alice@example.com>"


def test_for_machines(repo: Repo) -> None:
    # Where main has what blocks, there is no preview.
    harmless = NEW.replace("AdministratorAccess", "AWSBillingReadOnlyAccess")
    commit = repo.commit("Change (#42)", {X: harmless})
    body = json.loads(revert(repo, "42", "--format", "json").output)
    assert body["reverts"] == {
        "commit": commit,
        "subject": "Change (#42)",
        "pull_request": 42,
    }
    assert body["files"] == [{"path": X, "what": "restored", "instead_of": None}]
    assert body["findings"] == []
    assert body["base"] == {"ref": "main", "commit": commit}
    assert body["branch"] == "gitiam/revert-42"
    assert body["commit"] == repo.git("rev-parse", "gitiam/revert-42")
    assert body["preview"]["pending"][0]["principal"] == "role/data-pipeline"
    assert body["summary"]["errors"] == 0
    dry = json.loads(revert(repo, "42", "--format", "json", "--dry-run", "--branch", "b").output)
    assert dry["branch"] is None and "+  - managed_policy: IAMReadOnly" in dry["diff"]


@pytest.mark.parametrize("what", ["gitiam.yaml", "requests", "../x.yaml", "/etc/passwd", "-", ""])
def test_what_is_nothing_to_revert(repo: Repo, what: str) -> None:
    assert "is no file under requests/" in refused(repo, "--", what).message


def test_a_file_that_never_was(repo: Repo) -> None:
    assert "ever changed requests/none.yaml" in refused(repo, "requests/none.yaml").message


def test_an_instant_in_the_past_is_refused(repo: Repo) -> None:
    done = CliRunner().invoke(cli, ["-C", str(repo.root), "--at", "2020-01-01", "revert", X])
    assert "is past" in str(done.exception)
    assert "leave --requests out" in refused(repo, X, "--requests", str(repo.root)).message
