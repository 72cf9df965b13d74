"""Pull requests from forks: what GitHub says of them, and what their workflows may do."""

from __future__ import annotations

import pytest
from github import GithubException
from github.PullRequest import PullRequest

from tests.support.github.server import GitHub
from tests.support.github.state import Repository


@pytest.fixture
def fork(github: GitHub, estate: Repository) -> Repository:
    """Carol's fork, with a branch that changes a line."""
    github.as_user("carol").get_repo("acme/estate").create_fork()
    made = github.world.repositories["carol/estate"]
    github.world.commit(made, "topic", {"a.txt": "one\nzwei\n"}, by="carol")
    return made


def opened(github: GitHub) -> PullRequest:
    repo = github.as_user("carol").get_repo("acme/estate")
    return repo.create_pull(base="main", head="carol:topic", title="T")


def test_the_base_publishes_head_and_merge(
    github: GitHub, estate: Repository, fork: Repository
) -> None:
    pull = opened(github)
    assert (pull.head.repo.full_name, pull.head.label) == ("carol/estate", "carol:topic")
    assert pull.head.repo.fork
    pushed = github.world.commit(fork, "topic", {"a.txt": "one\ndrei\n"}, by="carol")
    refs = estate.git.refs("refs/pull/")
    assert refs["refs/pull/1/head"] == pushed
    merge = estate.git.commit(refs["refs/pull/1/merge"])
    assert merge.parents == (estate.git.refs()["refs/heads/main"], pushed)
    assert estate.git.text("show", f"{merge.sha}:a.txt") == "one\ndrei"
    seen = github.as_user("bob").get_repo("acme/estate").get_pull(1)
    assert (seen.head.sha, seen.merge_commit_sha) == (pushed, merge.sha)
    assert "refs/heads/topic" not in estate.git.refs()


def test_a_conflict_leaves_the_last_merge(
    github: GitHub, estate: Repository, fork: Repository
) -> None:
    opened(github)
    merge = estate.git.refs()["refs/pull/1/merge"]
    github.world.commit(estate, "main", {"a.txt": "one\nelse\n"})
    assert github.as_user("bob").get_repo("acme/estate").get_pull(1).mergeable_state == "dirty"
    assert estate.git.refs()["refs/pull/1/merge"] == merge


def test_it_is_found_by_its_label_and_is_there_once(github: GitHub, fork: Repository) -> None:
    pull = opened(github)
    repo = github.as_user("bob").get_repo("acme/estate")
    assert [one.number for one in repo.get_pulls(head="carol:topic")] == [pull.number]
    assert [one.number for one in repo.get_pulls(head="acme:topic")] == []
    with pytest.raises(GithubException, match="already exists for carol:topic"):
        opened(github)
    with pytest.raises(GithubException) as refused:
        repo.create_pull(base="main", head="dave:topic", title="T")
    assert refused.value.status == 422


def test_a_fork_can_be_gone(github: GitHub, estate: Repository, fork: Repository) -> None:
    head = opened(github).head.sha
    github.world.delete(fork)
    pull = github.as_user("bob").get_repo("acme/estate").get_pull(1)
    assert pull.raw_data["head"]["repo"] is None
    assert (pull.head.sha, pull.head.label) == (head, "carol:topic")
    assert pull.merge().merged
    merged = estate.git.commit(estate.git.refs()["refs/heads/main"])
    assert merged.parents[1] == head


def test_its_workflows_only_read(github: GitHub, estate: Repository, fork: Repository) -> None:
    opened(github)
    asked = {"issues": "write", "contents": "read", "id-token": "write"}
    token = github.world.workflow_token(estate, asked, estate.issues[1].pull)
    assert github.world.tokens[token].permissions == {"issues": "read", "contents": "read"}
    with pytest.raises(GithubException, match="not accessible by integration"):
        github.client(token).get_repo("acme/estate").get_issue(1).create_comment("no")
