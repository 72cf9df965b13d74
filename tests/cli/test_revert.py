"""`gitiam revert` in real repositories: what it finds, restores and leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import Repo, new_repo
from tests.support.reverting import NEW, OLD, OTHER, X, Y, Z, changed, made, refused, revert


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "estate", {X: OLD, Z: OTHER})


@pytest.mark.parametrize("number", ["42", "#42"])
def test_a_merged_pull_request(repo: Repo, number: str) -> None:
    repo.merge(42, {X: NEW, Y: OLD, Z: None})
    repo.commit("Something else (#421)", {"notes.txt": "x"})
    branch = made(repo, number, "--reason", "the job needs it")
    assert branch == "gitiam/revert-42"
    assert changed(repo, branch) == [Y, X, Z]
    assert repo.shown(branch, X) == OLD
    assert repo.shown(branch, Z) == OTHER
    assert not repo.has(branch, Y)
    assert repo.has(branch, "notes.txt")


def test_a_squashed_pull_request(repo: Repo) -> None:
    repo.commit("Read more (#42)\n\n* one\n* two", {X: NEW})
    branch = made(repo, "42")
    assert changed(repo, branch) == [X]
    assert repo.shown(branch, X) == OLD


def test_a_pull_request_that_was_rebased_leaves_no_number(repo: Repo) -> None:
    commit = repo.commit("Read more", {X: NEW})
    error = refused(repo, "42")
    assert "no commit on main says that it is pull request #42" in error.message
    assert "merged by rebasing leaves no number" in (error.hint or "")
    branch = made(repo, commit[:10].upper())
    assert branch == f"gitiam/revert-{commit[:12]}"
    assert changed(repo, branch) == [X]


@pytest.mark.parametrize("message", ["See #42", "Merge pull request #42 from x/y", "(#42) x"])
def test_a_commit_that_only_mentions_the_number_is_not_taken(repo: Repo, message: str) -> None:
    repo.commit(message, {X: NEW})
    assert "no commit" in refused(repo, "42").message


def test_two_commits_with_one_number(repo: Repo) -> None:
    first = repo.commit("One (#42)", {X: NEW})
    second = repo.commit("Again (#42)", {Y: OLD})
    error = refused(repo, "42")
    assert f"#42: {second[:12]}, {first[:12]}" in error.message


def test_a_commit_inside_a_pull_request_does_not_stand_for_it(repo: Repo) -> None:
    repo.merge(7, {X: NEW}, title="Pretend (#42)")
    assert "no commit" in refused(repo, "42").message


def test_a_commit_that_is_not_on_the_branch(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "topic")
    commit = repo.commit("Elsewhere", {X: NEW})
    assert "is not on main" in refused(repo, commit).message
    assert "there is no commit" in refused(repo, "abcdef0").message


def test_the_last_change_of_a_file(repo: Repo) -> None:
    repo.commit("Earlier", {X: NEW.replace("Administrator", "AWSBillingReadOnly")})
    commit = repo.commit("Later", {X: NEW, Z: None})
    repo.commit("Other", {Y: OTHER})
    branch = made(repo, X)
    assert branch == f"gitiam/revert-x-{commit[:7]}"
    assert changed(repo, branch) == [X]
    assert "AWSBillingReadOnlyAccess" in (repo.shown(branch, X) or "")


def test_a_deleted_file_comes_back(repo: Repo) -> None:
    repo.merge(42, {Z: None})
    assert not (repo.root / Z).exists()
    branch = made(repo, Z)
    assert repo.shown(branch, Z) == OTHER


@pytest.mark.parametrize("name", [X, Y])
def test_a_renamed_file_gets_its_name_back(repo: Repo, name: str) -> None:
    """Were it only restored, both files would give the access."""
    repo.commit("Move", {X: None, Y: OLD + "# moved\n"})
    branch = made(repo, name)
    assert changed(repo, branch) == [Y, X]
    assert repo.shown(branch, X) == OLD


def test_a_renamed_file_that_was_edited_since(repo: Repo) -> None:
    repo.commit("Move", {X: None, Y: OLD})
    repo.commit("Edit", {Y: OLD.replace("orders table", "orders")})
    branch = made(repo, X)
    assert changed(repo, branch) == [Y, X]
    assert repo.shown(branch, X) == OLD.replace("orders table", "orders")


SHARED = """\
kind: policy
account: prod
policy: logging
reason: Every pipeline writes its logs in the same place
grants:
  - actions: [logs:PutLogEvents]
    resources: ["arn:aws:logs:us-east-1:111122223333:log-group:/pipelines/*"]
