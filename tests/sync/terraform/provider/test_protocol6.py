"""Version 6 of the protocol, which later AWS providers may speak, with real Terraforms attached."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import gitiam
from gitiam.modules import Module
from gitiam.sync.terraform.provider.hosts import Hosts
from gitiam.sync.terraform.provider.verified import Program
from gitiam.sync.terraform.toolchain import BINARY_VARIABLE
from gitiam.sync.terraform.workspace import Terraform
from tests.support.descendants import living_with
from tests.support.provider import CONFIG, Rig, apply, false_provider, greeting, variables

pytestmark = pytest.mark.terraform

_ROOT = """\
terraform {
  required_providers {
    aws = {
      source  = "registry.terraform.io/hashicorp/aws"
      version = "5.100.0"
    }
  }
  backend "local" {}
}

variable "gitiam_role_arn" { default = "" }
variable "gitiam_session_name" { default = "" }

provider "aws" {
  region = var.gitiam_session_name
}
"""


@pytest.fixture(params=["terraform", "tofu"])
def binary(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terraform; and OpenTofu, on machines that have it. It is skipped where it is not."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not on the PATH")
    monkeypatch.setenv(BINARY_VARIABLE, request.param)


def tiny(rig: Rig, name: str, path: str | None = "/p/") -> Module:
    """A module of one resource; of none, without a path."""
    resource = f'resource "aws_iam_tiny" "this" {{\n  name = "{name}"\n  path = "{path}"\n}}\n'
    (module,) = rig.roles(name)
    files = {**module.files, "terraform.tf": _ROOT, "main.tf": resource if path else ""}
    return replace(module, files={p: t for p, t in files.items() if "policies" not in p})


@contextmanager
def served(rig: Rig, script: str) -> Iterator[Terraform]:
    """Terraform, with a host that runs this program."""
    program = Program.at(false_provider(rig.folder / "terraform-provider-tiny", script))
    seen = {"PATH": os.environ["PATH"], "CALLS": str(rig.folder / "calls")}
    with rig.open(hosts=0) as terraform:
        hosts = Hosts(CONFIG, lambda: program, seen, 1, rig.said.append)
        try:
            yield replace(terraform, hosts=hosts)
        finally:
            hosts.close()


TINY = (
    f"export PYTHONPATH='{Path(gitiam.__file__).parents[1]}'\n"
    f"exec '{sys.executable}' -m tests.support.protocol6\n"
)


def calls(rig: Rig) -> list[str]:
    return (rig.folder / "calls").read_text().splitlines()


def test_plan_and_apply(rig: Rig, binary: None) -> None:
    """Made, changed, taken away; another module beside it; the provider configured once."""
    with served(rig, TINY) as terraform:
        with terraform.workspace(tiny(rig, "a")) as workspace:
            planned = workspace.plan(variables(workspace.module)).plan
        assert planned is not None
        (resource,) = planned.resources
        assert (resource.type, resource.actions) == ("aws_iam_tiny", ("create",))
        assert "ApplyResourceChange" not in calls(rig)
        assert apply(terraform, tiny(rig, "a")).applied == 1
        assert apply(terraform, tiny(rig, "b")).applied == 1
        assert '"path": "/p/"' in rig.state(tiny(rig, "a"))
        assert apply(terraform, tiny(rig, "a")).applied == 0
        assert apply(terraform, tiny(rig, "a", "/q/")).applied == 1
        assert '"path": "/q/"' in rig.state(tiny(rig, "a"))
        assert apply(terraform, tiny(rig, "a", None)).applied == 1
        assert '"resources": []' in rig.state(tiny(rig, "a"))
        assert '"name": "b"' in rig.state(tiny(rig, "b"))
    noted = calls(rig)
    assert noted.count("GetProviderSchema") == noted.count("ConfigureProvider") == 1
    assert noted.count("ApplyResourceChange") == 4
    assert rig.said == []
    assert living_with(f"CALLS={rig.folder}/calls") == {}


def test_one_that_greets_and_then_never_answers(rig: Rig) -> None:
    """Its schema is known; the first call that it should answer is trouble, and is done plainly."""
    (module,) = rig.roles("a")
    with served(rig, f"echo '{greeting(5)}'; exec sleep 300\n") as terraform:
        assert apply(terraform, module).applied == 2
    (said,) = rig.said
    assert "the provider is gone" in said
