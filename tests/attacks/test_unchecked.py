"""Ways past a check: what nobody looked at, and what says the same in other words."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitiam.cli.main import cli
from gitiam.config import Account, Config
from gitiam.desired.state import DesiredState
from gitiam.errors import UsageError
from gitiam.models import Kind
from gitiam.snapshot import LivePrincipal, Snapshot
from gitiam.sync.drift.comparison import compare
from gitiam.validate.selection import Selection
from tests.support.estates import NOW, findings_of, places, request, write_estate

_ROLE = """\
kind: principal
account: prod
principal: role/open
reason: The estate owns it, so that the test can
trust:
  - {trust}
"""
_POLICY = """\
kind: policy
account: prod
policy: {name}
reason: What every analyst may read
grants: [{{actions: "s3:GetObject", resources: "arn:aws:s3:::reports/*"}}]
"""


@pytest.mark.parametrize("name", [".x.yaml", ".prod/x.yaml"])
def test_a_hidden_file_is_not_said_to_be_fine(tmp_path: Path, name: str) -> None:
    root = write_estate(tmp_path, {f"requests/{name}": "nonsense"})
    ran = CliRunner().invoke(cli, ["validate", "-C", str(root), str(root / "requests" / name)])
    assert isinstance(ran.exception, UsageError)
    assert "hidden files are not read" in ran.exception.message


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:*?", "*"),
        ("iam:?*?", "arn:aws:iam::*:*"),
        ("iam:*", "arn:aws:iam::{account_id}:*"),
        ("iam:*", "arn:aws:iam::111122223333:*"),
    ],
)
def test_all_of_iam_in_other_words(action: str, resource: str) -> None:
    grant = f'- actions: "{action}"\n  resources: "{resource}"'
    (found,) = findings_of(request(grant), rule="privilege-escalation")
    assert found.blocks
    (found,) = findings_of(request(grant), rule="service-wildcard")
    assert "on all its resources" in found.message


@pytest.mark.parametrize(
    "name",
    [
        "/AdministratorAccess",
        "AdministratorAccess/",
        "administratoraccess",
        "arn:{partition}:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy//AdministratorAccess",
    ],
)
def test_the_administrator_in_other_words(name: str) -> None:
    found = findings_of(request(f'- managed_policy: "{name}"'))
    assert [f.rule for f in found] == ["full-wildcard"]


@pytest.mark.parametrize(
    ("trust", "blocks"),
    [
        ('aws: "*"', True),
        ('aws: ["{account_id}", "*"]', True),
        ('aws: "*", conditions: {StringEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}}', False),
    ],
)
def test_a_role_for_everybody(trust: str, blocks: bool) -> None:
    (found,) = findings_of(_ROLE.format(trust=f"{{{trust}}}"))
    assert (found.rule, found.blocks) == ("full-wildcard", blocks)
    assert places((found,))[0][0] == 6


def test_to_refuse_everybody_is_fine() -> None:
    assert (
        findings_of(_ROLE.format(trust='{aws: "{account_id}"}\n  - {effect: deny, aws: "*"}')) == ()
    )


@pytest.mark.parametrize("name", ["ReadOnlyAccess", "administratoraccess"])
def test_no_policy_passes_for_one_of_aws(name: str) -> None:
    (found,) = findings_of(_POLICY.format(name=name))
    assert (found.rule, found.blocks) == ("reserved-name", True)


def test_a_policy_of_another_partition_does_not_take_the_place_of_a_right_one() -> None:
    names = ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "ReadOnlyAccess")
    grants = "\n".join(f"- managed_policy: {name}" for name in names)
    found = findings_of(request(grants))
    assert [(f.rule, f.location.line) for f in found if f.blocks] == [("unusable-grant", 6)]


@pytest.mark.parametrize(
    "grant",
    [
        '{{actions: ["s3:GetObject"], resources: [&a "arn:aws:s3:::{stars}x"{again}]}}',
        '{{actions: [&a "{stars}x"{again}], resources: "arn:aws:s3:::x"}}',
    ],
    ids=["resources", "actions"],
)
def test_a_row_of_stars_keeps_nobody_waiting(grant: str) -> None:
    text = request(f"- {grant.format(stars='*' * 4_000, again=', *a' * 100)}")
    began = time.monotonic()
    findings_of(text)
    assert time.monotonic() - began < 5


def test_one_file_is_judged_beside_the_groups_that_it_names() -> None:
    ours = request("- group: Analysts", principal="user/alice")
    theirs = request(
        "- actions: s3:GetObject\n  resources: arn:aws:s3:::x/*", principal="group/analysts"
    )
    files = {"requests/a.yaml": ours, "requests/b.yaml": theirs}
    selection = Selection({path: text.encode() for path, text in files.items()})
    assert selection.needed_for(["requests/a.yaml"]) == set(files)


@pytest.mark.parametrize("path", ["/x/role/aws-service-role/", "/role/aws-service-role/x/"])
def test_a_role_that_looks_like_one_of_aws_is_reported(path: str) -> None:
    account = Account("prod", "111122223333")
    arn = f"arn:aws:iam::111122223333:role{path}evil"
    roles = (LivePrincipal(Kind.ROLE, "evil", path, arn, trust=()),)
    live = {"prod": Snapshot("prod", account.id, NOW, roles=roles)}
    nothing = DesiredState({})
    report = compare(nothing, nothing, live, Config({"prod": account}))
    assert [item.principal for item in report.items] == ["role/evil"]
