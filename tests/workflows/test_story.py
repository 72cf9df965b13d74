"""The whole story with the shipped workflows, the real gitiam and Terraform: who sees what, when.

Somebody asks with the form; a pull request is made of it; a slip is found at its line, and mended;
it is approved, merged, applied; somebody meddles with AWS, and is found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from gitiam.sync.aws.emulator import Emulator
from tests.support.act import WORKFLOWS
from tests.support.emulator import iam_of
from tests.support.forms import body_of, filled
from tests.support.github import events
from tests.support.github.events import Event
from tests.support.github.server import GitHub
from tests.support.github.state import Issue, Repository
from tests.support.stage import Run, Stage
from tests.workflows.test_stage import PRINCIPAL, configuration, variables

pytestmark = pytest.mark.terraform

SLIP = """\
  - actions: [sqs:SendMesage]
    resources: ["arn:aws:sqs:us-east-1:{account_id}:orders"]
"""
WORKFLOW = "github-actions[bot]"


@dataclass
class Play:
    """The estate's repository, its AWS account, and the stage that its workflows run on."""

    github: GitHub
    estate: Repository
    stage: Stage
    account: str
    iam: Any

    def run(self, workflow: str, event: Event) -> Run:
        return self.stage.run(workflow, event, variables(self.account))

    def dispatched(self) -> Run:
        """What gitiam itself has started since."""
        ((name, event),) = events.dispatched(self.github, self.estate)
        return self.run(name, event)

    def pushed(self, number: int) -> Run:
        event = events.pull_request_target(self.github, self.estate, number)
        return self.run("pull-request.yml", event)

    def issue(self, label: str) -> Issue:
        (found,) = [one for one in self.estate.issues.values() if label in one.labels]
        return found

    def told(self, number: int, start: str) -> str:
        """What gitiam has written on an issue or a pull request, in the comment of that sort."""
        (one,) = [
            one.body
            for one in self.estate.comments.values()
            if one.issue == number and one.body.startswith(f"<!-- gitiam: {start}")
        ]
        return one

    def status(self) -> tuple[str, str]:
        newest = self.estate.statuses[-1]
        return newest["state"], newest["description"]


@pytest.fixture
def play(github: GitHub, emulator: Emulator, fresh_account: str, tmp_path: Path) -> Iterator[Play]:
    bucket = f"iam-state-{fresh_account}"
    boto3.client(
        "s3",
        endpoint_url=emulator.url,
        region_name="us-east-1",
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    ).create_bucket(Bucket=bucket)
    config = yaml.safe_load(configuration(fresh_account))
    config["store"] = {"s3": {"bucket": bucket, "region": "us-east-1", "path_style": True}}
    files = {
        "gitiam.yaml": yaml.safe_dump(config),
        "requests/pipeline.yaml": PRINCIPAL,
        **{f".github/workflows/{one.name}": one.read_text() for one in WORKFLOWS.glob("*.yml")},
    }
    made = github.world.repository("example/estate", files)
    made.collaborators |= {"alice": "write", "bob": "write", "carol": "read"}
    stage = Stage(tmp_path / "stage", github, made, emulator)
    yield Play(github, made, stage, fresh_account, iam_of(emulator, fresh_account))


def test_from_the_form_to_the_night(play: Play) -> None:
    number = asks(play)
    slips_and_mends(play, number)
    approves(play, number)
    is_applied(play, number)
    meddles(play)


def asks(play: Play) -> int:
    """Carol, who may only read the repository, fills in the form."""
    carol = play.github.as_user("carol").get_repo("example/estate")
    issue = carol.create_issue("Access: orders", body=body_of(filled()))
    play.estate.issues[issue.number].labels = ["access-request"]
    run = play.run("request.yml", events.issues(play.github, play.estate, issue.number))
    assert run.ok, run.log
    (pull,) = play.estate.pulls
    assert f"Pull request #{pull.number} was opened for it" in play.told(issue.number, "request")
    run = play.dispatched()
    assert run.ok, run.log
    comment = play.told(pull.number, "pull request")
    assert "🟢 low risk: 1 request file, 1 module to change" in comment
    assert "Match the invoices of 2026 with the orders" in comment
    assert "s3:GetObject" in comment
    assert play.status() == ("pending", "Not approved: 0 of 1 approvals")
    assert set(pull.labels) == {"risk: low", "account: prod"}
    return pull.number


