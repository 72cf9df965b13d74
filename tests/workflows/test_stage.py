"""The shipped workflows with the real gitiam, between the tests' GitHub and an embedded AWS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from botocore.exceptions import ClientError

from gitiam.sync.aws.emulator import Emulator
from tests.support.emulator import iam_of
from tests.support.github import events
from tests.support.github.server import GitHub
from tests.support.github.state import Repository
from tests.support.stage import Stage
from tests.support.world import day

PRINCIPAL = """\
kind: principal
account: prod
principal: role/data-pipeline
reason: The pipeline runs here
trust: [{service: lambda.amazonaws.com}]
"""
REQUEST = f"""\
account: prod
principal: role/data-pipeline
reason: Backfill the orders table after INC-204
expires: {day(30)}
grants:
  - actions: [sqs:SendMessage]
    resources: ["arn:aws:sqs:us-east-1:111122223333:orders"]
"""


def configuration(account: str) -> str:
    roles = {
        name: f"arn:aws:iam::{account}:role/gitiam-{name}" for name in ("plan", "apply", "crawl")
    }
    body = {
        "accounts": {"prod": {"id": account, "tier": "sandbox", "roles": roles}},
        "requests": {"expiry": {"never_accounts": ["prod"]}},
    }
    return yaml.safe_dump(body)


def variables(account: str) -> dict[str, str]:
    roles = {
        f"GITIAM_{name.upper()}_ROLE": f"arn:aws:iam::{account}:role/gitiam-{name}"
        for name in ("plan", "apply", "crawl")
    }
    return {"GITIAM_ESTATE": "example/estate", **roles}


@pytest.fixture
def estate(github: GitHub, fresh_account: str) -> Repository:
    files = {"gitiam.yaml": configuration(fresh_account), "requests/pipeline.yaml": PRINCIPAL}
    made = github.world.repository("example/estate", files)
    made.collaborators |= {"alice": "write", "bob": "write"}
    return made


def test_a_pull_request_shows_what_it_opens(
    github: GitHub, estate: Repository, emulator: Emulator, fresh_account: str, tmp_path: Path
) -> None:
    stage = Stage(tmp_path / "stage", github, estate, emulator)
    github.world.commit(estate, "orders", {"requests/orders.yaml": REQUEST})
    repo = github.as_user("alice").get_repo("example/estate")
    repo.create_pull(base="main", head="orders", title="Orders")
    event = events.pull_request_target(github, estate, 1)
    run = stage.run("pull-request.yml", event, variables(fresh_account))
    assert run.ok, run.log
    assert run.jobs == {"validate": "success", "plan": "success", "review": "success"}
    reviewed = json.loads((run.artifacts / "gitiam-reviewed" / "reviewed.json").read_bytes())
    assert "role/data-pipeline" in json.dumps(reviewed)
    assert "sqs:SendMessage" in run.summary["validate"], run.log
    assert "role/data-pipeline" in run.summary["validate"]
    (comment,) = estate.comments.values()
    assert "sqs:SendMessage" in comment.body
    assert [one["context"] for one in estate.statuses] == ["gitiam/approvals"]


def test_what_slipped_past_its_approvals_waits_for_them(
    github: GitHub, estate: Repository, emulator: Emulator, fresh_account: str, tmp_path: Path
) -> None:
    stage = Stage(tmp_path / "stage", github, estate, emulator)
    github.world.commit(estate, "orders", {"requests/orders.yaml": REQUEST})
    bob = github.as_user("bob").get_repo("example/estate")
    alice = github.as_user("alice").get_repo("example/estate")
    number = alice.create_pull(base="main", head="orders", title="Orders").number
    bob.get_pull(number).merge()
    run = stage.run("apply.yml", events.push(github, estate), variables(fresh_account))
    assert run.jobs == {"pending": "success", "apply": "failure", "report": "success"}, run.log
    iam = iam_of(emulator, fresh_account)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(RoleName="data-pipeline")
    (issue,) = [one for one in estate.issues.values() if "gitiam-failure" in one.labels]
    assert f"\\#\u200d{number} was merged without what it needs" in (issue.body or "")
    assert "role/data-pipeline" in (issue.body or "")
    bob.get_pull(number).create_review(event="APPROVE")
    again = events.workflow_dispatch(github, estate, "apply.yml")
    run = stage.run("apply.yml", again, variables(fresh_account))
    assert run.ok, run.log
    found = iam.get_role_policy(RoleName="data-pipeline", PolicyName="gitiam")
    assert "sqs:SendMessage" in str(found["PolicyDocument"])
    assert issue.state == "closed"
    (comment,) = [one for one in estate.comments.values() if one.issue == number]
    assert "**This is in AWS:** 1 module applied" in comment.body


FORGED = {
    ".github/workflows/pull-request.yml": "on: pull_request_target\njobs: {}\n",
    "gitiam.yaml": "accounts: {evil: {id: '444455556666', tier: free}}\n",
    "templates/bundles/s3-read.yaml": "not: a bundle\n",
    "gitiam/__init__.py": "raise SystemExit('taken over')\n",
    "requirements.lock": "evil==1.0\n",
    "requests/evil.yaml": REQUEST.replace("account: prod", "account: evil"),
}


def test_a_fork_changes_everything_and_none_of_it_is_used(
    github: GitHub, estate: Repository, emulator: Emulator, fresh_account: str, tmp_path: Path
) -> None:
    estate.collaborators["mallory"] = "read"
    fork = github.world.fork(estate, "mallory")
    github.world.commit(fork, "evil", FORGED, by="mallory")
    mallory = github.as_user("mallory").get_repo("example/estate")
    number = mallory.create_pull(base="main", head="mallory:evil", title="Evil").number
    stage = Stage(tmp_path / "stage", github, estate, emulator)
    event = events.pull_request_target(github, estate, number)
    run = stage.run("pull-request.yml", event, variables(fresh_account))
    assert run.jobs == {"validate": "failure", "review": "failure"}, run.log
    assert not any(call.startswith("assume") for call in run.calls)
    assert "taken over" not in run.log
    (comment,) = estate.comments.values()
    assert "there is no account \\`evil\\` in gitiam.yaml" in comment.body
    assert [one["state"] for one in estate.statuses] == ["pending"]
