"""A pull request that is made of files."""

from __future__ import annotations

import pytest

from gitiam.errors import GitiamError
from gitiam.review.github.proposing import Author, Proposal, propose
from tests.review.github.conftest import Spoken
from tests.support.github.server import GitHub
from tests.support.github.state import Repository

PATH = "requests/prod/alice-logs-12.yaml"


def proposal(text: str | None = "account: prod\n", **more: object) -> Proposal:
    return Proposal("gitiam/request-12", {PATH: text}, "Logs for alice", "Closes #12.", **more)  # type: ignore[arg-type]


def test_it_is_opened_and_then_updated(github: GitHub, estate: Repository, hub: Spoken) -> None:
    ours = hub(contents="write", pull_requests="write")
    author = Author("alice", github.world.user("alice").id)
    first = propose(ours, proposal(author=author))
    again = propose(ours, proposal(author=author))
    other = propose(ours, proposal("account: dev\n", author=author))
    assert [one.did for one in (first, again, other)] == ["opened", "unchanged", "updated"]
    assert {one.number for one in (first, again, other)} == {first.number}
    pull = github.as_user("bob").get_repo(estate.full_name).get_pull(first.number)
    (commit,) = pull.get_commits()
    assert commit.sha == other.head == pull.head.sha
    assert commit.author.login == "alice"
    assert [(one.filename, one.status) for one in pull.get_files()] == [(PATH, "added")]


def test_a_branch_without_its_pull_request_gets_it(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    ours = hub(contents="write", pull_requests="write")
    first = propose(ours, proposal())
    github.as_user("alice").get_repo(estate.full_name).get_pull(first.number).edit(state="closed")
    second = propose(ours, proposal())
    assert second.did == "opened"
    assert second.number != first.number


def test_what_changes_nothing_is_no_proposal(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    github.world.commit(estate, "main", {PATH: "account: prod\n"})
    with pytest.raises(GitiamError, match="would change nothing"):
        propose(hub(contents="write", pull_requests="write"), proposal())


def test_a_file_is_taken_away(github: GitHub, estate: Repository, hub: Spoken) -> None:
    github.world.commit(estate, "main", {PATH: "account: prod\n"})
    made = propose(hub(contents="write", pull_requests="write"), proposal(None))
    pull = github.as_user("bob").get_repo(estate.full_name).get_pull(made.number)
    assert [(one.filename, one.status) for one in pull.get_files()] == [(PATH, "removed")]


@pytest.mark.parametrize(
    "path",
    [
        "gitiam.yaml",
        ".github/workflows/apply.yml",
        "requests/../gitiam.yaml",
        "requests//x.yaml",
        "requests/.git/x",
        "requests/a\nb.yaml",
        "/requests/x.yaml",
    ],
)
def test_no_other_file_is_ever_written(estate: Repository, hub: Spoken, path: str) -> None:
    with pytest.raises(ValueError, match="no paths of request files"):
        propose(hub(contents="write"), Proposal("gitiam/request-1", {path: "x"}, "T", "B"))


@pytest.mark.parametrize("branch", ["main", "gitiam/../main", "gitiam/", "-f", "gitiam/A"])
def test_no_other_branch_is_ever_written(estate: Repository, hub: Spoken, branch: str) -> None:
    with pytest.raises(ValueError, match="no name of a branch"):
        propose(hub(contents="write"), Proposal(branch, {PATH: "x"}, "T", "B"))
