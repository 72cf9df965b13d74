"""Whatever is asked, as far as GitHub's description allows it, the fake's answer conforms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.github.drawn_requests import requests_for
from tests.support.github.hub import Hub
from tests.support.github.messages import Request
from tests.support.github.operations import ROUTES
from tests.support.github.state import Protection
from tests.support.thorough import drawn


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A GitHub where a little has happened. What the examples do to it stays."""
    made = Hub(tmp_path_factory.mktemp("github"))
    world = made.world
    estate = world.repository("acme/estate", {"a.txt": "one\n"}, private=False)
    estate.collaborators |= {"alice": "admin", "bob": "write"}
    world.team("acme", "platform", ["alice"])
    estate.teams["platform"] = "write"
    world.commit(estate, "topic", {"a.txt": "two\n"}, by="bob")
    for login in ("alice", "bob"):
        world.token(login)
    every = dict.fromkeys(("checks", "contents", "issues", "statuses", "actions"), "write")
    world.tokens["ghs_app"] = world.tokens[
        world.app_token(estate, every | {"pull_requests": "write", "members": "read"})
    ]
    pull: dict[str, Any] = {"title": "T", "head": "topic", "base": "main"}
    _ask(made, "POST", "/repos/acme/estate/issues", {"title": "Drift"})
    _ask(made, "POST", "/repos/acme/estate/pulls", pull)
    _ask(made, "POST", "/repos/acme/estate/issues/1/comments", {"body": "T"})
    estate.protections["topic"] = Protection(contexts=("gate",), approvals=1)
    world.run(estate, "a.yml")
    fork = world.fork(estate, "bob")
    world.commit(fork, "other", {"a.txt": "three\n"}, by="bob")
    _ask(made, "POST", "/repos/acme/estate/pulls", pull | {"head": "bob:other"})
    assert made.violations == []
    return made


def _ask(hub: Hub, method: str, path: str, body: dict[str, Any]) -> None:
    headers = {"authorization": "Bearer ghp_bob"}
    hub.answer(Request(method, path, (), headers, json.dumps(body).encode()))


@given(st.sampled_from(ROUTES).flatmap(requests_for))
@drawn(100, 3000)
def test_every_answer_conforms(hub: Hub, request: Request) -> None:
    hub.violations.clear()
    answer = hub.answer(request)
    assert answer is not None
    assert [line for line in hub.violations if line.startswith("answered")] == []


def test_the_folder_of_the_hub_is_its_own(tmp_path: Path) -> None:
    assert Hub(tmp_path).world.repositories == {}
