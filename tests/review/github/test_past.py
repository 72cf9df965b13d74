"""Who approved what a commit brought, as GitHub tells of it."""

from __future__ import annotations

from gitiam.approvals.record import Approved
from gitiam.review.github.past import approved_by
from tests.review.github.conftest import Spoken
from tests.support.github.server import GitHub
from tests.support.github.state import Repository


def test_the_last_word_of_each_reviewer(github: GitHub, estate: Repository, hub: Spoken) -> None:
    head = github.world.commit(estate, "topic", {"requests/a.yaml": "x"}, by="alice")
    alice = github.as_user("alice").get_repo(estate.full_name)
    number = alice.create_pull(base="main", head="topic", title="T", body="B").number
    for person, events in {
        "bob": ("REQUEST_CHANGES", "APPROVE"),
        "carol": ("APPROVE", "REQUEST_CHANGES"),
    }.items():
        pull = github.as_user(person).get_repo(estate.full_name).get_pull(number)
        for event in events:
            pull.create_review(event=event, body="Hm.")
    merged = github.as_user("bob").get_repo(estate.full_name).get_pull(number).merge().sha
    ours = hub(pull_requests="read", contents="read")
    found = approved_by(ours, merged)
    assert found is not None
    assert (found.pull, found.head, found.merge, found.author) == (number, head, merged, "alice")
    assert [(one.person, one.commit) for one in found.approvers] == [("bob", head)]
    assert Approved.from_text(found.as_text()) == found


def test_a_commit_without_a_pull_request(github: GitHub, estate: Repository, hub: Spoken) -> None:
    pushed = github.world.commit(estate, "main", {"requests/a.yaml": "x"}, by="alice")
    assert approved_by(hub(pull_requests="read", contents="read"), pushed) is None
