"""The client is patient where that does no harm, and never does anything twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gitiam.errors import UsageError
from gitiam.review.github.address import Address, address_from
from gitiam.review.github.asking import GitHubError, asking
from tests.review.github.conftest import Spoken
from tests.support.github.faults import (
    Fault,
    broken,
    hung_up,
    secondary_limit,
    too_many,
    used_up,
)
from tests.support.github.server import GitHub
from tests.support.github.state import Repository

PULLS = "/repos/example/access/pulls"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it would have slept."""
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    return slept


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (lambda: broken(502), 0.0),
        (lambda: broken(500), 0.0),
        (hung_up, 0.0),
        (lambda: too_many(retry_after=7), 7.0),
        (lambda: secondary_limit(retry_after=5), 5.0),
        (secondary_limit, 60.0),
        (lambda: used_up(reset_in=60), 30.0),
    ],
)
def test_a_read_is_tried_again(
    github: GitHub,
    estate: Repository,
    hub: Spoken,
    no_waiting: list[float],
    fault: Callable[[], Fault],
    least: float,
) -> None:
    github.faults.add("pulls/list", fault())
    assert hub(pull_requests="read").listed(PULLS) == []
    assert sum(no_waiting) >= least
    assert len(github.log.of("pulls/list")) == 2


@pytest.mark.parametrize(
    "fault", [lambda: too_many(retry_after=3600), lambda: used_up(reset_in=3600)]
)
def test_nobody_waits_for_an_hour(
    github: GitHub,
    estate: Repository,
    hub: Spoken,
    no_waiting: list[float],
    fault: Callable[[], Fault],
) -> None:
    github.faults.add("pulls/list", fault())
    with pytest.raises(GitHubError, match="limit of requests is used up"):
        hub(pull_requests="read").listed(PULLS)
    assert sum(no_waiting) < 100


@pytest.mark.parametrize("fault", [broken(502, after=True), hung_up(after=True), broken(503)])
def test_what_may_have_been_done_is_not_done_again(
    github: GitHub, estate: Repository, hub: Spoken, fault: Fault
) -> None:
    github.faults.add("issues/create", fault)
    with pytest.raises(GitHubError), asking("open an issue"):
        hub(issues="write").repository.create_issue("x")
    assert len(github.log.of("issues/create")) == 1


def test_what_a_limit_refused_is_done_once(github: GitHub, estate: Repository, hub: Spoken) -> None:
    github.faults.add("issues/create", too_many(retry_after=1))
    hub(issues="write").repository.create_issue("x")
    assert len(estate.issues) == 1


def test_where_github_stays_broken_that_is_said(
    github: GitHub, estate: Repository, hub: Spoken
) -> None:
    github.faults.add("pulls/list", broken(502), times=20)
    with pytest.raises(GitHubError, match="GitHub cannot be reached"):
        hub(pull_requests="read").listed(PULLS)
    assert len(github.log.of("pulls/list")) < 8


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "which repository"),
        ({"GITHUB_REPOSITORY": "a/b/c", "GITHUB_TOKEN": "x" * 20}, "not the name of a repository"),
        ({"GITHUB_REPOSITORY": "a/../b", "GITHUB_TOKEN": "x" * 20}, "not the name of a repository"),
        ({"GITHUB_REPOSITORY": "a/b"}, "not set"),
        ({"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "x\nHost: evil" * 9}, "no token"),
    ],
)
def test_an_address_that_is_none(environment: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        address_from(environment)


@pytest.mark.parametrize(
    "api",
    ["http://github.example.com", "ftp://x", "https://a:b@x", "https://x/?y", "http://127.0.0.1.x"],
)
def test_a_token_goes_nowhere_unencrypted(api: str) -> None:
    environment = {"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "x" * 20, "GITHUB_API_URL": api}
    with pytest.raises(Exception, match="no https address"):
        address_from(environment)


def test_a_token_is_never_shown() -> None:
    address = Address("a/b", "ghs_secret_secret", teams_token="ghs_other_secret")
    assert "secret" not in repr(address)
