"""What is known of a pull request, from what GitHub tells."""

from __future__ import annotations

import pytest

from gitiam.approvals.facts import Permission, PullRequest, ReviewState
from gitiam.review.github.asking import GitHubError
from gitiam.review.github.people import people_of
from gitiam.review.github.pulls import Pull, read_pull
from tests.review.github.conftest import Spoken
from tests.support.github.server import GitHub
from tests.support.github.state import Repository

TEXT = "account: prod\n"


@pytest.fixture
def number(github: GitHub, estate: Repository) -> int:
    """Alice's pull request with one file."""
    github.world.commit(estate, "topic", {"requests/a.yaml": TEXT}, by="alice")
    alice = github.as_user("alice").get_repo(estate.full_name)
    return alice.create_pull(base="main", head="topic", title="T", body="B").number


def seen(hub: Spoken, number: int) -> Pull:
    return read_pull(hub(pull_requests="read", contents="read"), number)


def test_the_facts(github: GitHub, estate: Repository, hub: Spoken, number: int) -> None:
    head = github.world.commit(
        estate,
        "topic",
        {"requests/a.yaml": TEXT * 2, "gitiam.yaml": "x"},
        by="bob",
        message="More\n\nCo-authored-by: Carol <1+carol@users.noreply.github.com>\n"
        "Co-Authored-By: X <x@example.org>",
    )
    carol = github.as_user("carol").get_repo(estate.full_name).get_pull(number)
    carol.create_review(event="COMMENT", body="Hm.")
    found = seen(hub, number)
    facts = found.facts
    assert (facts.author, facts.head, facts.last_pusher) == ("alice", head, "bob")
    assert [commit.authors for commit in facts.commits] == [("alice",), ("bob", "carol")]
    assert [commit.unresolved for commit in facts.commits] == [(), ("x@example.org",)]
    assert facts.pushers == ("bob", "alice")
    assert [(one.person, one.state, one.commit) for one in facts.reviews] == [
        ("carol", ReviewState.COMMENTED, head)
    ]
    assert found.paths == ("gitiam.yaml", "requests/a.yaml")
    assert facts.unread == ()
    assert (found.is_open, found.merge_commit, found.head_ref) == (True, None, "topic")


def test_what_a_bot_opened_is_of_who_wrote_it(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    github.world.commit(estate, "gitiam/request-1", {"requests/a.yaml": TEXT}, by="alice")
    ours = hub(pull_requests="write", contents="read")
    made = ours.repository.create_pull(base="main", head="gitiam/request-1", title="T", body="B")
    assert made.user.login == "github-actions[bot]"
    assert read_pull(ours, made.number).facts.author == "alice"


def test_where_there_is_an_app_nobody_hides_behind_a_workflow(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    github.world.commit(estate, "topic", {"requests/b.yaml": TEXT}, by="github-actions[bot]")
    assert seen(hub, number).facts.unread == ()
    ours = hub(login="gitiam[bot]", pull_requests="read", contents="read")
    (why,) = read_pull(ours, number).facts.unread
    assert "github-actions[bot]" in why


def test_without_the_right_to_see_pushes_nobody_pushed_last(hub: Spoken, number: int) -> None:
    facts = read_pull(hub(pull_requests="read"), number).facts
    assert facts.last_pusher is None


def test_there_is_no_such_pull_request(hub: Spoken, estate: Repository) -> None:
    with pytest.raises(GitHubError, match="pulls/77"):
        seen(hub, 77)


def test_people(github: GitHub, estate: Repository, hub: Spoken, number: int) -> None:
    github.world.team("example", "security", ["bob"])
    for login in ("bob", "carol"):
        pull = github.as_user(login).get_repo(estate.full_name).get_pull(number)
        pull.create_review(event="APPROVE")
    facts = seen(hub, number).facts
    teams = frozenset({"example/security"})
    unseen = people_of(hub(pull_requests="read"), facts, teams)
    assert {one.login: (one.permission, one.teams) for one in unseen} == {
        "alice": (Permission.WRITE, None),
        "bob": (Permission.WRITE, None),
        "carol": (Permission.READ, None),
    }
    token = github.world.app_token(estate, {"members": "read"})
    found = people_of(hub(teams_token=token, pull_requests="read"), facts, teams)
    assert {one.login: one.teams for one in found} == {
        "alice": frozenset(),
        "bob": teams,
        "carol": frozenset(),
    }
    missing = people_of(hub(teams_token=token), facts, teams | frozenset({"example/nobody-knows"}))
    assert {one.teams for one in missing} == {None}


def test_a_stranger_has_no_permission_that_is_known(hub: Spoken, estate: Repository) -> None:
    facts = PullRequest("who-is-this", "0" * 40, None, ())
    (one,) = people_of(hub(pull_requests="read"), facts, frozenset())
    assert one.permission is Permission.UNKNOWN
