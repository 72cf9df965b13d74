"""A protected branch takes a pull request when its rules are kept, and says why not."""

from __future__ import annotations

import pytest
from github import GithubException
from github.PullRequest import PullRequest

from tests.support.github.server import GitHub
from tests.support.github.state import Protection, Repository


@pytest.fixture
def pull(github: GitHub, estate: Repository) -> PullRequest:
    """Alice's pull request; the branch wants a check and an approval."""
    estate.collaborators["erin"] = "admin"
    estate.protections["main"] = Protection(contexts=("gate",), approvals=1)
    github.world.commit(estate, "topic", {"a.txt": "2\n"}, by="alice")
    repo = github.as_user("alice").get_repo("acme/estate")
    return repo.create_pull(base="main", head="topic", title="T")


def as_seen_by(github: GitHub, login: str) -> PullRequest:
    return github.as_user(login).get_repo("acme/estate").get_pull(1)


def refused(pull: PullRequest) -> str:
    with pytest.raises(GithubException) as caught:
        pull.merge()
    assert caught.value.status == 405
    return str(caught.value.data["message"])


def test_it_waits_for_the_check_and_the_approval(github: GitHub, pull: PullRequest) -> None:
    assert pull.mergeable_state == "blocked"
    assert refused(pull) == 'Required status check "gate" is expected.'
    commit = github.as_user("bob").get_repo("acme/estate").get_commit(pull.head.sha)
    commit.create_status("failure", context="gate")
    assert refused(pull) == 'Required status check "gate" is failing.'
    commit.create_status("success", context="gate")
    wanted = "At least 1 approving review is required by reviewers with write access."
    as_seen_by(github, "carol").create_review(event="APPROVE")  # she may only read
    assert refused(pull) == wanted
    review = as_seen_by(github, "bob").create_review(event="APPROVE")
    assert as_seen_by(github, "bob").mergeable_state == "clean"
    review.dismiss("Not now")
    assert refused(pull) == wanted
    as_seen_by(github, "bob").create_review(event="APPROVE")
    assert pull.merge().merged


def test_admins_are_held_or_not(github: GitHub, estate: Repository, pull: PullRequest) -> None:
    by_admin = as_seen_by(github, "erin")
    refused(by_admin)
    estate.protections["main"] = Protection(contexts=("gate",), admins=False)
    refused(pull)
    assert by_admin.merge().merged


@pytest.mark.parametrize(
    ("rule", "pushes", "state"),
    [
        (Protection(strict=True), True, "behind"),
        (Protection(strict=True), False, "clean"),
        (Protection(), True, "clean"),
    ],
)
def test_a_branch_may_want_to_be_up_to_date(
    github: GitHub,
    estate: Repository,
    pull: PullRequest,
    rule: Protection,
    pushes: bool,
    state: str,
) -> None:
    estate.protections["main"] = rule
    if pushes:
        github.world.commit(estate, "main", {"d/c.txt": "1\n"})
    assert as_seen_by(github, "bob").mergeable_state == state


def test_only_admins_see_the_rules(github: GitHub, estate: Repository, pull: PullRequest) -> None:
    branch = github.as_user("erin").get_repo("acme/estate").get_branch("main")
    assert branch.protected
    found = branch.get_protection()
    assert found.required_status_checks.contexts == ["gate"]
    assert found.required_pull_request_reviews.required_approving_review_count == 1
    for login, status in (("bob", 403), ("erin", 404)):
        estate.protections.pop("main", None) if login == "erin" else None
        with pytest.raises(GithubException) as caught:
            github.as_user(login).get_repo("acme/estate").get_branch("main").get_protection()
        assert caught.value.status == status


def test_nothing_is_pushed_past_the_rules(
    github: GitHub, estate: Repository, pull: PullRequest
) -> None:
    main = estate.git.refs()["refs/heads/main"]
    workflow = github.as_workflow(estate, {"contents": "write"}).get_repo("acme/estate")
    wanted = "Changes must be made through a pull request"
    with pytest.raises(GithubException, match=wanted) as caught:
        workflow.create_file("b.txt", "Add", "b", branch="main")
    assert caught.value.status == 409
    with pytest.raises(GithubException, match=wanted) as caught:
        workflow.get_git_ref("heads/main").edit(pull.head.sha)
    assert caught.value.status == 422
    assert estate.git.refs()["refs/heads/main"] == main
    workflow.create_file("b.txt", "Add", "b", branch="topic")
