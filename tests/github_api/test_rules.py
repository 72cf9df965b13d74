"""GitHub's own rules, one by one, as PyGithub meets them."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from github import GithubException, InputGitTreeElement
from github.PullRequest import PullRequest
from github.Repository import Repository as Client

from tests.support.github.server import GitHub
from tests.support.github.state import Repository


def seen_by(github: GitHub, login: str) -> Client:
    return github.as_user(login).get_repo("acme/estate")


def opened(github: GitHub, estate: Repository) -> PullRequest:
    """Alice's pull request, which changes a line."""
    github.world.commit(estate, "topic", {"a.txt": "one\nzwei\n"}, by="alice")
    return seen_by(github, "alice").create_pull(base="main", head="topic", title="T", body="B")


def test_nobody_approves_an_own_pull_request(github: GitHub, estate: Repository) -> None:
    pull = opened(github, estate)
    with pytest.raises(GithubException, match="Can not approve your own") as refused:
        pull.create_review(event="APPROVE")
    assert refused.value.status == 422
    bob = seen_by(github, "bob").get_pull(1)
    assert bob.create_review(event="APPROVE").state == "APPROVED"


def test_a_review_stays_with_its_commit(github: GitHub, estate: Repository) -> None:
    pull = opened(github, estate)
    looked_at = pull.head.sha
    seen_by(github, "bob").get_pull(1).create_review(event="APPROVE")
    pushed = github.world.commit(estate, "topic", {"a.txt": "one\ndrei\n"})
    again = seen_by(github, "bob").get_pull(1)
    assert again.head.sha == pushed != looked_at
    assert [review.commit_id for review in again.get_reviews()] == [looked_at]


def test_a_pull_request_follows_what_git_pushes(github: GitHub, estate: Repository) -> None:
    opened(github, estate)
    git = estate.git
    tip = git.commit(git.refs()["refs/heads/topic"])
    sha = git.new_commit(tip.tree, [tip.sha], "By git", tip.author, tip.committer)
    git.set_ref("refs/heads/topic", sha)
    assert seen_by(github, "carol").get_pull(1).head.sha == sha
    assert git.refs()["refs/pull/1/head"] == sha
    activity = f"/repos/{estate.full_name}/activity?ref=topic"
    last = github.as_user("carol").requester.requestJsonAndCheck("GET", activity)[1][0]
    assert (last["after"], last["actor"]["login"]) == (sha, "alice")


@pytest.mark.parametrize(("length", "fits"), [(65_536, True), (65_537, False)])
def test_a_comment_has_a_longest(
    github: GitHub, estate: Repository, length: int, fits: bool
) -> None:
    issue = seen_by(github, "carol").create_issue("Drift")
    if fits:
        assert len(issue.create_comment("x" * length).body) == length
        return
    with pytest.raises(GithubException, match="too long") as refused:
        issue.create_comment("x" * length)
    assert refused.value.status == 422
    assert estate.comments == {}


def test_lists_come_in_pages(github: GitHub, estate: Repository) -> None:
    issue = seen_by(github, "alice").create_issue("Drift")
    for number in range(31):
        issue.create_comment(str(number))
    github.log.clear()
    assert [c.body for c in issue.get_comments()] == [str(number) for number in range(31)]
    assert len(github.log.reads) == 1  # a hundred a page are asked for
    few = github.as_user("alice")
    few.per_page = 10
    assert len(list(few.get_repo("acme/estate").get_issue(1).get_comments())) == 31
    assert len(github.log.of("issues/list-comments")) == 1 + 4


