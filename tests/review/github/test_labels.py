"""Labels of ours come and go; nobody else's do."""

from __future__ import annotations

import pytest

from gitiam.findings import Risk
from gitiam.review.github.labels import labels_of, sync_labels
from gitiam.review.github.pulls import Pull, read_pull
from tests.review.github.conftest import Spoken
from tests.support.github.server import GitHub
from tests.support.github.state import Repository

RIGHTS = {"issues": "write", "pull_requests": "read", "contents": "read"}


@pytest.fixture
def number(github: GitHub, estate: Repository) -> int:
    """Alice's pull request."""
    github.world.commit(estate, "topic", {"requests/a.yaml": "x\n"}, by="alice")
    alice = github.as_user("alice").get_repo(estate.full_name)
    return alice.create_pull(base="main", head="topic", title="T", body="B").number


def read(hub: Spoken, number: int) -> Pull:
    return read_pull(hub(**RIGHTS), number)


def test_the_usual_case_costs_one_read_and_one_write(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    ours, pull = hub(**RIGHTS), read(hub, number)
    wanted = labels_of(Risk.HIGH, ["prod"])
    done = sync_labels(ours, pull, wanted)
    assert (done.added, done.removed) == (("risk: high", "account: prod"), ())
    assert {name: one["color"] for name, one in estate.labels.items()} == {
        "risk: high": "d93f0b",
        "account: prod": "c5def5",
    }
    github.log.clear()
    sync_labels(ours, pull, wanted)
    assert (len(github.log.reads), len(github.log.writes)) == (1, 1)
    unchanged = read(hub, number)
    github.log.clear()
    assert sync_labels(ours, unchanged, wanted).added == ()
    assert github.log.entries == []


def test_what_people_put_there_stays(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    issue = github.as_user("bob").get_repo(estate.full_name).get_issue(number)
    issue.add_to_labels("urgent", "risk: low", "Account: dev", "risky")
    pull = read(hub, number)
    issue.add_to_labels("in between")
    done = sync_labels(hub(**RIGHTS), pull, labels_of(Risk.CRITICAL, ["prod"]))
    assert done.removed == ("risk: low", "Account: dev")
    assert estate.issues[number].labels == [
        *("urgent", "risky", "in between", "risk: critical", "account: prod")
    ]


def test_what_is_gone_already_or_there_in_another_spelling(
    github: GitHub, estate: Repository, hub: Spoken, number: int
) -> None:
    bob = github.as_user("bob").get_repo(estate.full_name)
    bob.create_label("Risk: Low", "000000")
    bob.get_issue(number).add_to_labels("Risk: Low", "account: dev")
    pull = read(hub, number)
    bob.get_issue(number).remove_from_labels("account: dev")
    done = sync_labels(hub(**RIGHTS), pull, ["risk: low"])
    assert (done.added, done.removed) == ((), ("account: dev",))
    assert estate.labels["Risk: Low"]["color"] == "000000"


def test_no_other_label_is_ever_put(hub: Spoken, number: int) -> None:
    with pytest.raises(ValueError, match="does not begin like ours"):
        sync_labels(hub(**RIGHTS), read(hub, number), ["approved"])


def test_which_labels_there_are() -> None:
    assert labels_of(None, []) == ("risk: unknown",)
    assert labels_of(Risk.LOW, ["b", "a", "a"]) == ("risk: low", "account: a", "account: b")
    assert labels_of(Risk.LOW, map(str, range(11))) == ("risk: low",)
    assert max(map(len, labels_of(Risk.LOW, ["x" * 63]))) == 50
