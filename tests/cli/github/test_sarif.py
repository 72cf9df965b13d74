"""Findings that are handed to code scanning."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.github.conftest import Scene
from tests.support.estates import request

SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
WRONG = request("- {actions: [s3:GetObjekt], resources: ['arn:aws:s3:::a']}", expires=SOON)
REF = "refs/pull/1/merge"


@pytest.fixture
def commit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> str:
    """Alice's pull request with a mistake, and what a run for it knows."""
    scene.opened({"requests/x.yaml": WRONG})
    found = scene.repository.git.resolved("heads/topic")
    assert found is not None
    monkeypatch.setenv("GITHUB_SHA", found)
    monkeypatch.setenv("GITHUB_REF", REF)
    return found


def test_what_validate_prints_arrives(scene: Scene, commit: str, tmp_path: Path) -> None:
    root = scene.files("topic", "head").parent
    judged = scene.run("-C", root, "validate", "--format", "sarif")
    assert judged.code == 10
    file = tmp_path / "gitiam.sarif"
    file.write_text(judged.out, encoding="utf-8")
    ran = scene.run("github", "sarif", file, security_events="write")
    assert ran.code == 0, ran
    ((number, kept),) = scene.repository.sarifs.items()
    assert (kept["commit_sha"], kept["ref"]) == (commit, REF)
    assert kept["sarif"] == json.loads(judged.out)
    (result,) = kept["sarif"]["runs"][0]["results"]
    assert result["ruleId"] == "unknown-action"
    assert ran.out == f"handed over as {number}\n"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "2.1.0", "runs": []}', "[" * 9999])
def test_what_is_no_sarif_is_not_sent(scene: Scene, commit: str, tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.sarif"
    file.write_text(text, encoding="utf-8")
    ran = scene.run("github", "sarif", file, security_events="write")
    assert (ran.code, scene.github.log.of("code-scanning/*")) == (1, [])
    assert "this is no SARIF" in ran.err


@pytest.mark.parametrize(("name", "value"), [("GITHUB_SHA", "main"), ("GITHUB_REF", "topic")])
def test_what_it_is_about_is_said_whole(
    scene: Scene,
    commit: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(name, value)
    file = tmp_path / "x.sarif"
    file.write_text('{"version": "2.1.0", "runs": [{}]}', encoding="utf-8")
    ran = scene.run("github", "sarif", file, security_events="write")
    assert ran.code == 1
    assert "GITHUB_SHA and GITHUB_REF" in ran.err


def test_a_token_that_may_not_says_so(scene: Scene, commit: str, tmp_path: Path) -> None:
    file = tmp_path / "x.sarif"
    file.write_text('{"version": "2.1.0", "runs": [{}]}', encoding="utf-8")
    ran = scene.run("github", "sarif", file, contents="read")
    assert ran.code == 1
    assert "permissions" in ran.err
