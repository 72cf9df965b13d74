"""Actions that do not exist in their service."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, mended, places, request, said

RULE = "unknown-action"


def test_place_and_nearest_name() -> None:
    text = request(
        """
        - actions: [s3:GetObject, s3:GetObjects]
          resources: arn:aws:s3:::orders/*
        """,
        account="[dev, prod]",
        principal="[role/a, role/b]",
    )
    assert said(findings_of(text)) == [
        "6:29 error unknown-action: AWS has no action `s3:GetObjects`; did you mean `s3:GetObject`?"
    ]


@pytest.mark.parametrize(
    ("action", "right"),
    [
        ("s3:HeadObject", "s3:GetObject"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("sqs:SendMesage", "sqs:SendMessage"),
        ("GetObject", "s3:GetObject"),
    ],
)
def test_the_fix_names_the_right_one(action: str, right: str) -> None:
    text = request(f'- actions: "{action}"\n  resources: "*"')
    (found,) = findings_of(text, rule=RULE)
    assert f"actions: {right}\n" in mended(text, found)
    assert findings_of(mended(text, found), rule=RULE) == ()


@pytest.mark.parametrize("pattern", ["s3:Gte*", "s3:???", "sqs:", "*:GetObject"])
def test_a_pattern_must_match_something(pattern: str) -> None:
    assert places(findings_of(request(f"- actions: '{pattern}'\n  resources: '*'"), rule=RULE))


def test_trust_policies_are_checked_too() -> None:
    text = (
        "kind: principal\naccount: prod\nprincipal: role/x\nreason: runs the pipeline\n"
        "trust: [{service: ec2.amazonaws.com, actions: 'sts:AsumeRole'}]\n"
    )
    assert said(findings_of(text)) == [
        "5:47 error unknown-action: AWS has no action `sts:AsumeRole`;"
        " did you mean `sts:AssumeRole`?"
    ]


@pytest.mark.parametrize("action", ["s3:getobject", "s3:Get*", "s3:Get?bject", "*", "*:*", "s3:*"])
def test_case_is_free_and_wildcards_match(action: str) -> None:
    assert findings_of(request(f"- actions: '{action}'\n  resources: '*'"), rule=RULE) == ()
