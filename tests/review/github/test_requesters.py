"""Only a person is ever called."""

from __future__ import annotations

import pytest

from gitiam.review.github.requesters import _person


@pytest.mark.parametrize("login", ["alice", "a", "data-pipeline", "A1-b2", "x" * 39])
def test_a_person(login: str) -> None:
    assert _person({"login": login, "type": "User"}) == login


@pytest.mark.parametrize(
    "user",
    [
        None,
        {},
        {"login": None, "type": "User"},
        {"login": "alice", "type": "Organization"},
        {"login": "alice"},
        {"login": "gitiam[bot]", "type": "Bot"},
        {"login": "dependabot[bot]", "type": "User"},
        *(
            {"login": login, "type": "User"}
            for login in ("", "-a", "a-", "a--b", "example/team", "alice bob", "alice\n", "ä")
        ),
        {"login": "x" * 40, "type": "User"},
    ],
)
def test_nobody_else(user: object) -> None:
    assert _person(user) is None
