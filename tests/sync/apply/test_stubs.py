"""What stands in for remembered resources while they are imported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.apply.stubs import stubs
from gitiam.sync.terraform.text_check import check_text
from tests.support.modules import module


def test_each_resource_has_its_instances() -> None:
    made = stubs(
        [
            'aws_iam_policy.overflow["2"]',
            "aws_iam_role.this",
            'aws_iam_policy.overflow["1"]',
        ]
    )
    assert made == (
        'resource "aws_iam_policy" "overflow" {\n  for_each = toset(["1", "2"])\n}\n\n'
        'resource "aws_iam_role" "this" {\n}\n'
    )


def test_a_key_starts_no_template() -> None:
    made = stubs(['aws_iam_role_policy_attachment.managed["1:policy/${x}%{y}/P"]'])
    assert "{x}" not in made
    check_text(replace(module("prod/role/app"), files={"main.tf": made}))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "aws_iam_role",
        "aws_s3_bucket.x",
        "module.x.aws_iam_role.this",
        "aws_iam_role.this[0]",
        'aws_iam_policy.overflow["a\nb"]',
        'aws_iam_policy.overflow["a\\"]',
        'aws_iam_policy.overflow["a"] }',
        "aws_iam_role.this\n",
        'aws_iam_role.this" "x',
        "-help",
    ],
)
def test_an_odd_address_is_refused(address: str) -> None:
    with pytest.raises(GitiamError, match="no address of a module"):
        stubs([address])
