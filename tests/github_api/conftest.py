"""A GitHub of its own for each test, and an estate in it."""

from __future__ import annotations

import pytest

from tests.support.github.server import GitHub, github, github_listener
from tests.support.github.state import Repository

__all__ = ["github", "github_listener"]


@pytest.fixture
def estate(github: GitHub) -> Repository:
    """A repository in which alice and bob may write, carol may read and dave may nothing."""
    made = github.world.repository("acme/estate", {"a.txt": "one\ntwo\n", "d/b.txt": "x\n"})
    made.collaborators |= {"alice": "write", "bob": "write", "carol": "read"}
    github.world.user("dave")
    return made
