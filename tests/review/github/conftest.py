"""An estate on a GitHub of its own, and gitiam's client for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gitiam.review.github.address import Address
from gitiam.review.github.client import Hub
from tests.support.github.server import GitHub, github, github_listener
from tests.support.github.state import Repository

__all__ = ["github", "github_listener"]

Spoken = Callable[..., Hub]


@pytest.fixture
def estate(github: GitHub) -> Repository:
    """A repository in which alice and bob may write, carol may read and dave may nothing."""
    made = github.world.repository("example/access", {"gitiam.yaml": "accounts: {}\n"})
    made.collaborators |= {"alice": "write", "bob": "write", "carol": "read"}
    github.world.user("dave")
    return made


@pytest.fixture
def hub(github: GitHub, estate: Repository) -> Spoken:
    """`hub(issues="write")`: as a workflow's run with these permissions speaks with it."""

    def spoken(
        teams_token: str | None = None, login: str = "github-actions[bot]", **permissions: str
    ) -> Hub:
        named = {name.replace("_", "-"): level for name, level in permissions.items()}
        token = github.world.workflow_token(estate, named)
        return Hub(Address(estate.full_name, token, github.url, teams_token, login))

    return spoken
