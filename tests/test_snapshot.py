"""Snapshots as JSON: nothing is lost, nothing depends on order, nothing strange is taken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitiam.load.snapshots import SnapshotError, read_snapshot, snapshot_from_json
from gitiam.models import Kind
from gitiam.policy.statement import Statement
from gitiam.snapshot import (
    LivePolicy,
    LivePrincipal,
    Snapshot,
    Unparsed,
    Unread,
    live_document,
    snapshot_as_json,
    snapshot_text,
)

READ = (Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::a/${aws:username}",), sid="A"),)
TRUST = (
    Statement("Allow", ("sts:AssumeRole",), principals=(("Service", ("ec2.amazonaws.com",)),)),
)
ARN = "arn:aws:iam::111122223333:"

FULL = Snapshot(
    account="prod",
    account_id="111122223333",
    taken_at=datetime(2027, 1, 15, 3, tzinfo=UTC),
    users=(
        LivePrincipal(
            Kind.USER,
            "bob",
            "/",
            ARN + "user/bob",
            groups=("a", "b"),
            tags={"é": "ü"},
            boundary="arn:x",
        ),
        LivePrincipal(Kind.USER, "alice", "/p/", ARN + "user/p/alice", inline={"gitiam": READ}),
    ),
    groups=(LivePrincipal(Kind.GROUP, "a", "/", ARN + "group/a", attached=("arn:1", "arn:2")),),
    roles=(
        LivePrincipal(
            Kind.ROLE,
            "app",
            "/",
            ARN + "role/app",
            inline={"odd": Unparsed("{", "not JSON")},
            description="",
            max_session=3600,
            trust=TRUST,
        ),
        LivePrincipal(Kind.ROLE, "bare", "/", ARN + "role/bare"),
        LivePrincipal(Kind.ROLE, "half", "/", ARN + "role/half", trust=Unparsed("x", "odd")),
    ),
    policies=(LivePolicy("shared", "/s/", ARN + "policy/s/shared", READ),),
)


def by_name(snapshot: Snapshot) -> Snapshot:
    return replace(
        snapshot,
        users=tuple(sorted(snapshot.users, key=lambda u: u.name)),
        roles=tuple(sorted(snapshot.roles, key=lambda r: r.name)),
    )


def test_what_is_written_is_what_is_read() -> None:
    assert snapshot_from_json(json.loads(snapshot_text(FULL))) == by_name(FULL)


def test_an_unread_account_stays_unread() -> None:
    unread = Unread("prod", "no credentials")
    assert snapshot_from_json(json.loads(snapshot_text(unread))) == unread


def test_order_of_reading_does_not_matter() -> None:
    other = replace(FULL, users=FULL.users[::-1], roles=FULL.roles[::-1])
    assert snapshot_text(other) == snapshot_text(FULL)


def test_names_that_differ_in_case_alone_are_refused() -> None:
    twins = (FULL.users[0], replace(FULL.users[0], name="BOB"))
    with pytest.raises(ValueError, match="user/BOB stands twice"):
        replace(FULL, users=twins)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "its version is 2"),
        ({"version": None}, "its version is None"),
        ({"extra": 1}, "extra: Extra inputs"),
        ({"users": None}, "users: "),
        ({"account_id": "1"}, "account_id: "),
        ({"taken_at": "yesterday"}, "taken_at: "),
        ({"taken_at": "2027-01-15T03:00:00"}, "taken_at: "),
        ({"unread": "no"}, "Extra inputs"),
    ],
)
def test_another_form_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SnapshotError, match=said):
        snapshot_from_json(snapshot_as_json(FULL) | change)


@pytest.mark.parametrize("key", sorted(set(snapshot_as_json(FULL)) - {"version"}))
def test_nothing_may_be_left_out(key: str) -> None:
    body = snapshot_as_json(FULL)
    del body[key]
    with pytest.raises(SnapshotError, match=key):
        snapshot_from_json(body)


def test_nothing_may_be_left_out_of_a_principal() -> None:
    for key in snapshot_as_json(FULL)["roles"][0]:
        body = snapshot_as_json(FULL)
        del body["roles"][0][key]
        with pytest.raises(SnapshotError, match=key):
            snapshot_from_json(body)


def test_a_document_that_somebody_edited_is_refused() -> None:
    body = snapshot_as_json(FULL)
    body["policies"][0]["document"]["Statement"][0]["Conditon"] = {}
    with pytest.raises(SnapshotError, match="unknown element 'Conditon'"):
        snapshot_from_json(body)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"x"', "[" * 100_000])
def test_what_is_no_snapshot_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prod.json"
    file.write_text(text)
    with pytest.raises(SnapshotError):
        read_snapshot(file)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "",
        {"Statement": []},
        {"Statement": [{"Effect": "Allow", "Action": "x", "New": 1}]},
        [],
        3,
    ],
)
def test_a_policy_that_is_not_understood_is_kept_and_marked(document: Any) -> None:
    found = live_document(document)
    assert isinstance(found, Unparsed)
    assert found.reason
    assert found.raw == document or json.loads(found.raw) == document
