"""The crawl: everything of an account, or the reason why not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitiam.config import Account, Roles
from gitiam.errors import GitiamError
from gitiam.load.snapshots import read_snapshot
from gitiam.models import Kind
from gitiam.policy.statement import parse_document
from gitiam.snapshot import LivePolicy, LivePrincipal, Snapshot, Unparsed, Unread
from gitiam.sync.aws import crawl as module
from gitiam.sync.aws.crawl import crawl, write_snapshots
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.aws.session import AccountSessions, Purpose
from tests.support.emulator import iam_of, use

NOW = datetime(2027, 1, 15, 3, tzinfo=UTC)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
        }
    ],
}
# Blanks, a plus, a percent sign and letters beyond ASCII: what a wrong decoding would change.
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "A",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::a/${aws:username}/b c+d%20é",
        }
    ],
}
OLD = json.loads(json.dumps(POLICY).replace("GetObject", "PutObject"))
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def account(name: str, account_id: str, owner: str | None = None) -> Account:
    role = f"arn:aws:iam::{owner or account_id}:role/gitiam-crawl"
    return Account(name, account_id, roles=Roles(crawl=role))


def furnish(emulator: Emulator, account_id: str) -> str:
    """One of everything, in more pages than one of two entities; the policy's ARN."""
    iam = iam_of(emulator, account_id)
    arn = iam.create_policy(
        PolicyName="shared", Path="/s/", PolicyDocument=json.dumps(OLD), Description="d"
    )["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(POLICY), SetAsDefault=True)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(OLD))
    iam.create_group(GroupName="analysts", Path="/g/")
    iam.put_group_policy(
        GroupName="analysts", PolicyName="gitiam", PolicyDocument=json.dumps(POLICY)
    )
    iam.attach_group_policy(GroupName="analysts", PolicyArn=arn)
    for name in ("bob", "alice"):
        iam.create_user(
            UserName=name, Path="/u/", PermissionsBoundary=arn, Tags=[{"Key": "k", "Value": "v"}]
        )
        iam.add_user_to_group(GroupName="analysts", UserName=name)
    iam.put_user_policy(UserName="bob", PolicyName="gitiam", PolicyDocument=json.dumps(POLICY))
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    for name in ("app", "web", "job"):
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Path="/r/",
            Description="é" if name == "app" else "",
            MaxSessionDuration=7200,
            PermissionsBoundary=arn,
            Tags=[{"Key": "k", "Value": "v"}],
        )
    iam.put_role_policy(RoleName="app", PolicyName="gitiam", PolicyDocument=json.dumps(POLICY))
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    iam.attach_role_policy(RoleName="app", PolicyArn=READ_ONLY)
    return arn


def test_every_account_is_read_and_one_that_fails_does_not_stop_the_others(
    emulator: Emulator, fresh_account: str, other_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    monkeypatch.setattr(module, "_PAGE_SIZE", 2)
    shared = furnish(emulator, fresh_account)
    iam_of(emulator, other_account).create_group(GroupName="alone")
    said: list[tuple[str, str]] = []
    accounts = [
        account("prod", fresh_account),
        account("wrong", other_account, owner=fresh_account),
        account("dev", other_account),
    ]
    found = crawl(accounts, AccountSessions(), NOW, lambda *line: said.append(line))

    prod, dev, wrong = found["prod"], found["dev"], found["wrong"]
    assert isinstance(wrong, Unread)
    assert fresh_account in wrong.reason
    assert isinstance(dev, Snapshot)
    assert [group.name for group in dev.groups] == ["alone"]
    assert not (dev.users or dev.roles or dev.policies)
    assert isinstance(prod, Snapshot)
    assert (prod.account, prod.account_id, prod.taken_at) == ("prod", fresh_account, NOW)
    ended = {line for line in said if line[1] in ("done", "unread")}
    assert ended == {("prod", "done"), ("dev", "done"), ("wrong", "unread")}
    assert ("prod", "7 entities") in said
    check(prod, shared, f"arn:aws:iam::{fresh_account}:")


def check(prod: Snapshot, shared: str, arn: str) -> None:
    policy = parse_document(POLICY)
    groups = (
        LivePrincipal(
            Kind.GROUP,
            "analysts",
            "/g/",
            f"{arn}group/g/analysts",
            inline={"gitiam": policy},
            attached=(shared,),
        ),
    )
    bob, alice = prod.users
    assert prod.groups == groups
    assert bob == LivePrincipal(
        Kind.USER,
        "bob",
        "/u/",
        f"{arn}user/u/bob",
        inline={"gitiam": policy},
        attached=(READ_ONLY,),
        groups=("analysts",),
        boundary=shared,
        tags={"k": "v"},
    )
    assert (alice.name, alice.inline, alice.groups) == ("alice", {}, ("analysts",))
    roles = {role.name: role for role in prod.roles}
    assert sorted(roles) == ["app", "job", "web"]
    assert roles["app"] == LivePrincipal(
        Kind.ROLE,
        "app",
        "/r/",
        f"{arn}role/r/app",
        inline={"gitiam": policy},
        attached=tuple(sorted((shared, READ_ONLY))),
        boundary=shared,
        tags={"k": "v"},
        description="é",
        max_session=7200,
        trust=parse_document(TRUST),
    )
    assert roles["web"].description == ""
    assert prod.policies == (LivePolicy("shared", "/s/", shared, policy, "d"),)


def test_an_unread_account_overwrites_what_was_there(tmp_path: Path) -> None:
    write_snapshots(tmp_path / "new", {"prod": Snapshot("prod", "111122223333", NOW)})
    assert isinstance(read_snapshot(tmp_path / "new" / "prod.json"), Snapshot)
    write_snapshots(tmp_path / "new", {"prod": Unread("prod", "no")})
    assert read_snapshot(tmp_path / "new" / "prod.json") == Unread("prod", "no")
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["prod.json"]


def test_no_account_is_an_error() -> None:
    with pytest.raises(GitiamError, match="no account"):
        crawl([], AccountSessions(), NOW)


class Iam:
    """Answers with these pages."""

    def __init__(self, details: list[dict[str, Any]], roles: list[dict[str, Any]]) -> None:
        self.pages = {"get_account_authorization_details": details, "list_roles": roles}

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self.pages[operation])


