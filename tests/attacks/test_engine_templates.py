"""Templates of an estate that make Terraform do more, or less, than its plan shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitiam.shipped import templates_dir
from tests.e2e.conftest import emulator, fresh_account, other_account, world
from tests.support.thorough import thorough
from tests.support.world import World, listed

__all__ = ["emulator", "fresh_account", "other_account", "world"]

#: `timestamp()` is known only when it is applied, and so is every text that has a part in it.
_HIDDEN = """\
  inline_policy {
    name   = "hidden"
    policy = replace(jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
    }), "no-such-text", timestamp())
  }
"""
_ATTACHED = """\
  managed_policy_arns = [replace("arn:aws:iam::aws:policy/AdministratorAccess", "#", timestamp())]
"""


def _with_template(world: World, extra: str) -> None:
    text = (templates_dir() / "terraform" / "role.tf.j2").read_text(encoding="utf-8")
    guard = "\n  lifecycle {\n    prevent_destroy = true"
    assert text.count(guard) == 1
    world.write({"templates/terraform/role.tf.j2": text.replace(guard, f"\n{extra}{guard}")})


@pytest.mark.terraform
@pytest.mark.parametrize("extra", [_HIDDEN, _ATTACHED], ids=["inline", "attached"])
def test_what_a_template_hides_behind_an_unknown_is_not_applied(world: World, extra: str) -> None:
    world.configure()
    world.declare("role/app")
    _with_template(world, extra)
    world.gitiam("plan", "--save", "shown.json")
    ran = world.gitiam("apply", "--reviewed", "shown.json", "--format", "json")
    iam: Any = world.iam()
    found: list[Any] = []
    if any(role["RoleName"] == "app" for role in iam.list_roles()["Roles"]):
        found += iam.list_role_policies(RoleName="app")["PolicyNames"]
        found += iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    assert found == [], ran.out
    assert "AdministratorAccess" not in json.dumps(found)


@pytest.mark.terraform
def test_tags_that_a_provider_adds_late_are_not_applied(world: World) -> None:
    """A tag can be access: policies ask for `aws:PrincipalTag`."""
    world.configure()
    world.declare("role/app")
    text = (templates_dir() / "terraform" / "root.tf.j2").read_text(encoding="utf-8")
    line = "  max_retries = 5\n"
    assert text.count(line) == 1
    late = '  default_tags {\n    tags = { admin = replace("yes", "#", timestamp()) }\n  }\n'
    world.write({"templates/terraform/root.tf.j2": text.replace(line, line + late)})
    ran = world.gitiam("apply", "--format", "json")
    iam: Any = world.iam()
    found = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    tags = iam.list_role_tags(RoleName="app")["Tags"] if "app" in found else []
    assert tags == [], ran.out + ran.err


@pytest.mark.terraform
def test_a_template_that_ignores_changes_is_not_recorded_as_applied(world: World) -> None:
    """Access that was to go stays, and the ledger says that it is gone."""
    world.configure()
    world.iam().create_role(RoleName="app", AssumeRolePolicyDocument="{}")
    text = (templates_dir() / "terraform" / "role.tf.j2").read_text(encoding="utf-8")
    line = '  policy = file("${path.module}/policies/inline.json")\n'
    ignoring = "  lifecycle {\n    ignore_changes = [policy]\n  }\n"
    world.write({"templates/terraform/role.tf.j2": text.replace(line, line + ignoring, 1)})
    world.ask("role", '- actions: ["sqs:SendMessage", "sqs:PurgeQueue"]\n  resources: ["*"]')
    assert world.gitiam("apply").code == 0
    world.ask("role", '- actions: ["sqs:SendMessage"]\n  resources: ["*"]')
    ran = world.gitiam("apply", "--format", "json")
    left = [action for one in world.inline("role/app") for action in listed(one["Action"])]
    assert ran.code != 0 or left == ["sqs:SendMessage"], (left, ran.out)


@pytest.mark.terraform
@pytest.mark.parametrize("hosted", [True, pytest.param(False, marks=thorough)])
def test_an_estate_may_lie_in_a_folder_of_any_name(
    world: World, monkeypatch: pytest.MonkeyPatch, hosted: bool
) -> None:
    # The world's own list of starts has a line for each.
    monkeypatch.setattr(World, "starts", lambda *_: [])
    odd = world.folder / "an \"odd\"\n'one' ${upper(1)} %{x} =a,b"
    world.root.rename(odd)
    world.root = odd
    world.configure()
    world.declare("role/app")
    world.declare("role/other")
    options = [] if hosted else ["--no-provider-host"]
    ran = world.gitiam("apply", "--format", "json", *options)
    assert (ran.code, ran.applied) == (0, ["prod/role/app", "prod/role/other"]), ran.out + ran.err
    assert world.gitiam("changes", "--format", "json").pending == {}


@pytest.mark.terraform
def test_a_template_that_takes_off_what_others_put_on_a_role_is_stopped(world: World) -> None:
    world.configure()
    world.declare("role/app")
    assert world.gitiam("apply").code == 0
    arn = "arn:aws:iam::aws:policy/AWSDenyAll"
    iam: Any = world.iam()
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    _with_template(world, "  managed_policy_arns = []\n")
    ran = world.gitiam("apply", "--format", "json")
    left = [
        p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    ]
    assert left == [arn], ran.out + ran.err


@pytest.mark.terraform
def test_a_program_that_a_removed_block_names_is_not_started(world: World) -> None:
    """Terraform's JSON plan does not show the provisioners of `removed` blocks."""
    trace = world.folder / "trace"
    world.configure()
    text = (templates_dir() / "terraform" / "role.tf.j2").read_text(encoding="utf-8")
    extra = (
        "{% if not inline %}\nremoved {\n  from = aws_iam_role_policy.inline\n"
        "  lifecycle {\n    destroy = true\n  }\n"
        '  provisioner "local-exec" {\n    when    = destroy\n'
        f'    command = "env > {trace}"\n  }}\n}}\n{{% endif %}}\n'
    )
    world.write({"templates/terraform/role.tf.j2": f"{text}\n{extra}"})
    world.declare("role/app")
    path = world.ask("role", '- actions: ["sqs:SendMessage"]\n  resources: ["*"]')
    assert world.gitiam("apply").code == 0
    (world.root / path).unlink()
    ran = world.gitiam("apply", "--format", "json")
    assert not trace.exists(), ran.out + ran.err


@pytest.mark.terraform
def test_a_template_cannot_lead_its_provider_into_another_account(world: World) -> None:
    """Neither with another role, nor by not asking which account that is."""
    world.configure()
    world.declare("role/app")
    text = (templates_dir() / "terraform" / "root.tf.j2").read_text(encoding="utf-8")
    role = f'"arn:aws:iam::{world.accounts["dev"]}:role/gitiam-apply"'
    text = text.replace("role_arn     = assume_role.value", f"role_arn     = {role}")
    skipping = "".join(
        f"  skip_{name} = true\n"
        for name in ("requesting_account_id", "credentials_validation", "metadata_api_check")
    )
    line = "  max_retries = 5\n"
    for extra in ("", skipping):
        world.write({"templates/terraform/root.tf.j2": text.replace(line, line + extra)})
        ran = world.gitiam("apply", "--format", "json")
        assert world.iam("dev").list_roles()["Roles"] == [], ran.out + ran.err
        assert ran.code == 1
