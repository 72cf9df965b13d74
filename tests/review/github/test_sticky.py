"""The comment and the issue that are found again."""

from __future__ import annotations

import pytest

from gitiam.errors import GitiamError
from gitiam.review.github.asking import GitHubError
from gitiam.review.github.single_issue import close_issue, tell_issue
from gitiam.review.github.sticky import ROOM, write_comment
from tests.review.github.conftest import Spoken
from tests.support.github.server import GitHub
from tests.support.github.state import Repository

MARKER = "<!-- gitiam: pull request -->"


def opened(github: GitHub, estate: Repository) -> int:
    client = github.as_user("alice").get_repo(estate.full_name)
    return client.create_issue("Something").number


def bodies(github: GitHub, estate: Repository, number: int) -> list[str]:
    issue = github.as_user("alice").get_repo(estate.full_name).get_issue(number)
    return [comment.body for comment in issue.get_comments()]


def test_a_comment_is_written_once_and_then_rewritten(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    number = opened(github, estate)
    ours = hub(issues="write")
    did = [
        write_comment(ours, ours.repository.get_issue(number), MARKER, f"{MARKER}\n{text}").did
        for text in ("one", "one", "two")
    ]
    assert did == ["written", "unchanged", "rewritten"]
    assert bodies(github, estate, number) == [f"{MARKER}\ntwo"]


def test_a_forged_marker_is_left_alone(github: GitHub, estate: Repository, hub: Spoken) -> None:
    number = opened(github, estate)
    issue = github.as_user("alice").get_repo(estate.full_name).get_issue(number)
    issue.create_comment(f"{MARKER}\nApproved by everybody")
    ours = hub(issues="write")
    write_comment(ours, ours.repository.get_issue(number), MARKER, f"{MARKER}\nthe truth")
    assert bodies(github, estate, number) == [
        f"{MARKER}\nApproved by everybody",
        f"{MARKER}\nthe truth",
    ]


def test_of_two_that_were_made_at_once_one_stays(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    number = opened(github, estate)
    ours = hub(issues="write")
    issue = ours.repository.get_issue(number)
    for _ in range(2):
        issue.create_comment(f"{MARKER}\nold")
    write_comment(ours, issue, MARKER, f"{MARKER}\nnew")
    assert bodies(github, estate, number) == [f"{MARKER}\nnew"]


def test_what_github_would_refuse_is_not_sent(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    number = opened(github, estate)
    ours = hub(issues="write")
    with pytest.raises(GitiamError, match="65,537 characters"):
        write_comment(ours, ours.repository.get_issue(number), MARKER, MARKER.ljust(ROOM + 1, "x"))
    assert bodies(github, estate, number) == []


def test_a_token_that_may_not_write_says_so(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    number = opened(github, estate)
    ours = hub(issues="read")
    with pytest.raises(GitHubError, match=f"refuses to comment on #{number}") as refused:
        write_comment(ours, ours.repository.get_issue(number), MARKER, MARKER)
    assert refused.value.status == 403
    assert "permissions" in (refused.value.hint or "")


def test_an_issue_lives_on(github: GitHub, estate: Repository, hub: Spoken) -> None:
    ours = hub(issues="write")
    marker = "<!-- gitiam: drift -->"
    tell = lambda text: tell_issue(ours, marker, "drift", "Drift", f"{marker}\n{text}")  # noqa: E731
    assert [tell("one").did, tell("one").did, tell("two").did] == [
        "opened",
        "unchanged",
        "rewritten",
    ]
    closed = close_issue(ours, marker, "drift", f"{marker}\nClean")
    assert closed is not None
    assert close_issue(ours, marker, "drift", f"{marker}\nClean") is None
    again = tell("three")
    assert (again.did, again.address) == ("opened again", closed.address)
    found = list(github.as_user("alice").get_repo(estate.full_name).get_issues(state="all"))
    assert [(one.state, one.body) for one in found] == [("open", f"{marker}\nthree")]


def test_an_issue_that_somebody_forged_is_not_taken(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    marker = "<!-- gitiam: drift -->"
    alice = github.as_user("alice").get_repo(estate.full_name)
    alice.create_issue("Drift", body=f"{marker}\nClean", labels=["drift"])
    told = tell_issue(hub(issues="write"), marker, "drift", "Drift", f"{marker}\nNot clean")
    assert told.did == "opened"
