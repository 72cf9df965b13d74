"""Sids lead back to files, fingerprints tell parts apart, one estate gives one state."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.desired.compute import sid_of
from gitiam.models import ModuleKey
from tests.support.estates import Files, request
from tests.support.states import clean_state_of, statements_of

READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
SEND = "- {actions: [sqs:SendMessage], resources: ['arn:aws:sqs:*:*:orders']}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_sid_is_what_iam_takes_whatever_the_file_is_called(name: str) -> None:
    assert re.fullmatch("[A-Za-z0-9]{8,32}", sid_of(f"requests/{name}.yaml"))


def test_a_sid_can_be_read_and_is_told_apart_by_the_folder() -> None:
    one, other = (sid_of(f"requests/{where}/read-orders_2.yaml") for where in ("dev", "prod"))
    assert one != other
    assert one.startswith("ReadOrders2")
    assert other.startswith("ReadOrders2")


def test_every_sid_leads_back_to_its_file() -> None:
    files = {
        "requests/a/read.yaml": request(f"{READ}\n{SEND}"),
        "requests/b/read.yaml": request(READ),
        "requests/c.yaml": request("- {managed_policy: ReadOnlyAccess}"),
    }
    (desired,) = clean_state_of(files).modules.values()
    found = {s.sid.partition("n2")[0]: s for s in statements_of(desired)}
    assert {desired.sids[sid] for sid in found} == {"requests/a/read.yaml", "requests/b/read.yaml"}
    assert set(desired.sids.values()) == {"requests/a/read.yaml", "requests/b/read.yaml"}


# -- fingerprints -------------------------------------------------------------------------------

ROLE = """\
kind: principal
account: [dev, prod]
principal: role/data-pipeline
reason: Runs the nightly order exports
description: Nightly exports
owner: data
tags: {team: data, cost-centre: "7"}
trust: [{service: lambda.amazonaws.com}]
permissions_boundary: PowerUserAccess
max_session: 7200
"""
POLICY = """\
kind: policy
account: [dev, prod]
policy: logging
reason: Every pipeline writes its logs in one place
description: Logs
tags: {team: data, cost-centre: "7"}
grants: [{actions: [logs:PutLogEvents, logs:CreateLogStream], resources: ["*"]}]
"""
REQUEST = request(
    """
    - {actions: [s3:GetObject, s3:PutObject], resources: ['arn:aws:s3:::a', 'arn:aws:s3:::b']}
    - managed_policy: ReadOnlyAccess
    - managed_policy: SecurityAudit
    """,
    account="[dev, prod]",
    principal="[role/data-pipeline, role/other]",
    ticket="INC-1",
)


def parts(files: Files, account: str = "prod") -> dict[tuple[ModuleKey, str], str]:
    """The fingerprint of each file's part in each module of an account."""
    modules = clean_state_of(files).modules
    return {
        (key, path): fingerprint
        for key, desired in modules.items()
        if key.account == account
        for path, fingerprint in desired.origins.items()
    }


ESTATE = {"requests/role.yaml": ROLE, "requests/p.yaml": POLICY, "requests/x.yaml": REQUEST}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("role", "[dev, prod]", "prod"),
        ("role", "Runs the nightly", "Runs every"),
        ("role", '{team: data, cost-centre: "7"}', '{cost-centre: "7", team: data}'),
        ("role", "owner: data\ntags: {", "tags: {owner: data, "),
        ("p", "[dev, prod]", "prod"),
        ("p", "in one place", "in the same place"),
        ("p", '{team: data, cost-centre: "7"}', '{cost-centre: "7", team: data}'),
        ("p", "logs:PutLogEvents, logs:CreateLogStream", "logs:CreateLogStream, logs:PutLogEvents"),
        ("x", "[dev, prod]", "prod"),
        ("x", "INC-204", "INC-205"),
        ("x", "INC-1", "INC-2"),
        ("x", "2027-01-15", "2027-01-16T00:00:00Z"),
        ("x", "s3:GetObject, s3:PutObject", "s3:PutObject, s3:GetObject"),
        ("x", "'arn:aws:s3:::a', 'arn:aws:s3:::b'", "'arn:aws:s3:::b', 'arn:aws:s3:::a'"),
        (
            "x",
            "managed_policy: ReadOnlyAccess\n  - managed_policy: SecurityAudit",
            "managed_policy: SecurityAudit\n  - managed_policy: ReadOnlyAccess",
        ),
        ("x", "account:", "# a comment\naccount:"),
    ],
)
def test_what_gives_nothing_else_keeps_its_fingerprint(path: str, old: str, new: str) -> None:
    name = f"requests/{path}.yaml"
    assert old in ESTATE[name]
    assert parts({**ESTATE, name: ESTATE[name].replace(old, new)}) == parts(ESTATE)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("role", "Nightly exports", "Daily exports"),
        ("role", "owner: data", "owner: sales"),
        ("role", "team: data", "team: sales"),
        ("role", "lambda", "ec2"),
        ("role", "PowerUserAccess", "ReadOnlyAccess"),
        ("role", "7200", "3600"),
        ("role", "owner:", "path: /x/\nowner:"),
        ("p", "Logs", "All logs"),
        ("p", "team: data", "team: sales"),
        ("p", "logs:CreateLogStream", "logs:CreateLogGroup"),
        ("p", "tags:", "path: /x/\ntags:"),
        ("x", "s3:GetObject", "s3:GetObjectAcl"),
        ("x", "arn:aws:s3:::a", "arn:aws:s3:::A"),
        ("x", "SecurityAudit", "ViewOnlyAccess"),
        ("x", "2027-01-15", "2027-01-14"),
    ],
)
def test_what_gives_something_else_changes_its_fingerprint(path: str, old: str, new: str) -> None:
    name = f"requests/{path}.yaml"
    before = parts(ESTATE)
    after = parts({**ESTATE, name: ESTATE[name].replace(old, new)})
    assert set(before) == set(after)
    changed = {module for module in before if before[module] != after[module]}
    assert changed == {module for module in before if module[1] == name}


def test_a_principal_less_leaves_the_others_alone() -> None:
    files = {**ESTATE, "requests/x.yaml": REQUEST.replace(", role/other", "")}
    gone = ModuleKey.parse("prod/role/other")
    assert parts(files) == {k: v for k, v in parts(ESTATE).items() if k[0] != gone}


# -- determinism --------------------------------------------------------------------------------


def test_the_order_in_which_the_folder_lists_its_files_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = clean_state_of(ESTATE)
    scandir = os.scandir

    class Backwards:
        def __init__(self, folder: str) -> None:
            with scandir(folder) as found:
                self.entries = sorted(found, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr("gitiam.load.tree.os.scandir", Backwards)
    assert clean_state_of(ESTATE) == wanted
