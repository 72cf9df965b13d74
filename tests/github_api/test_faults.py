"""What goes wrong, when a test wants it, and what is counted."""

from __future__ import annotations

import pytest
from github import GithubException, RateLimitExceededException

import requests
from tests.support.github.faults import Bounds, broken, hung_up, secondary_limit, too_many, used_up
from tests.support.github.server import GitHub
from tests.support.github.state import Repository


def test_limits_say_how_long_or_do_not(github: GitHub, estate: Repository) -> None:
    repo = github.as_user("alice").get_repo("acme/estate")
    github.faults.add("issues/create", secondary_limit())
    github.faults.add("issues/create", too_many(retry_after=7))
    github.faults.add("issues/*", used_up(reset_in=60))
    with pytest.raises(RateLimitExceededException, match="secondary") as refused:
        repo.create_issue("x")
    assert "retry-after" not in (refused.value.headers or {})
    with pytest.raises(GithubException) as limited:
        repo.create_issue("x")
    assert (limited.value.status, (limited.value.headers or {})["retry-after"]) == (429, "7")
    with pytest.raises(RateLimitExceededException) as spent:
        repo.create_issue("x")
    assert (spent.value.headers or {})["x-ratelimit-remaining"] == "0"
    assert repo.create_issue("x").number == 1
    assert [entry.status for entry in github.log.of("issues/create")] == [403, 429, 403, 201]


@pytest.mark.parametrize("after", [False, True])
def test_a_broken_answer_tells_nothing_of_the_effect(
    github: GitHub, estate: Repository, after: bool
) -> None:
    repo = github.as_user("alice").get_repo("acme/estate")
    github.faults.add("issues/create", broken(502, after=after))
    with pytest.raises(GithubException) as refused:
        repo.create_issue("x")
    assert refused.value.status == 502
    assert len(estate.issues) == after
    github.faults.add("issues/create", hung_up(after=after))
    with pytest.raises(requests.ConnectionError):
        repo.create_issue("x")
    assert len(estate.issues) == 2 * after


def test_requests_are_counted(github: GitHub, estate: Repository) -> None:
    client = github.as_user("alice")
    repo = client.get_repo("acme/estate")
    repo.create_issue("x")
    assert [(e.method, e.path) for e in github.log.entries] == [
        ("GET", "/repos/acme/estate"),
        ("POST", "/repos/acme/estate/issues"),
    ]
    assert (len(github.log.reads), len(github.log.writes)) == (1, 1)
    assert client.rate_limiting == (4998, 5000)


def test_what_did_not_change_costs_nothing(github: GitHub, estate: Repository) -> None:
    headers = {"Authorization": f"Bearer {github.world.token('alice')}"}
    url = f"{github.url}/repos/acme/estate"
    first = requests.get(url, headers=headers, timeout=5)
    again = requests.get(url, headers=headers | {"If-None-Match": first.headers["ETag"]}, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"] == "1"


def test_who_makes_too_much_is_told_to_wait(github: GitHub, estate: Repository) -> None:
    clock = [0.0]
    github.bounds = Bounds(minute=3, hour=5, now=lambda: clock[0], on=True)
    issue = github.as_user("alice").get_repo("acme/estate").create_issue("Drift")

    def waits() -> str | None:
        try:
            issue.create_comment("x")
        except GithubException as refused:
            assert refused.status == 403
            return (refused.headers or {})["retry-after"]
        return None

    assert [waits(), waits(), waits()] == [None, None, "61"]
    issue.edit(title="Still drift")  # what tells nobody is not counted
    clock[0] = 61
    assert [waits(), waits(), waits()] == [None, None, "3540"]
    assert github.as_user("bob").get_repo("acme/estate").get_issue(1).create_comment("y").id
