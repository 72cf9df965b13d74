"""Text that would be program to Terraform, through a real plan: it stays text."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import renderer_for
from gitiam.models import ModuleKey
from gitiam.modules import Module
from gitiam.sync.machine.capacity import capacity
from gitiam.sync.machine.process import Processes, inherited_environment
from gitiam.sync.terraform.toolchain import Estate, open_terraform
from gitiam.sync.terraform.workspace import Terraform
from tests.support.emulator import use
from tests.support.world import World

HOSTILE = {
    "function": '${file("/etc/passwd")}',
    "directive": "%{ if true }yes%{ endif }",
    "escaped": '$${file("/etc/passwd")} %%{ if } $$${x}',
    "quotes": '"\\" } resource "aws_iam_user" "evil" { name = "evil" } #',
    "lines": 'one\n<<EOF\ntwo\nEOF\n}\nprovider "aws" {}\n',
    "variable": "${aws:username} ${local.role}",
    "letters": "caf\u00e9 \u00ff \\u007b \\n",
}


@pytest.fixture
def module(world: World) -> Module:
    """A role whose every string is hostile; the checks would refuse some, and are not asked."""
    world.declare(
        "role/app", description=" ".join(HOSTILE.values()), tags=HOSTILE, owner=HOSTILE["quotes"]
    )
    arns = [f"arn:aws:s3:::orders/{text}" for text in HOSTILE.values()]
    conditions = {"StringLike": {"s3:prefix": list(HOSTILE.values())}}
    grants = [
        {"actions": ["s3:GetObject"], "resources": arns, "conditions": conditions},
        {"actions": ["s3:ListBucket"], "effect": "deny", "not_resources": arns},
        {"assume": "arn:aws:iam::{account_id}:role/${aws:username}"},
        {"managed_policy": "ReadOnlyAccess"},
    ]
    world.ask("app", yaml.safe_dump(grants))
    estate = EstateContext(world.root, None, None)
    assert estate.estate.findings == ()
    desired = estate.state.modules[ModuleKey.parse("prod/role/app")]
    return renderer_for(estate).module(desired)


def _terraform(terraform: Terraform, folder: Path, *arguments: str) -> str:
    environment = {
        **inherited_environment(),
        "TF_CLI_CONFIG_FILE": str(terraform.cli_config),
        "CHECKPOINT_DISABLE": "1",
    }
    done = subprocess.run(
        [str(terraform.binary), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _planned(world: World, module: Module) -> dict[str, Any]:
    """The plan of the module, as Terraform shows it."""
    config = EstateContext(world.root, None, None).config
    estate = Estate(config.terraform, config.store, world.root, module.files)
    with (
        open_terraform(estate, Processes(), capacity(accounts=1, hosted=False)) as terraform,
        terraform.workspace(module) as workspace,
    ):
        _terraform(terraform, workspace.folder, "init", "-input=false")
        _terraform(terraform, workspace.folder, "plan", "-input=false", "-out=plan")
        return json.loads(_terraform(terraform, workspace.folder, "show", "-json", "plan"))


def test_text_stays_text(world: World, module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    use(world.emulator, monkeypatch, world.accounts["prod"])
    plan = _planned(world, module)
    values = {r["address"]: r["values"] for r in plan["planned_values"]["root_module"]["resources"]}
    assert sorted(values) == [
        "aws_iam_role.this",
        "aws_iam_role_policy.inline",
        'aws_iam_role_policy_attachment.managed["aws:policy/ReadOnlyAccess"]',
    ]
    changes = {r["address"]: r["change"]["actions"] for r in plan["resource_changes"]}
    assert changes == {address: ["create"] for address in values}
    assert set(plan["configuration"]["provider_config"]) == {"aws"}

    role = values["aws_iam_role.this"]
    assert role["description"] == " ".join(HOSTILE.values())
    assert role["tags"] == HOSTILE | {"owner": HOSTILE["quotes"]}
    policy = values["aws_iam_role_policy.inline"]["policy"]
    assert json.loads(policy) == json.loads(module.files["policies/inline.json"])
    said = {text for statement in json.loads(policy)["Statement"] for text in _texts(statement)}
    assert set(HOSTILE.values()) <= said
    assert {f"arn:aws:s3:::orders/{text}" for text in HOSTILE.values()} <= said
    assert f"arn:aws:iam::{world.accounts['prod']}:role/${{aws:username}}" in said
    assert "root:" not in json.dumps(plan)


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    parts = value.values() if isinstance(value, dict) else value
    return {text for part in parts for text in _texts(part)}
