"""The one issue that says which access ends soon, and calls who asked for it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gitiam.report.expiring import LABEL
from gitiam.review.github.address import Address
from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import Author, Proposal, propose
from tests.cli.github.conftest import WORKFLOW, Ran, Scene
from tests.support.estates import request

RIGHTS = {"issues": "write", "contents": "read", "pull_requests": "read"}
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
TODAY = datetime.now(UTC).date()
FILE = "requests/prod/orders.yaml"


def ending(days: int) -> str:
    return request(READ, expires=(TODAY + timedelta(days=days)).isoformat())


def checked_out(scene: Scene) -> Path:
    scene.files("main", "checkout")
    return scene.folder / "checkout"


def told(scene: Scene, *more: str) -> Ran:
    return scene.run("-C", checked_out(scene), "github", "expiring", *more, **RIGHTS)


def issue(scene: Scene) -> tuple[str, str]:
    repository = scene.github.as_user("carol").get_repo(scene.repository.full_name)
    (found,) = repository.get_issues(state="all", labels=[LABEL])
    return found.state, found.body


def merged(scene: Scene, number: int) -> None:
    scene.github.as_user("bob").get_repo(scene.repository.full_name).get_pull(number).merge(
        merge_method="squash"
    )


def test_who_opened_the_pull_request_is_called(scene: Scene) -> None:
    number = scene.opened({FILE: ending(3)}, by="alice")
    merged(scene, number)
    ran = told(scene)
    assert (ran.code, ran.err) == (0, "")
    state, text = issue(scene)
    assert state == "open"
    (line,) = re.findall(r"^- \*\*.*", text, re.MULTILINE)
    end = TODAY + timedelta(days=3)
    assert f"ends when {end.isoformat()} ends (UTC)" in line
    assert "role/data-pipeline in prod loses s3:GetObject" in line
    assert line.endswith(f"Asked for by @alice, #{number}")
    assert "/gitiam extend 14d" in text


def test_the_text_is_the_same_every_night_and_it_is_closed_in_the_end(scene: Scene) -> None:
    scene.github.world.commit(scene.repository, "main", {FILE: ending(3)}, by="bob")
    assert told(scene).out.startswith("issue opened:")
    assert told(scene).out.startswith("issue unchanged:")
    scene.github.world.commit(scene.repository, "main", {FILE: ending(90)}, by="bob")
    assert told(scene).out.startswith("issue closed:")
    assert told(scene).out == "no issue is needed\n"
    state, text = issue(scene)
    assert state == "closed"
    assert "@" not in text


def test_what_ends_later_or_has_ended_is_left_out(scene: Scene) -> None:
    files = {f"requests/prod/{days}.yaml": ending(days) for days in (-2, 1, 5, 12, 40)}
    scene.github.world.commit(scene.repository, "main", files, by="bob")
    ran = told(scene, "--format", "json", "--days", "7")
    found = json.loads(ran.out)
    assert [one["path"] for one in found["expiring"]] == [
        "requests/prod/1.yaml",
        "requests/prod/5.yaml",
    ]
    assert found["did"] == "opened"
    two_weeks = told(scene, "--format", "json", "--days", "14")
    assert len(json.loads(two_weeks.out)["expiring"]) == 3


def test_behind_an_app_s_pull_request_stands_a_person(scene: Scene) -> None:
    """The form's pull request is opened by a workflow, for somebody."""
    world, repository = scene.github.world, scene.repository
    token = world.workflow_token(repository, {"contents": "write", "pull-requests": "write"})
    ours = Hub(Address(repository.full_name, token, scene.github.url, login=WORKFLOW))
    author = Author("alice", world.user("alice").id)
    made = propose(ours, Proposal("gitiam/request-1", {FILE: ending(3)}, "T", "B", author))
    merged(scene, made.number)
    told(scene)
    assert f"Asked for by @alice, #{made.number}" in issue(scene)[1]


def test_an_app_alone_is_nobody(scene: Scene) -> None:
    scene.github.world.commit(scene.repository, "main", {FILE: ending(3)}, by="github-actions[bot]")
    told(scene)
    text = issue(scene)[1]
    assert "Asked for by somebody whom GitHub does not know" in text
    assert "@" not in text


def test_a_file_that_cannot_be_read_is_named(scene: Scene) -> None:
    files = {FILE: ending(3), "requests/prod/broken.yaml": "account: ["}
    scene.github.world.commit(scene.repository, "main", files, by="bob")
    ran = told(scene)
    assert ran.code == 0
    assert ran.err == "not looked at, as it cannot be read: requests/prod/broken.yaml\n"
    assert "@bob" in issue(scene)[1]
