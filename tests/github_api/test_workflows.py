"""Workflows that are started, and runs that are listed."""

from __future__ import annotations

import pytest
from github import GithubException

from tests.support.github.server import GitHub
from tests.support.github.state import Repository

BY_HAND = "on:\n  workflow_dispatch:\n    inputs:\n      number: {required: true, type: number}\n"


@pytest.mark.parametrize(
    ("text", "inputs", "wrong"),
    [
        (BY_HAND, {"number": "7"}, None),
        (BY_HAND, {"number": "7", "other": "1"}, "Unexpected inputs"),
        (BY_HAND, {}, "Required input 'number' not provided"),
        ("on: [push, workflow_dispatch]\n", {}, None),
        ("on: push\n", {}, "does not have 'workflow_dispatch'"),
        ("on: [\n", {}, "does not have 'workflow_dispatch'"),
    ],
)
def test_a_workflow_is_started_by_hand(
    github: GitHub, estate: Repository, text: str, inputs: dict[str, str], wrong: str | None
) -> None:
    github.world.commit(estate, "main", {".github/workflows/w.yml": text})
    token = github.world.workflow_token(estate, {"actions": "write"})
    path = "/repos/acme/estate/actions/workflows/w.yml/dispatches"
    body = {"ref": "main", "inputs": inputs}
    ask = github.client(token).requester.requestJsonAndCheck
    if wrong is None:
        ask("POST", path, input=body)
        (entry,) = estate.dispatched
        assert (entry["workflow"], entry["inputs"]) == (".github/workflows/w.yml", inputs)
        assert entry["by"] == "github-actions[bot]"
        return
    with pytest.raises(GithubException, match=wrong) as refused:
        ask("POST", path, input=body)
    assert refused.value.status == 422
    assert estate.dispatched == []


def test_a_repository_is_told_of_an_event(github: GitHub, estate: Repository) -> None:
    repo = github.as_user("alice").get_repo("acme/estate")
    assert repo.create_repository_dispatch("estate-changed", {"account": "111122223333"})
    (entry,) = estate.dispatched
    assert (entry["event_type"], entry["client_payload"]) == (
        "estate-changed",
        {"account": "111122223333"},
    )


def test_runs_are_listed_and_filtered(github: GitHub, estate: Repository) -> None:
    github.world.run(estate, "apply.yml")
    github.world.run(estate, "apply.yml", conclusion="failure")
    github.world.run(estate, "nightly.yml", "schedule", conclusion=None)
    repo = github.as_user("carol").get_repo("acme/estate")
    assert [run.name for run in repo.get_workflow_runs()] == [
        *("nightly.yml", "apply.yml"),
        "apply.yml",
    ]
    assert [run.conclusion for run in repo.get_workflow_runs(status="failure")] == ["failure"]
    assert [run.status for run in repo.get_workflow_runs(event="schedule")] == ["in_progress"]
