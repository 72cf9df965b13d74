"""What a dead run left in AWS without writing its state, and what stays when a principal leaves."""

from __future__ import annotations

import json

from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import open_ledger, renderer_for
from gitiam.models import ModuleKey
from gitiam.modules import Marker
from tests.support.world import World

GRANTS = """\
- actions: [sqs:SendMessage]
  resources: ["arn:aws:sqs:us-east-1:{account_id}:orders"]
- managed_policy: ReadOnlyAccess
"""


def _left_behind(world: World, key: str) -> None:
    """As if an apply of this module had been killed with all of its state."""
    estate = EstateContext(world.root, None, None)
    module = renderer_for(estate).modules(estate.state)[ModuleKey.parse(key)]
    marker = Marker(
        module.digest, (), module.creates, module.imports, module.files, "2026-11-23T12:00:00+00:00"
    )
    open_ledger(estate).begin(module.key, marker)


def test_what_a_dead_run_gave_leaves_with_its_request(world: World) -> None:
    world.leave_a_file()
    iam = world.iam()
    iam.create_user(UserName="a")
    request = world.ask("orders", GRANTS, principal="user/a")
    _left_behind(world, "prod/user/a")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*"}]}
    policy["Statement"][0]["Resource"] = "*"  # type: ignore[index]
    iam.put_user_policy(UserName="a", PolicyName="gitiam", PolicyDocument=json.dumps(policy))
    # It came to make the inline policy, but not the attachment.

    (world.root / request).unlink()
    assert world.gitiam("changes", "--format", "json").pending == {
        "prod/user/a": ["the last apply failed or was interrupted"]
    }
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/user/a"]), ran.err + ran.out
    assert iam.list_user_policies(UserName="a")["PolicyNames"] == []
    assert world.gitiam("changes").code == 0


DECLARATION = """\
kind: principal
account: prod
principal: role/exporter
reason: Exports orders every night
trust:
  - service: ec2.amazonaws.com
"""


def test_access_leaves_though_the_role_itself_must_stay(world: World) -> None:
    world.leave_a_file()
    iam = world.iam()
    world.write({"requests/exporter.yaml": DECLARATION})
    request = world.ask("orders", GRANTS, principal="role/exporter")
    assert world.gitiam("apply").code == 0
    assert iam.list_role_policies(RoleName="exporter")["PolicyNames"] == ["gitiam"]

    (world.root / request).unlink()
    (world.root / "requests/exporter.yaml").unlink()
    found = world.gitiam("changes", "--format", "json").json["pending"]
    assert [item["destroys"].endswith(":role/exporter") for item in found] == [True]
    ran = world.gitiam("apply", "--format", "json")
    assert ran.code == 1
    assert "itself" in ran.failed["prod/role/exporter"]
    assert "--allow-destroy" in ran.failed["prod/role/exporter"]
    assert iam.get_role(RoleName="exporter")["Role"]["RoleName"] == "exporter"
    assert iam.list_role_policies(RoleName="exporter")["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName="exporter")["AttachedPolicies"] == []
    # From now on it waits for a decision, which changes and plan tell from a failure.
    arn = f"arn:aws:iam::{world.accounts['prod']}:role/exporter"
    waiting = world.gitiam("changes", "--format", "json")
    assert waiting.code == 11
    assert waiting.pending == {
        "prod/role/exporter": [
            f"its access is gone, and {arn} itself is kept until --allow-destroy",
            "requests/exporter.yaml removed",
            "requests/orders.yaml removed",
        ]
    }
    planned = world.gitiam("plan")
    assert planned.code == 11
    assert f"{arn} itself is kept until --allow-destroy prod/role/exporter" in planned.out
    assert "an apply ends with 1" in planned.out
    assert "an apply records it" not in planned.out

    assert world.gitiam("apply", "--allow-destroy", "prod/role/exporter").code == 0
    assert "exporter" not in {r["RoleName"] for r in iam.list_roles()["Roles"]}
    assert world.gitiam("changes").code == 0


def test_a_principal_that_is_still_asked_for_is_let_go(world: World) -> None:
    world.leave_a_file()
    iam = world.iam()
    world.write({"requests/exporter.yaml": DECLARATION})
    world.ask("orders", GRANTS, principal="role/exporter")
    assert world.gitiam("apply").code == 0
    (world.root / "requests/exporter.yaml").unlink()

    found = world.gitiam("changes", "--format", "json").json["pending"]
    assert [(item["destroys"], item["reasons"]) for item in found] == [
        (None, ["requests/exporter.yaml removed"])
    ]
    # A ledger that was lost does not make it forget what the state knows.
    for record in (world.root / ".gitiam/store/ledger").rglob("*.json"):
        record.unlink()
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/role/exporter"]), ran.out
    assert iam.get_role(RoleName="exporter")["Role"]["RoleName"] == "exporter"
    assert iam.list_role_policies(RoleName="exporter")["PolicyNames"] == ["gitiam"]

    (world.root / "requests/orders.yaml").unlink()
    assert world.gitiam("apply").code == 0
    assert iam.get_role(RoleName="exporter")["Role"]["RoleName"] == "exporter"
    assert iam.list_role_policies(RoleName="exporter")["PolicyNames"] == []


def test_an_account_that_left_blocks_its_own_modules_alone(world: World) -> None:
    for account in ("prod", "dev"):
        world.iam(account).create_user(UserName="a")
    world.ask("dev", GRANTS, principal="user/a", account=["dev"])
    assert world.gitiam("apply").code == 0
    (world.root / "requests/dev.yaml").unlink()
    world.accounts = {"prod": world.accounts["prod"]}
    world.configure()
    world.ask("prod", GRANTS, principal="user/a")
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (1, ["prod/user/a"])
    assert "no longer in gitiam.yaml" in ran.failed["dev/user/a"]
