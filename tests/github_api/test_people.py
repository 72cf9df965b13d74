"""People who are gone or suspended, bots, and what everybody leaves behind."""

from __future__ import annotations

import pytest
from github import GithubException
from github.NamedUser import NamedUser

from tests.support.github.server import GitHub
from tests.support.github.state import Repository


def test_the_words_of_the_deleted_stay_without_an_author(
    github: GitHub, estate: Repository
) -> None:
    github.world.commit(estate, "topic", {"a.txt": "2\n"}, by="alice")
    repo = github.as_user("alice").get_repo("acme/estate")
    pull = repo.create_pull(base="main", head="topic", title="T")
    by_bob = github.as_user("bob").get_repo("acme/estate").get_pull(1)
    by_bob.create_review(event="APPROVE")
    by_bob.create_issue_comment("Fine")
    github.world.user("bob").gone = True
    assert [review.raw_data["user"] for review in pull.get_reviews()] == [None]
    assert [comment.raw_data["user"] for comment in pull.get_issue_comments()] == [None]
    for login, word in (("bob", "bob is not a user"), ("nobody", "nobody is not a user")):
        with pytest.raises(GithubException, match=word) as refused:
            repo.get_collaborator_permission(login)
        assert refused.value.status == 404
    with pytest.raises(GithubException, match="Bad credentials"):
        by_bob.update()


def test_the_suspended_may_nothing(github: GitHub, estate: Repository) -> None:
    repo = github.as_user("bob").get_repo("acme/estate")
    github.world.user("bob").suspended = True
    with pytest.raises(GithubException, match="suspended") as refused:
        repo.create_issue("Drift")
    assert refused.value.status == 403
    alice = github.as_user("alice").get_repo("acme/estate")
    assert alice.get_collaborator_permission("bob") == "none"


def test_a_bot_reviews_and_has_no_role(github: GitHub, estate: Repository) -> None:
    github.world.commit(estate, "topic", {"a.txt": "2\n"}, by="alice")
    repo = github.as_user("alice").get_repo("acme/estate")
    pull = repo.create_pull(base="main", head="topic", title="T")
    workflow = github.as_workflow(estate, {"pull-requests": "write"}).get_repo("acme/estate")
    workflow.get_pull(1).create_review(event="APPROVE")
    (review,) = pull.get_reviews()
    assert (review.user.type, review.state) == ("Bot", "APPROVED")
    assert repo.get_collaborator_permission(review.user.login) == "none"


def test_a_reaction_is_given_once(github: GitHub, estate: Repository) -> None:
    issue = github.as_user("alice").get_repo("acme/estate").create_issue("Drift")
    comment = issue.create_comment("/gitiam plan")
    workflow = github.as_workflow(estate, {"issues": "write"}).get_repo("acme/estate")
    seen = workflow.get_issue(1).get_comment(comment.id)
    assert seen.create_reaction("eyes").id == seen.create_reaction("eyes").id
    assert [one.content for one in comment.get_reactions()] == ["eyes"]
    issue.create_reaction("+1")
    assert [(one.content, one.user.login) for one in issue.get_reactions()] == [("+1", "alice")]


def test_what_somebody_is_to_the_repository(github: GitHub, estate: Repository) -> None:
    estate.private = False
    github.world.org("acme", ["olga"])
    issue = github.as_user("alice").get_repo("acme/estate").create_issue("Drift")
    for login in ("olga", "carol", "dave"):
        github.as_user(login).get_repo("acme/estate").get_issue(1).create_comment("x")
    said = [comment.raw_data["author_association"] for comment in issue.get_comments()]
    assert said == ["MEMBER", "COLLABORATOR", "NONE"]


def test_an_issue_is_opened_again(github: GitHub, estate: Repository) -> None:
    issue = github.as_user("alice").get_repo("acme/estate").create_issue("Drift", labels=["gitiam"])
    issue.edit(state="closed", state_reason="not_planned")
    assert (issue.state, issue.state_reason) == ("closed", "not_planned")
    assert issue.closed_by is not None
    assert issue.closed_by.login == "alice"
    issue.edit(state="open")
    assert (issue.state, issue.state_reason) == ("open", "reopened")
    repo = github.as_user("bob").get_repo("acme/estate")
    alice = github.as_user("bob").get_user("alice")
    assert isinstance(alice, NamedUser)
    assert [one.number for one in repo.get_issues(labels=["gitiam"], creator=alice)] == [1]
    assert list(repo.get_issues(labels=["other"])) == list(repo.get_issues(state="closed")) == []
