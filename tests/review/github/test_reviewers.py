"""Whom a review is asked of, and whom not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.approvals.facts import Permission, Person
from gitiam.review.github.asking import GitHubError
from gitiam.review.github.pulls import Pull, read_pull
from gitiam.review.github.reviewers import ask_reviewers
from tests.review.github.conftest import Spoken
from tests.support.github.server import GitHub
from tests.support.github.state import Repository

RIGHTS = {"pull_requests": "write", "contents": "read"}
SECURITY = "example/security"


@pytest.fixture
def number(github: GitHub, estate: Repository) -> int:
    """Alice's pull request; there is a team, and erin may write."""
    github.world.team("example", "security", ["bob"])
    estate.collaborators["erin"] = "write"
    github.world.user("erin")
    github.world.commit(estate, "topic", {"requests/a.yaml": "x\n"}, by="alice")
    alice = github.as_user("alice").get_repo(estate.full_name)
    return alice.create_pull(base="main", head="topic", title="T", body="B").number


def read(hub: Spoken, number: int) -> Pull:
    return read_pull(hub(**RIGHTS), number)


def asked(estate: Repository, number: int) -> list[str]:
    pull = estate.issues[number].pull
    assert pull is not None
    return [*(one.login for one in pull.reviewers), *(f"@{one.slug}" for one in pull.teams)]


def test_those_who_are_named_are_asked_in_one_write_and_once(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    pull = read(hub, number)
    github.log.clear()
    done = ask_reviewers(hub(**RIGHTS), pull, {SECURITY, "elsewhere/ops"}, {"bob", "erin"})
    assert (done.asked, done.elsewhere) == (("bob", "erin", f"@{SECURITY}"), ("@elsewhere/ops",))
    assert asked(estate, number) == ["bob", "erin", "@security"]
    assert (len(github.log.reads), len(github.log.writes)) == (0, 1)
    again = read(hub, number)
    github.log.clear()
    assert ask_reviewers(hub(**RIGHTS), again, {SECURITY}, {"Bob", "erin"}).asked == ()
    assert github.log.entries == []


def test_nobody_is_asked_whose_approval_would_not_count(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    github.world.commit(estate, "topic", {"requests/a.yaml": "y\n"}, by="bob")
    pull = read(hub, number)
    known = replace(pull.facts, people=(Person("carol", Permission.READ),))
    people = {"alice", "bob", "carol", "gitiam[bot]"}
    assert ask_reviewers(hub(**RIGHTS), replace(pull, facts=known), set(), people).asked == ()
    assert asked(estate, number) == []


def test_who_has_reviewed_is_asked_again_after_a_push_and_not_before(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    ours = hub(**RIGHTS)
    ask_reviewers(ours, read(hub, number), {SECURITY}, {"bob"})
    bob = github.as_user("bob").get_repo(estate.full_name).get_pull(number)
    bob.create_review(event="COMMENT", body="Hm.")
    estate.issues[number].pull.teams.clear()  # type: ignore[union-attr]  # bob was of the team
    assert ask_reviewers(ours, read(hub, number), {SECURITY}, {"bob"}).asked == ()
    github.world.commit(estate, "topic", {"requests/a.yaml": "y\n"}, by="alice")
    again = ask_reviewers(ours, read(hub, number), {SECURITY}, {"bob"})
    assert again.asked == ("bob", f"@{SECURITY}")


def test_one_that_cannot_be_asked_loses_no_other(
    estate: Repository, hub: Spoken, number: int
) -> None:
    teams, people = {SECURITY, "example/nobody"}, {"dave", "bob", "erin"}
    done = ask_reviewers(hub(**RIGHTS), read(hub, number), teams, people)
    assert done.asked == ("bob", "erin", f"@{SECURITY}")
    assert done.refused == ("dave", "@example/nobody")
    assert asked(estate, number) == ["bob", "erin", "@security"]


def test_never_more_than_a_few(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    names = [f"p{one:02}" for one in range(20)]
    for name in names:
        github.world.user(name)
        estate.collaborators[name] = "write"
    done = ask_reviewers(hub(**RIGHTS), read(hub, number), set(), names)
    assert done.asked == tuple(names[:15])


def test_a_token_that_may_not_ask_says_so(hub: Spoken, number: int) -> None:
    pull = read(hub, number)
    with pytest.raises(GitHubError) as refused:
        ask_reviewers(hub(pull_requests="read"), pull, set(), {"bob"})
    assert refused.value.status == 403
