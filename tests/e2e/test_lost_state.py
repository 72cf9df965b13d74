"""A Terraform state that is lost, cut off or put back, with the real Terraform: nothing doubled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.thorough import thorough
from tests.support.world import World

ROLE = "prod/role/app"
SEND = '- actions: [sqs:SendMessage]\n  resources: ["arn:aws:sqs:us-east-1:{account_id}:NAME"]'
READ = "- managed_policy: ReadOnlyAccess"
AUDIT = "- managed_policy: SecurityAudit"


def lose(state: Path, old: bytes) -> None:
    state.unlink()


def truncate(state: Path, old: bytes) -> None:
    state.write_bytes(state.read_bytes()[:200])


def put_back(state: Path, old: bytes) -> None:
    state.write_bytes(old)


DAMAGES = {lose: "is gone", truncate: "cannot be read", put_back: "is an old one"}


@pytest.mark.parametrize(
    ("damage", "said"),
    [pytest.param(d, s, marks=() if d is lose else thorough) for d, s in DAMAGES.items()],
)
def test_a_changed_request_after_damage(
    world: World, damage: Callable[[Path, bytes], None], said: str
) -> None:
    world.declare("role/app")
    world.ask("send", SEND.replace("NAME", "orders"))
    state = world.root / f".gitiam/store/state/{ROLE}.tfstate"
    assert world.gitiam("apply").code == 0
    old = state.read_bytes()
    world.ask("read", READ)
    assert world.gitiam("apply").code == 0
    assert world.gitiam("ledger", "verify").code == 0

    damage(state, old)
    verified = world.gitiam("ledger", "verify", "--format", "json")
    assert verified.code == 1
    (fault,) = verified.json["faults"]
    assert (fault["where"], fault["flaw"]) == (ROLE, "damaged-state")
    assert said in fault["what"]

    # Nothing is wanted any more that was attached; other things are.
    world.ask("read", AUDIT)
    world.ask("send", SEND.replace("NAME", "invoices"))
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, [ROLE]), ran.out + ran.err
    (entry,) = ran.json["applied"]
    assert said in entry["notes"][0]
    assert_as_desired(world)
    assert world.resources("role/app") == {
        f"arn:aws:sqs:us-east-1:{world.accounts['prod']}:invoices"
    }


def assert_as_desired(world: World) -> None:
    iam = world.iam()
    assert [r["RoleName"] for r in iam.list_roles()["Roles"]] == ["app"]
    attached = iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    assert [p["PolicyName"] for p in attached] == ["SecurityAudit"]
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0
    assert world.gitiam("ledger", "verify").code == 0


def test_nothing_has_changed_but_the_state_is_lost(world: World) -> None:
    """An apply of an unchanged module does not run: `verify` finds it, `repair` makes it run."""
    world.declare("role/app")
    world.ask("read", AUDIT)
    assert world.gitiam("apply").code == 0
    (world.root / f".gitiam/store/state/{ROLE}.tfstate").unlink()
    assert world.gitiam("changes").code == 0
    assert world.gitiam("ledger", "verify").code == 1

    dry = world.gitiam("ledger", "repair", "--dry-run", "--format", "json")
    assert [deed["where"] for deed in dry.json["done"]] == [ROLE]
    assert world.gitiam("changes").code == 0
    assert world.gitiam("ledger", "repair").code == 0
    assert world.gitiam("changes").code == 11
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, [ROLE]), ran.out + ran.err
    assert_as_desired(world)


def test_what_was_not_made_to_the_end_is_gone_on_with(world: World) -> None:
    """An interrupt just after CreateRole leaves a role that Terraform wants to make anew."""
    world.declare("role/app")
    assert world.gitiam("apply").code == 0
    made = world.iam().get_role(RoleName="app")["Role"]["RoleId"]
    state = world.root / f".gitiam/store/state/{ROLE}.tfstate"
    body = json.loads(state.read_bytes())
    (resource,) = body["resources"]
    resource["instances"][0]["status"] = "tainted"
    body["serial"] += 1
    state.write_text(json.dumps(body), encoding="utf-8")
    (record,) = (world.root / f".gitiam/store/ledger/{ROLE}").glob("*.json")
    marker = {"digest": "", "absent": [], "creates": {}, "imports": {}, "files": {}}
    text = json.dumps(marker | {"started_at": "2026-11-23T12:00:00+00:00"})
    record.with_name("applying.json").write_text(text, encoding="utf-8")

    world.ask("read", AUDIT)
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, [ROLE]), ran.out + ran.err
    assert world.iam().get_role(RoleName="app")["Role"]["RoleId"] == made
    assert_as_desired(world)