"""


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (OLD, OLD.replace("data-pipeline", "archive")),
        (OLD, OLD.replace("account: prod", "account: dev")),
        (SHARED, SHARED.replace("policy: logging", "policy: metrics")),
    ],
    ids=["principal", "account", "policy"],
)
def test_a_file_that_looks_alike_is_not_the_same_renamed(repo: Repo, text: str, other: str) -> None:
    """Git takes the two for one; they are about different principals."""
    repo.commit("Set up", {X: text})
    repo.commit("Leave and join", {X: None, Y: other})
    assert repo.git("diff", "-M", "--name-status", "HEAD^", "HEAD").startswith("R")
    branch = made(repo, X)
    assert changed(repo, branch) == [X]
    assert f"left      {Y}" in revert(repo, X, "--dry-run", "--branch", "b").output


def test_a_file_that_was_moved_after_the_change(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.commit("Move", {X: None, Y: NEW})
    branch = made(repo, "42")
    assert changed(repo, branch) == [Y]
    assert repo.shown(branch, Y) == OLD


def test_the_change_of_one_principal_is_not_reverted_in_anothers_file(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.commit("Leave and join", {X: None, Y: NEW.replace("data-pipeline", "archive")})
    assert f"{X}: it has been deleted since" in refused(repo, "42").message


def test_later_edits_are_kept(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.commit("Explain", {X: "# why\n" + NEW})
    branch = made(repo, "42")
    assert repo.shown(branch, X) == "# why\n" + OLD
    assert (
        "  merged  requests/x.yaml  it has been changed since, and keeps that"
        in revert(repo, "42", "--branch", "b").output
    )


def test_a_conflict_is_told_file_by_file(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW, Y: NEW, Z: None})
    repo.commit("Again", {X: NEW.replace("Administrator", "AWSBillingReadOnly"), Y: NEW + "# x\n"})
    repo.commit("Anew", {Z: OTHER + "# anew\n"})
    error = refused(repo, "42")
    assert f"  {X}: the same lines have been changed since" in error.message
    assert f"  {Y}: it was added by that commit, and has been changed since" in error.message
    assert f"  {Z}: it has been made anew since, and differs" in error.message


def test_what_is_undone_already(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.commit("Back", {X: OLD})
    assert "main has undone it already" in refused(repo, "42").message


def test_only_requests_are_taken_back_unless_all_is_asked_for(repo: Repo) -> None:
    config = (repo.root / "gitiam.yaml").read_text()
    more = {"gitiam.yaml": config + "# x\n", ".github/workflows/a.yml": "x\n", X: NEW}
    repo.commit("Much (#42)", {**more})
    done = revert(repo, "42", "--dry-run")
    assert "left      .github/workflows/a.yml  not taken back" in done.output
    assert changed(repo, made(repo, "42")) == [X]
    whole = made(repo, "42", "--all", "--branch", "whole")
    assert changed(repo, whole) == [".github/workflows/a.yml", "gitiam.yaml", X]
    repo.commit("Tool (#43)", {"notes.txt": "x"})
    assert "changed nothing in requests/; --all" in refused(repo, "43").message


def test_an_estate_below_the_repositorys_root(tmp_path: Path) -> None:
    top = new_repo(tmp_path / "top", {"iam/requests/x.yaml": OLD, "requests/x.yaml": OLD})
    config = (top.root / "gitiam.yaml").read_text()
    top.commit("Set up", {"iam/gitiam.yaml": config})
    top.commit("Change (#42)", {"iam/requests/x.yaml": NEW, "requests/x.yaml": NEW})
    branch = made(Repo(top.root / "iam"), "42")
    assert changed(top, branch) == ["iam/requests/x.yaml"]
    other = made(Repo(top.root / "iam"), X, "--branch", "other")
    assert changed(top, other) == ["iam/requests/x.yaml"]


def test_a_dirty_working_tree_and_a_detached_head_stay_as_they_are(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.git("checkout", "--quiet", "--detach", "HEAD^")
    repo.write({X: "staged", "requests/untracked.yaml": "x"})
    repo.git("add", X)
    repo.write({X: "dirty", Z: "dirty"})
    before = repo.traces()
    branch = made(repo, "42")
    after = repo.traces()
    new = {f".git/refs/heads/{branch}", f".git/logs/refs/heads/{branch}"}
    assert {name: data for name, data in after.items() if name not in new} == before
    assert after.keys() - before.keys() == new
    assert repo.shown(branch, X) == OLD


def test_the_base_is_the_remotes_default_branch(repo: Repo, tmp_path: Path) -> None:
    repo.git("branch", "--move", "trunk")
    repo.commit("Change (#42)", {X: NEW})
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "--quiet", str(repo.root), str(clone.root))
    for key in ("user.name", "user.email"):
        clone.git("config", key, "x")
    clone.git("checkout", "--quiet", "-b", "main", "HEAD^")
    done = revert(clone, "42")
    assert "on origin/trunk (" in done.output
    assert clone.git("rev-parse", "gitiam/revert-42^") == repo.git("rev-parse", "trunk")
    assert "no commit on main says" in refused(clone, "42", "--base", "main").message


def test_no_main_branch_is_found(repo: Repo) -> None:
    repo.git("branch", "--move", "trunk")
    assert "--base" in (refused(repo, X).hint or "")
    for name in ("--output=x", "-x", "nowhere"):
        assert "there is no commit" in refused(repo, X, "--base", name).message
