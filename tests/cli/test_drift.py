"""`gitiam crawl` and `gitiam drift` as people call them, against an embedded AWS."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gitiam.cli.main import cli
from gitiam.errors import UsageError
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Record, Standing
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.store.objects import FolderObjects
from tests.support.emulator import iam_of, use
from tests.support.estates import write_estate

CONFIG = """\
accounts:
  prod: {{id: "{prod}", tier: critical, roles: {{crawl: "arn:aws:iam::{prod}:role/crawl"}}}}
  dev: {{id: "{dev}", tier: free, roles: {{crawl: "arn:aws:iam::{dev_owner}:role/crawl"}}}}
requests: {{expiry: {{never_tiers: [free, critical]}}}}
"""
GROUP = """\
kind: principal
account: prod
principal: group/analysts
reason: The people who ask the data questions
"""
READ = """\
account: prod
principal: group/analysts
reason: They read what the shop sold
expires: never
grants:
  - actions: [s3:GetObject]
    resources: [arn:aws:s3:::orders/*]
"""
POLICY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": ["S3:getobject"],
        "Resource": "arn:aws:s3:::orders/*",
    },
}


@pytest.fixture
def estate(tmp_path: Path, fresh_account: str, other_account: str) -> Path:
    files = {
        "gitiam.yaml": config(fresh_account, other_account, other_account),
        "requests/analysts.yaml": GROUP,
        "requests/read.yaml": READ,
    }
    return write_estate(tmp_path, files)


def config(prod: str, dev: str, dev_owner: str) -> str:
    return CONFIG.format(prod=prod, dev=dev, dev_owner=dev_owner)


@pytest.fixture(autouse=True)
def live(emulator: Emulator, fresh_account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """IAM as the estate wants it."""
    use(emulator, monkeypatch)
    iam = iam_of(emulator, fresh_account)
    iam.create_group(GroupName="analysts")
    iam.put_group_policy(
        GroupName="analysts", PolicyName="gitiam", PolicyDocument=json.dumps(POLICY)
    )


def gitiam(estate: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(estate), *arguments])


def drift(estate: Path, *arguments: str) -> Any:
    return json.loads(gitiam(estate, "drift", "--format", "json", *arguments).stdout)


def test_what_is_as_it_should_be_is_clean(estate: Path) -> None:
    done = gitiam(estate, "drift")
    assert done.exit_code == 0, done.output
    assert "no difference in 2 accounts" in done.stdout
    assert "[2/2] read" in done.stderr


def test_what_differs_is_told_in_every_form(
    estate: Path, emulator: Emulator, fresh_account: str
) -> None:
    stray = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    iam = iam_of(emulator, fresh_account)
    iam.put_group_policy(GroupName="analysts", PolicyName="stray", PolicyDocument=json.dumps(stray))
    done = gitiam(estate, "drift")
    assert done.exit_code == 12
    assert "unmanaged inline policy stray" in done.stdout
    (item,) = drift(estate)["drift"]
    assert (item["account"], item["principal"], item["kind"], item["what"], item["name"]) == (
        *("prod", "group/analysts", "unmanaged"),
        *("inline-policy", "stray"),
    )
    assert item["details"]["extra"] == stray["Statement"]
    markdown = gitiam(estate, "drift", "--format", "markdown")
    assert markdown.exit_code == 12
    assert "| prod | group/analysts | inline policy stray |" in markdown.stdout
    assert gitiam(estate, "drift", "--account", "dev").exit_code == 0


def test_what_is_attached_by_hand_is_not_excused_by_what_is_pending(
    estate: Path, emulator: Emulator, fresh_account: str
) -> None:
    """Another digest is recorded, so the module is pending; its policy is still the old one."""
    key = ModuleKey("prod", Kind.GROUP, "analysts")
    files = {"policies/inline.json": json.dumps(POLICY)}
    before = Record("d" * 64, {}, {}, "2026-11-23T12:00:00+00:00", files=files)
    Ledger(FolderObjects(estate / ".gitiam/store")).finish(key, before, Standing())
    more = "  - actions: [s3:PutObject]\n    resources: [arn:aws:s3:::orders/*]\n"
    (estate / "requests/read.yaml").write_text(READ + more)
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam = iam_of(emulator, fresh_account)
    iam.attach_group_policy(GroupName="analysts", PolicyArn=admin)
    body = drift(estate)
    marked = {(item["kind"], item["what"]): item["pending"] for item in body["drift"]}
    assert marked == {("changed", "inline-policy"): True, ("unmanaged", "attachment"): False}
    assert body["summary"]["pending"] == 1
    text = gitiam(estate, "drift").stdout
    assert f"unmanaged attachment {admin}\n" in text
    assert "1 of them not applied yet" in text


def test_a_snapshot_stands_for_live(estate: Path, emulator: Emulator, fresh_account: str) -> None:
    done = gitiam(estate, "crawl")
    assert done.exit_code == 0, done.output
    assert "prod: 0 users, 1 groups, 0 roles, 0 policies" in done.stdout
    folder = estate / ".gitiam/snapshots"
    assert sorted(os.listdir(folder)) == ["dev.json", "prod.json"]  # noqa: PTH208
    iam_of(emulator, fresh_account).create_group(GroupName="later")
    assert gitiam(estate, "drift", "--snapshot", str(folder)).exit_code == 0
    assert gitiam(estate, "drift").exit_code == 12


def test_an_account_that_cannot_be_read_is_never_clean(
    estate: Path, fresh_account: str, other_account: str
) -> None:
    (estate / "gitiam.yaml").write_text(config(fresh_account, other_account, "000000000001"))
    done = gitiam(estate, "drift")
    assert done.exit_code == 12
    assert "1 not compared; no difference in 1 account" in done.stdout
    (part,) = drift(estate)["unread"]
    assert (part["account"], part["what"]) == ("dev", "account")
    assert "000000000001" in part["reason"]

    done = gitiam(estate, "crawl", "--format", "json")
    assert done.exit_code == 1
    dev, prod = json.loads(done.stdout)["snapshots"]
    assert "000000000001" in dev["unread"]
    assert prod["groups"] == 1
    # What the crawl could not read, the snapshot does not forget.
    folder = str(estate / ".gitiam/snapshots")
    (part,) = drift(estate, "--snapshot", folder)["unread"]
    assert "000000000001" in part["reason"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "`gitiam crawl` writes it"),
        ("{", "is no snapshot: not JSON"),
        ('{"version": 9}', "its version is 9"),
        ('{"version": 1, "account": "prod", "unread": "x"}', "is the snapshot of prod"),
    ],
)
def test_a_snapshot_that_is_wrong_is_an_unread_account(
    estate: Path, text: str | None, said: str
) -> None:
    folder = estate / "snapshots"
    folder.mkdir()
    if text is not None:
        (folder / "dev.json").write_text(text)
    (part,) = drift(estate, "--snapshot", str(folder), "--account", "dev")["unread"]
    assert said in part["reason"]


def test_a_file_that_is_not_understood_is_never_clean(estate: Path) -> None:
    (estate / "requests/broken.yaml").write_text("account: [prod\n")
    done = gitiam(estate, "drift")
    assert done.exit_code == 12
    assert "requests/broken.yaml:" in done.stdout


@pytest.mark.parametrize("command", ["crawl", "drift"])
def test_an_account_that_there_is_not(estate: Path, command: str) -> None:
    done = gitiam(estate, command, "--account", "prd")
    assert isinstance(done.exception, UsageError)
    assert done.exception.hint == "Did you mean prod?"


@pytest.mark.parametrize("command", ["crawl", "drift"])
def test_help_shows_examples(command: str) -> None:
    done = CliRunner().invoke(cli, [command, "--help"])
    assert f"gitiam {command}\n" in done.stdout
