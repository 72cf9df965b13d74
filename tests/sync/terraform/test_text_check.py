"""What is refused in a module's text, as its plan would not show it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.terraform.text_check import check_text
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


@pytest.mark.parametrize("path", ["x.tf.json", "x.tofu", "x.tofu.json"])
def test_other_files(path: str) -> None:
    with pytest.raises(GitiamError):
        check_text(replace(module(KEY, "x"), files={path: "{}"}))


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
    text = f'description = "{word} ' + "/**/" * 5000 + '"\n'
    check_text(replace(module(KEY, "x"), files={"main.tf": text}))
    text = 'description = "' + f"{word} /* # " * 500 + '"\n'
    check_text(replace(module(KEY, "x"), files={"main.tf": text}))
