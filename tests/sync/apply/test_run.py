"""CloudTrail leads back to the request: the run, its pull request and its repository."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gitiam.sync.apply.run import this_run, trail
from gitiam.sync.aws.session import Purpose, session_name
from gitiam.sync.terraform.workspace import Variables

#: What STS takes as RoleSessionName (API reference of AssumeRole).
TAKEN = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables of a run on the main branch."""
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/iam-estate",
        "GITHUB_RUN_ID": "17034519204",
        "GITHUB_ACTOR": "alice",
        "GITHUB_SHA": "0" * 40,
        "GITHUB_REF": "refs/heads/main",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def merged(github: pytest.MonkeyPatch, folder: Path, message: object) -> str:
    """The pull request of a push whose commit says so."""
    event = folder / "event.json"
    event.write_text(json.dumps({"head_commit": {"message": message}}), encoding="utf-8")
    github.setenv("GITHUB_EVENT_PATH", str(event))
    return this_run().get("pull_request", "")


def test_a_run_on_main(github: pytest.MonkeyPatch) -> None:
    run = this_run()
    assert run == {
        "id": "17034519204",
        "actor": "alice",
        "commit": "0" * 40,
        "repository": "acme/iam-estate",
        "url": "https://github.com/acme/iam-estate/actions/runs/17034519204",
    }
    name = session_name(Purpose.APPLY, trail(run))
    assert name == "gitiam-apply-17034519204.iam-estate@acme"
    assert TAKEN.fullmatch(name)


def test_a_run_on_a_pull_request(github: pytest.MonkeyPatch) -> None:
    github.setenv("GITHUB_REF", "refs/pull/42/merge")
    name = session_name(Purpose.PLAN, trail(this_run()))
    assert name == "gitiam-plan-17034519204.pr42.iam-estate@acme"


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Merge pull request #42 from acme/alice/orders\n\nGive alice orders", "42"),
        ("Give alice orders (#42)", "42"),
        ("Give alice orders (#7) (#42)\n\nCloses (#8)", "42"),
        ("Give alice orders", ""),
        ("See #42 for why", ""),
        ("\n(#42)", ""),
        ("Title (#0)", ""),
        (None, ""),
        (["(#42)"], ""),
    ],
)
def test_what_a_merged_commit_says(
    github: pytest.MonkeyPatch, tmp_path: Path, message: object, number: str
) -> None:
    assert merged(github, tmp_path, message) == number


def test_the_variable_goes_before(github: pytest.MonkeyPatch, tmp_path: Path) -> None:
    github.setenv("GITIAM_PULL_REQUEST", "43")
    assert merged(github, tmp_path, "Title (#42)") == "43"
    github.setenv("GITIAM_PULL_REQUEST", "43; rm -rf /")
    assert merged(github, tmp_path, "Title (#42)") == "42"


def test_an_event_that_cannot_be_read(github: pytest.MonkeyPatch, tmp_path: Path) -> None:
    github.setenv("GITHUB_EVENT_PATH", str(tmp_path / "nowhere.json"))
    assert "pull_request" not in this_run()


@pytest.mark.parametrize(
    "run",
    [
        {"id": "1" * 20, "pull_request": "9" * 10, "repository": f"{'o' * 39}/{'r' * 100}"},
        {"actor": "Ålice B", "host": "a host.example"},
        {},
    ],
)
def test_sts_takes_every_name(run: dict[str, str]) -> None:
    for purpose in Purpose:
        assert TAKEN.fullmatch(session_name(purpose, trail(run)))


def test_room_is_kept_for_what_is_sure() -> None:
    run = {"id": "17034519204", "pull_request": "42", "repository": f"{'o' * 39}/{'r' * 100}"}
    assert session_name(Purpose.APPLY, trail(run)).startswith("gitiam-apply-17034519204.pr42.rrr")


def test_terraform_is_told_the_same_name() -> None:
    trailed = "17034519204.pr42.iam-estate@acme"
    environment = Variables(
        "arn:aws:iam::111122223333:role/x", Purpose.APPLY, trailed
    ).environment()
    assert environment["TF_VAR_gitiam_session_name"] == session_name(Purpose.APPLY, trailed)