class Pages:
    """One operation's."""

    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self.pages = pages

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        return iter(self.pages)


class Sessions(AccountSessions):
    """Hands out this client."""

    def __init__(self, iam: Iam) -> None:
        super().__init__()
        self.client = iam

    def iam(self, account: Account, purpose: Purpose) -> Any:
        return self.client


def details(*roles: dict[str, Any], **more: Any) -> dict[str, Any]:
    headers = {"HTTPHeaders": {"date": "Fri, 15 Jan 2027 03:00:00 GMT"}}
    lists: dict[str, Any] = {"UserDetailList": [], "GroupDetailList": [], "Policies": []}
    return {
        **lists,
        "RoleDetailList": list(roles),
        "IsTruncated": False,
        "ResponseMetadata": headers,
        **more,
    }


def role(name: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::111122223333:role/{name}"
    return {"RoleName": name, "Path": "/", "Arn": arn, "AssumeRolePolicyDocument": TRUST, **more}


def listed(*names: str, made: datetime = NOW - timedelta(days=1)) -> dict[str, Any]:
    return {"Roles": [{"RoleName": name, "CreateDate": made} for name in names]}


def read(details: list[dict[str, Any]], roles: list[dict[str, Any]]) -> Snapshot | Unread:
    prod = Account("prod", "111122223333")
    return crawl([prod], Sessions(Iam(details, roles)), NOW)["prod"]


@pytest.mark.parametrize(
    ("pages", "roles", "said"),
    [
        ([], [listed()], "GetAccountAuthorizationDetails ended before its last page"),
        ([details()], [], "ListRoles ended before its last page"),
        ([details(IsTruncated=True)], [listed()], "ended before its last page"),
        ([details()], [listed() | {"IsTruncated": True}], "ListRoles ended before"),
        ([{"IsTruncated": False}], [listed()], "holds no list at all"),
        ([details()], [listed("app")], "left out role/app"),
        ([details(role("app"), role("APP"))], [listed("app")], "role/APP stands twice"),
        ([details({"RoleName": "app"})], [listed()], "lacks 'Path'"),
    ],
)
def test_half_an_answer_is_unread(
    pages: list[dict[str, Any]], roles: list[dict[str, Any]], said: str
) -> None:
    found = read(pages, roles)
    assert isinstance(found, Unread)
    assert said in found.reason


def test_the_reason_does_not_name_the_account_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """`prod: unread: …`, says the crawl."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    found = crawl([Account("prod", "111122223333")], AccountSessions(), NOW)["prod"]
    assert isinstance(found, Unread)
    assert "no AWS credentials" in found.reason
    assert "prod" not in found.reason


def test_a_role_made_while_reading_is_left_to_the_next_crawl() -> None:
    found = read([details()], [listed("new", made=NOW - timedelta(minutes=1))])
    assert isinstance(found, Snapshot)
    assert found.roles == ()


def test_a_role_that_went_while_reading_has_no_description_that_is_known() -> None:
    found = read([details(role("gone"))], [listed()])
    assert isinstance(found, Snapshot)
    assert (found.roles[0].description, found.roles[0].max_session) == (None, None)


def test_what_is_not_understood_is_marked() -> None:
    odd = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "x", "New": 1}]}
    policies = [{"PolicyName": "gitiam", "PolicyDocument": odd}]
    versions = [{"IsDefaultVersion": False, "Document": POLICY}]
    policy = {"Arn": "arn:aws:iam::1:policy/p", "Path": "/", "PolicyVersionList": versions}
    page = details(
        role("app", RolePolicyList=policies, AssumeRolePolicyDocument="{half"), Policies=[policy]
    )
    found = read([page], [listed("app")])
    assert isinstance(found, Snapshot)
    documents = (found.roles[0].inline["gitiam"], found.roles[0].trust, found.policies[0].document)
    assert all(isinstance(document, Unparsed) for document in documents)