def test_curl_gets_thirty_and_where_the_next_are(github: GitHub, estate: Repository) -> None:
    issue = seen_by(github, "alice").create_issue("Drift")
    for number in range(31):
        issue.create_comment(str(number))
    token = github.world.token("alice")
    url = f"{github.url}/repos/acme/estate/issues/1/comments"
    done = subprocess.run(
        ["curl", "--silent", "--include", "--header", f"Authorization: Bearer {token}", url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count('"issue_url"') == 30
    assert f'Link: <{url}?page=2>; rel="next", <{url}?page=2>; rel="last"' in done.stdout


def test_a_stale_merge_is_refused(github: GitHub, estate: Repository) -> None:
    pull = opened(github, estate)
    github.world.commit(estate, "topic", {"a.txt": "one\ndrei\n"})
    with pytest.raises(GithubException) as refused:
        pull.merge(sha=pull.head.sha)
    assert refused.value.status == 409
    pull = seen_by(github, "bob").get_pull(1)
    assert pull.merge(sha=pull.head.sha).merged
    assert estate.git.text("show", "main:a.txt") == "one\ndrei"
    assert seen_by(github, "bob").get_pull(1).merged_by.login == "bob"


def test_what_conflicts_is_not_merged(github: GitHub, estate: Repository) -> None:
    pull = opened(github, estate)
    github.world.commit(estate, "main", {"a.txt": "one\n2\n"})
    assert seen_by(github, "bob").get_pull(1).mergeable is False
    with pytest.raises(GithubException) as refused:
        pull.merge()
    assert refused.value.status == 405


def test_a_comment_is_at_a_line_of_the_diff(github: GitHub, estate: Repository) -> None:
    opened(github, estate)
    repo = seen_by(github, "bob")
    pull, commit = repo.get_pull(1), repo.get_commit("topic")
    with pytest.raises(GithubException, match="must be part of the diff"):
        pull.create_review_comment("?", commit, "a.txt", line=40)
    made = pull.create_review_comment("Why?", commit, "a.txt", line=2)
    pull.create_review_comment_reply(made.id, "Because.")
    github.world.commit(estate, "topic", {"a.txt": "one\ndrei\n"})
    found = list(repo.get_pull(1).get_review_comments())
    assert [one.body for one in found] == ["Why?", "Because."]
    assert [one.line for one in found] == [None, None]  # outdated
    assert found[1].in_reply_to_id == made.id


def test_a_robot_writes_a_commit(github: GitHub, estate: Repository) -> None:
    robot = github.as_workflow(estate, {"contents": "write"}).get_repo("acme/estate")
    main = robot.get_git_ref("heads/main")
    base = robot.get_git_commit(main.object.sha)
    element = InputGitTreeElement("d/c.txt", "100644", "blob", content="new\n")
    tree = robot.create_git_tree([element], base.tree)
    commit = robot.create_git_commit("By a robot", tree, [base])
    robot.create_git_ref("refs/heads/robot/new", commit.sha)
    assert estate.git.text("show", "robot/new:d/c.txt") == "new"
    assert estate.git.text("show", "robot/new:a.txt") == "one\ntwo"
    with pytest.raises(GithubException, match="not a fast forward"):
        robot.get_git_ref("heads/robot/new").edit(base.sha)
    robot.get_git_ref("heads/robot/new").delete()
    assert "refs/heads/robot/new" not in estate.git.refs()


def test_a_file_that_changed_meanwhile_is_kept(github: GitHub, estate: Repository) -> None:
    repo = seen_by(github, "alice")
    read = repo.get_contents("a.txt")
    assert not isinstance(read, list)
    repo.update_file("a.txt", "First", "1\n", read.sha)
    with pytest.raises(GithubException) as refused:
        repo.update_file("a.txt", "Second", "2\n", read.sha)
    assert refused.value.status == 409
    assert estate.git.text("show", "main:a.txt") == "1"


def test_checks_keep_their_annotations(github: GitHub, estate: Repository) -> None:
    robot = github.as_workflow(estate, {"checks": "write"}).get_repo("acme/estate")
    one = {"path": "a.txt", "start_line": 1, "end_line": 1, "annotation_level": "warning"}
    output: dict[str, Any] = {
        "title": "T",
        "summary": "S",
        "annotations": [one | {"message": "m"}] * 50,
    }
    sha = estate.git.refs()["refs/heads/main"]
    run = robot.create_check_run("gitiam", sha, conclusion="failure", output=output)
    run.edit(output=output)
    assert len(list(run.get_annotations())) == 100
    with github.expecting_violations() as wrong, pytest.raises(GithubException):
        run.edit(output=output | {"annotations": [one | {"message": "m"}] * 51})
    assert "is too long" in wrong[0]
    with pytest.raises(GithubException, match="authenticate via a GitHub App"):
        seen_by(github, "alice").create_check_run("gitiam", sha)


THREADS = "query($owner: String!, $name: String!, $number: Int!) { reviewThreads { nodes { id } } }"
RESOLVE = "mutation($threadId: ID!) { resolveReviewThread(input: {threadId: $threadId}) { x } }"


def test_a_thread_is_resolved(github: GitHub, estate: Repository) -> None:
    opened(github, estate)
    repo = seen_by(github, "bob")
    repo.get_pull(1).create_review_comment("Why?", repo.get_commit("topic"), "a.txt", line=2)
    alice = github.as_user("alice").requester

    def threads() -> list[dict[str, Any]]:
        variables = {"owner": "acme", "name": "estate", "number": 1}
        data = alice.graphql_query(THREADS, variables)[1]["data"]
        return data["repository"]["pullRequest"]["reviewThreads"]["nodes"]

    (thread,) = threads()
    assert thread["isResolved"] is False
    alice.graphql_query(RESOLVE, {"threadId": thread["id"]})
    assert [one["isResolved"] for one in threads()] == [True]
