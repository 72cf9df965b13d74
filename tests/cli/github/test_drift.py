"""The one issue that says where live IAM and the estate differ."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, UnreadPart
from gitiam.load.estate import parse_file
from gitiam.models import Request
from gitiam.policy.statement import Statement
from gitiam.report.drift import as_json
from gitiam.report.drift_issue import LABEL
from tests.cli.github.conftest import Ran, Scene
from tests.support.estates import CONFIG, write_estate
from tests.support.webhook import webhook

AT = datetime(2027, 1, 15, 3, tzinfo=UTC)
ADMIN = Statement("Allow", ("*",), ("*",))
ITEM = DriftItem("prod", "role/app", DriftKind.UNMANAGED, Aspect.INLINE, "by-hand", extra=(ADMIN,))
CLEAN = DriftReport((), (), {"prod": AT, "dev": AT})
DRIFTED = replace(CLEAN, items=(ITEM,))
UNREAD = DriftReport((), (UnreadPart("account", "denied", account="dev"),), {"prod": AT})


def told(scene: Scene, report: DriftReport | str | None, config: str = CONFIG, **more: str) -> Ran:
    root = write_estate(scene.folder / "estate", {"gitiam.yaml": config})
    file = scene.folder / "drift.json"
    file.unlink(missing_ok=True)
    if report is not None:
        text = report if isinstance(report, str) else as_json(report)
        file.write_text(text, encoding="utf-8")
    return scene.run("-C", root, "github", "drift", file, **(more or {"issues": "write"}))


def issues(scene: Scene) -> list[tuple[str, str]]:
    """State and text of each issue with the label."""
    repository = scene.github.as_user("carol").get_repo(scene.repository.full_name)
    return [(i.state, i.body) for i in repository.get_issues(state="all", labels=[LABEL])]


def test_it_is_opened_rewritten_closed_and_opened_again(scene: Scene) -> None:
    did = []
    for report in (CLEAN, DRIFTED, DRIFTED, UNREAD, CLEAN, CLEAN, DRIFTED):
        ran = told(scene, report)
        assert (ran.code, ran.err) == (0, "")
        did.append(ran.out.split(":")[0].strip())
    assert did == [
        "no issue is needed",
        "issue opened",
        "issue unchanged",
        "issue rewritten",
        "issue closed",
        "no issue is needed",
        "issue opened again",
    ]
    ((state, text),) = issues(scene)
    assert state == "open"
    assert "prod/role/app" in text


def test_what_could_not_be_read_keeps_it_open(scene: Scene) -> None:
    told(scene, DRIFTED)
    for report in (UNREAD, replace(CLEAN, read_at={"prod": AT})):
        assert told(scene, report).code == 0
        ((state, text),) = issues(scene)
        assert state == "open"
        assert "### Could not be compared" in text
        assert "- dev: " in text


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "{}",
        as_json(CLEAN)[:-9],
        as_json(DRIFTED).replace('"clean": false', '"clean": true'),
        as_json(replace(CLEAN, read_at={**CLEAN.read_at, "other": AT})),
    ],
)
def test_a_file_that_is_missing_or_broken_leaves_it_as_it_was(
    scene: Scene, broken: str | None
) -> None:
    told(scene, DRIFTED)
    before = issues(scene)
    ran = told(scene, broken)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert issues(scene) == before


def test_a_folder_is_no_file(scene: Scene) -> None:
    ran = scene.run("-C", write_estate(scene.folder / "e", {}), "github", "drift", scene.folder)
    assert ran.code == 1
    assert "cannot be read" in ran.err


def test_the_request_in_the_issue_can_be_copied(scene: Scene) -> None:
    told(scene, DRIFTED)
    ((_, text),) = issues(scene)
    (file,) = re.findall(r"```yaml\n(.*?\n)```", text, re.DOTALL)
    found = parse_file("requests/prod/app-adopted.yaml", file.encode())
    assert isinstance(found, Request)
    assert found.accounts == ("prod",)
    assert found.expires is not None
    # No risk may last for longer in this estate.
    assert found.expires <= datetime.now(UTC) + timedelta(days=30)


def test_json(scene: Scene) -> None:
    root = write_estate(scene.folder / "estate", {})
    file = scene.folder / "drift.json"
    file.write_text(as_json(CLEAN), encoding="utf-8")
    ran = scene.run("-C", root, "github", "drift", file, "--format", "json", issues="read")
    assert json.loads(ran.out) == {"clean": True, "did": "nothing", "issue": None}


def test_a_token_that_may_not_write_is_an_error(scene: Scene) -> None:
    ran = told(scene, DRIFTED, issues="read")
    assert ran.code == 1
    assert "refuses to open the issue" in ran.err
    assert issues(scene) == []


def test_the_chat_is_told_and_its_failure_changes_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = f"{CONFIG}notify: {{slack: {{webhook: HOOK}}}}\n"
    with webhook(200, 500) as hook:
        monkeypatch.setenv("HOOK", hook.address)
        for report in (DRIFTED, UNREAD, CLEAN):
            ran = told(scene, report, config)
            assert ran.code == 0
            assert ran.err.count("\n") == (1 if report is UNREAD else 0)
    assert [body["text"] for body in hook.bodies[:1]] == [
        "Drift: 1 difference in 2 accounts: 1 unmanaged"
    ]
    assert len(hook.bodies) == 3  # the second one twice, and none of what is clean
