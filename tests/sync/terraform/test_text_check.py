"""What is refused in a module's text, as its plan would not show it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.terraform.text_check import check_extra, check_text
from tests.support.estates import request
from tests.support.modules import module
from tests.support.states import modules_of

KEY = "prod/role/data-pipeline"
READ = "- {actions: [s3:GetObject], resources: ['*']}"


@pytest.mark.parametrize(
    "block",
    [
        'provisioner "local-exec" {\n',
        "provisioner local-exec {",
        'provisioner /* x */ "a\\"b" # y\n {',
        "removed {\n",
        "removed/**/{",
        "removed # x\n{",
        "x = 1\n/* */removed {",
        'dynamic "default_tags" {',
        "dynamic inline_policy {",
        'dynamic "assume\\u005frole" {',
        'dynamic "assume_role" { } \n dynamic "x" {',
        "inline_policy {",
        "managed_policy_arns = []",
        "managed_policy_arns=[]",
        "inline_policy /**/ {",
    ],
)
def test_refused(block: str) -> None:
    found = replace(module(KEY, "x"), files={"main.tf": f'resource "a" "b" {{\n{block}\n'})
    with pytest.raises(GitiamError, match="Terraform was not started") as caught:
        check_text(found)
    assert caught.value.hint


OTHER_FILES = [
    *("x.tf.json", "x.tofu", "x.tofu.json", "x.tf", "override.tf", "terraform.tfvars"),
    *("x.auto.tfvars", "policies/x.tf", "policies/../x.auto.tfvars", "policies/a/../../x.json"),
    *("/etc/x", "../x", "policies", "policies/x\n.json", ""),
]


@pytest.mark.parametrize("path", OTHER_FILES)
def test_other_files(path: str) -> None:
    with pytest.raises(GitiamError):
        check_text(replace(module(KEY, "x"), files={path: "{}"}))
    with pytest.raises(GitiamError):
        check_extra(path if path != "x.tf.json" else "a/x.tf.json")


ROLE = 'resource "aws_iam_role" "this" {\n  name = "a"\n}\n'


@pytest.mark.parametrize(
    "text",
    [
        'provider "aws" {\n}\n',
        'data "aws_iam_role" "x" {\n}\n',
        'data "external" "x" {\n}\n',
        'module "x" {\n  source = "./x"\n}\n',
        'variable "gitiam_role_arn" {\n}\n',
        'terraform {\n  backend "http" {\n  }\n}\n',
        'import {\n  to = aws_iam_role.this\n  id = "admin"\n}\n',
        "moved {\n}\n",
        'ephemeral "x" "y" {\n}\n',
        'check "x" {\n}\n',
        'resource "aws_instance" "x" {\n}\n',
        'resource "null_resource" "x" {\n}\n',
        'resource "aws_iam_role" "this" {\n  provider = aws.x\n}\n',
        'resource "aws_iam_role" "this" {\n  count = 2\n}\n',
        'resource "aws_iam_role" "this" {\n  timeouts {\n  }\n}\n',
        "locals {\n  x {\n  }\n}\n",
        "x = <<EOT\n}\nEOT\n",
        'x = "${"\n',
        "a = 1 }\n",
        "} a = 1\n",
        "locals {\n",
        'locals { a = "$${x}" }\n',
        "locals { } provider {\n}\n",
        "\u00e4 = 1\n",
    ],
)
def test_what_main_may_not_have(text: str) -> None:
    check_text(replace(module(KEY, "x"), files={"main.tf": ROLE}))
    with pytest.raises(GitiamError, match="Terraform was not started"):
        check_text(replace(module(KEY, "x"), files={"main.tf": ROLE + text}))


ROOT_ = 'terraform {\n  backend "local" {}\n}\nprovider "aws" {\n  region = "x"\n}\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('region = "x"', 'profile = "evil"'),
        ('region = "x"', 'shared_config_files = ["/tmp/x"]'),
        ('region = "x"', "endpoints {\n  iam = 1\n  }"),
        ('region = "x"', "assume_role_with_web_identity {\n  }"),
        ('region = "x"', 'assume_role {\n  external_id = "x"\n  }'),
        ('region = "x"', 'dynamic "default_tags" {\n  }'),
        ('provider "aws"', 'provider "external"'),
        ('"local" {}', '"http" {}'),
        ('"local" {}', '"s3" {\n  profile = "evil"\n }'),
        ("}\nprovider", '}\nprovider "aws" {\n}\nprovider'),
        ("}\nprovider", '}\nprovider "aws" {\n  alias = "x"\n}\nprovider'),
        ("}\nprovider", ROLE + "provider"),
        ("terraform {", "terraform {\n  cloud {\n  }"),
        ("terraform {", 'terraform {\n  provider_meta "aws" {\n  }'),
        ("terraform {", "terraform {\n  required_providers {\n    external = {}\n  }"),
    ],
)
def test_what_the_root_may_not_have(old: str, new: str) -> None:
    check_text(replace(module(KEY, "x"), files={"terraform.tf": ROOT_}))
    assert old in ROOT_
    with pytest.raises(GitiamError, match="Terraform was not started"):
        check_text(replace(module(KEY, "x"), files={"terraform.tf": ROOT_.replace(old, new)}))


def test_own_templates_pass() -> None:
    declared = (
        "kind: principal\naccount: prod\nprincipal: role/data-pipeline\n"
        "reason: Was removed and dynamic, its provisioner has inline_policy\n"
        "description: removed, dynamic and provisioner of inline_policy\n"
        "trust: [{service: lambda.amazonaws.com}]\n"
    )
    (m,) = (
        m
        for k, m in modules_of(
            {"requests/0.yaml": declared, "requests/1.yaml": request(READ)}
        ).items()
        if str(k) == KEY
    )
    check_text(m)
    assert "removed" in m.files["main.tf"]


@pytest.mark.parametrize(
    "word", ["removed", "provisioner", "dynamic", "dynamic x", "inline_policy"]
)
def test_ends(word: str) -> None:
    text = f'locals {{\n description = "{word} ' + "/**/" * 5000 + '"\n}\n'
    check_text(replace(module(KEY, "x"), files={"main.tf": text}))
    text = 'locals {\n description = "' + f"{word} /* # " * 500 + '"\n}\n'
    check_text(replace(module(KEY, "x"), files={"main.tf": text}))