def slips_and_mends(play: Play, number: int) -> None:
    """Alice adds an action with a slip of the pen; the fix is one click."""
    git = play.estate.git
    (path,) = [one for _, _, _, one in git.tree("refs/heads/gitiam/request-1", "-r") if "-1" in one]
    text = git("show", f"refs/heads/gitiam/request-1:{path}").decode() + SLIP
    play.github.world.commit(play.estate, "gitiam/request-1", {path: text}, by="alice")
    run = play.pushed(number)
    assert run.jobs == {"validate": "failure", "review": "failure"}, run.log
    assert "1 error to mend before this can be merged" in play.told(number, "pull request")
    (remark,) = remarks(play, number)
    assert "```suggestion\n  - actions: [sqs:SendMessage]\n```" in remark
    mended = text.replace("SendMesage", "SendMessage")
    play.github.world.commit(play.estate, "gitiam/request-1", {path: mended}, by="alice")
    run = play.pushed(number)
    assert run.ok, run.log
    (remark,) = remarks(play, number)
    assert "Mended" in remark and "```suggestion" not in remark
    assert "to mend" not in play.told(number, "pull request")


def remarks(play: Play, number: int) -> list[str]:
    """What gitiam said at lines."""
    pull = play.estate.issues[number].pull
    assert pull is not None
    return [one.body for one in pull.comments if one.user.login == WORKFLOW]


def approves(play: Play, number: int) -> None:
    """Alice pushed and Carol asked, so neither can approve it; Bob does."""
    for login, state in (("alice", "pending"), ("bob", "success")):
        client = play.github.as_user(login).get_repo("example/estate")
        client.get_pull(number).create_review(event="APPROVE")
        pull = play.estate.issues[number].pull
        assert pull is not None
        handed_in = events.pull_request_review(play.github, play.estate, number, pull.reviews[-1])
        assert play.run("reviewed.yml", handed_in).ok
        event = events.workflow_run(play.github, play.estate, "Reviewed", handed_in)
        run = play.run("pull-request.yml", event)
        assert run.ok, run.log
        assert play.status()[0] == state
    assert play.status() == ("success", "Approved by bob")
    assert "| 1 of 1 |" in play.told(number, "pull request")


def is_applied(play: Play, number: int) -> None:
    """Bob merges; AWS has it, and the pull request says so."""
    bob = play.github.as_user("bob").get_repo("example/estate")
    bob.get_pull(number).merge(merge_method="squash")
    run = play.run("apply.yml", events.push(play.github, play.estate, by="bob"))
    assert run.ok, run.log
    document = str(policy(play))
    assert "sqs:SendMessage" in document and "arn:aws:s3:::orders/*" in document
    told = play.told(number, "applied")
    assert "**This is in AWS:** 1 module applied" in told
    assert f"`gitiam revert {number}`" in told
    assert play.estate.issues[1].state == "closed"


def policy(play: Play) -> Any:
    found = play.iam.get_role_policy(RoleName="data-pipeline", PolicyName="gitiam")
    return found["PolicyDocument"]


def meddles(play: Play) -> None:
    """Somebody gives more behind everybody's back; the night tells, until it is gone."""
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    play.iam.attach_role_policy(RoleName="data-pipeline", PolicyArn=arn)
    night = events.schedule(play.github, play.estate)
    run = play.run("nightly.yml", night)
    assert run.jobs["drift"] == "failure" and run.jobs["tell"] == "success", run.log
    issue = play.issue("gitiam-drift")
    assert issue.state == "open"
    body = issue.body or ""
    assert "AdministratorAccess" in body and "role/data-pipeline" in body
    play.iam.detach_role_policy(RoleName="data-pipeline", PolicyArn=arn)
    run = play.run("nightly.yml", night)
    assert run.ok, run.log
    assert play.issue("gitiam-drift").state == "closed"
