"""What an event starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.github.events import Event
from tests.support.github.state import User
from tests.support.triggers import started_by

ALICE, BOT = User("alice", 1), User("github-actions[bot]", 2, "Bot")


def event(name: str, by: User = ALICE, ref: str = "refs/heads/main", **payload: object) -> Event:
    return Event(name, payload, ref, "0" * 40, by)


def pull(base: str = "main", action: str = "opened", by: User = ALICE) -> Event:
    return event("pull_request", by, action=action, pull_request={"base": {"ref": base}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, on in {
        "any": "[push, issues]",
        "paths": "{push: {branches: [main, 'release/*'], paths: ['requests/**', '!**/old.yaml']}}",
        "pull": "{pull_request: {branches: [main]}}",
        "labels": "{issues: {types: [labeled]}, workflow_dispatch: }",
        "after": "{workflow_run: {workflows: [Any], types: [completed]}}",
        "night": "{schedule: [{cron: '17 3 * * *'}], workflow_dispatch: {inputs: {}}}",
    }.items():
        (tmp_path / f"{name}.yml").write_text(f"on: {on}\njobs: {{}}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("happened", "changed", "names"),
    [
        (event("push"), ["requests/a.yaml"], ["any", "paths"]),
        (event("push"), ["requests/deep/old.yaml"], ["any"]),
        (event("push"), ["docs/a.md", "requests/deep/a.yaml"], ["any", "paths"]),
        (event("push", ref="refs/heads/release/1"), ["requests/a.yaml"], ["any", "paths"]),
        (event("push", ref="refs/heads/release/1/2"), ["requests/a.yaml"], ["any"]),
        (event("push", ref="refs/tags/main"), ["requests/a.yaml"], ["any"]),
        (event("push", BOT), ["requests/a.yaml"], []),
        (pull(), [], ["pull"]),
        (
            event("workflow_run", BOT, action="completed", workflow_run={"name": "Any"}),
            [],
            ["after"],
        ),
        (event("workflow_run", action="completed", workflow_run={"name": "Other"}), [], []),
        (pull("other"), [], []),
        (pull(action="closed"), [], []),
        (pull(by=BOT), [], []),
        (event("issues", action="opened"), [], ["any"]),
        (event("issues", action="labeled"), [], ["any", "labels"]),
        (event("schedule", schedule="17 3 * * *"), [], ["night"]),
        (event("schedule", schedule="0 0 * * *"), [], []),
        (event("workflow_dispatch", BOT, workflow=".github/workflows/night.yml"), [], ["night"]),
        (event("workflow_dispatch", workflow=".github/workflows/pull.yml"), [], []),
    ],
)
def test_what_an_event_starts(
    folder: Path, happened: Event, changed: list[str], names: list[str]
) -> None:
    assert started_by(happened, changed, folder) == [f"{name}.yml" for name in names]


def test_a_filter_that_is_not_known_is_no_guess(folder: Path) -> None:
    text = "on: {push: {branches-ignore: [main]}}\n"
    (folder / "other.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="branches-ignore"):
        started_by(event("push"), [], folder)


def test_the_shipped_workflows_are_read() -> None:
    assert "apply.yml" in started_by(event("push"))
    target = replace(pull(), name="pull_request_target")
    assert started_by(target) == ["pull-request.yml"]
    assert started_by(replace(target, ref="refs/heads/other")) == ["pull-request.yml"]
