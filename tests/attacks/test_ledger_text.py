"""Whoever can write to the ledger runs no program, and writes no file, where gitiam runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitiam.shipped import templates_dir
from tests.e2e.conftest import emulator, fresh_account, other_account, world
from tests.support.world import World

__all__ = ["emulator", "fresh_account", "other_account", "world"]

pytestmark = pytest.mark.terraform

ROLE = "prod/role/app"
SEND = '- actions: [sqs:SendMessage]\n  resources: ["arn:aws:sqs:us-east-1:{account_id}:NAME"]'

#: A second provider, whose credentials come from a program.
EVIL_PROVIDER = """
provider "aws" {
  alias               = "x"
  region              = "us-east-1"
  profile             = "evil"
  shared_config_files = ["CONFIG"]
}
"""
EVIL_POLICY = """
resource "aws_iam_role_policy" "inline" {
  provider = aws.x
  name     = "gitiam"
  role     = "app"
  policy   = "{}"
}
"""


def evil_config(trace: Path) -> str:
    return f'[profile evil]\nregion=us-east-1\ncredential_process = /bin/sh -c "id > {trace}"\n'


@pytest.fixture
def applied(world: World) -> World:
    world.declare("role/app")
    world.ask("send", SEND.replace("NAME", "orders"))
    assert world.gitiam("apply").code == 0
    return world


def tamper(world: World, files: dict[str, str], imports: dict[str, str]) -> None:
    """Change what the ledger remembers, lose the state, and ask for something else."""
    store = world.root / ".gitiam/store"
    (record,) = (store / "ledger" / ROLE).glob("*.json")
    body: dict[str, Any] = json.loads(record.read_text())
    body["files"] = {**body["files"], **files}
    body["imports"] = {**body["imports"], **imports}
    record.write_text(json.dumps(body))
    (store / f"state/{ROLE}.tfstate").unlink()
    world.ask("send", SEND.replace("NAME", "invoices"))


def test_what_it_remembers_starts_no_program(applied: World) -> None:
    trace = applied.folder / "trace"
    config = "${path.module}/policies/evil"
    evil = {
        "main.tf": EVIL_PROVIDER.replace("CONFIG", config) + EVIL_POLICY,
        "policies/evil": evil_config(trace),
    }
    tamper(applied, evil, {"aws_iam_role_policy.inline": "app:other"})
    applied.gitiam("apply")
    assert not trace.exists()


def test_what_it_remembers_lies_nowhere_else(applied: World) -> None:
    target = applied.folder / "written"
    up = "policies/" + "../" * 12 + str(target).lstrip("/")
    files = {up: "x", "policies/../evil.auto.tfvars": 'gitiam_role_arn = "x"'}
    tamper(applied, files, {"aws_iam_role_policy.inline": "app:other"})
    applied.gitiam("apply")
    assert not target.exists()


@pytest.mark.parametrize(
    "address",
    ['aws_iam_role.this" {}\ndata "external" "x', "module.x.aws_iam_role.this", "-config=/tmp"],
)
def test_what_it_calls_a_resource_is_an_address(applied: World, address: str) -> None:
    before = applied.inline("role/app")
    tamper(applied, {}, {address: "x"})
    ran = applied.gitiam("apply", "--format", "json")
    assert ran.code == 1
    assert ran.started("import") == ran.started("apply") == []
    assert applied.inline("role/app") == before
    assert "cannot be read" in applied.gitiam("ledger", "verify").out


def test_a_template_starts_no_program_when_it_is_planned(world: World) -> None:
    """A provider acts when the plan is made, before anybody can judge it."""
    world.declare("role/app")
    world.ask("send", SEND.replace("NAME", "orders"))
    trace, config = world.folder / "trace", world.folder / "evil"
    config.write_text(evil_config(trace))
    text = (templates_dir() / "terraform" / "role.tf.j2").read_text(encoding="utf-8")
    text = text.replace("  role   = local.role", "  provider = aws.x\n  role   = local.role")
    text += EVIL_PROVIDER.replace("CONFIG", str(config))
    world.write({"templates/terraform/role.tf.j2": text})
    for command in ("plan", "apply"):
        ran = world.gitiam(command, "--format", "json")
        assert ran.code == 1
        assert "Terraform was not started" in ran.failed[ROLE]
        assert ran.started(command) == []
    assert not trace.exists()
