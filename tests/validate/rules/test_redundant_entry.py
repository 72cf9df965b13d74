"""Lists that say a thing twice."""

from __future__ import annotations

import time

import pytest

from tests.support.conditions import limited, trusting
from tests.support.estates import findings_of, mended, request, said

RULE = "redundant-entry"


def test_what_a_pattern_covers_is_taken_out() -> None:
    text = request("- actions: [s3:GetObject, s3:Get*]\n  resources: ['arn:aws:s3:::orders/*']")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "6:15 warning redundant-entry: `s3:Get*` in the same list already covers `s3:GetObject`"
    ]
    assert found.fix
    assert found.fix.safe
    assert "- actions: [s3:Get*]" in mended(text, found)
    assert findings_of(mended(text, found)) == ()


def test_in_a_block_list_the_line_goes() -> None:
    text = request(
        "- actions: s3:GetObject\n  resources:\n    - arn:aws:s3:::orders/*  # all\n"
        "    - arn:aws:s3:::orders/2026/*  # some\n    - arn:aws:s3:::bills/*"
    )
    (found,) = findings_of(text)
    assert "2026" in text
    assert mended(text, found) == text.replace("      - arn:aws:s3:::orders/2026/*  # some\n", "")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (request("- managed_policy: ReadOnlyAccess", account="[prod, dev, prod]"), (1, 22)),
        (request("- managed_policy: ReadOnlyAccess", principal="[user/a, user/a]"), (2, 21)),
        (request("- actions: [s3:getobject, s3:GetObject]\n  resources: ['*']"), (6, 29)),
        (request("- not_actions: [s3:Get*, s3:GetObject]\n  resources: ['*']"), (6, 28)),
        (request("- actions: ['s3:*', 's3:**']\n  resources: ['*']"), (6, 23)),
        (request("- access: [read, read]\n  resources: ['arn:aws:s3:::x']"), (6, 20)),
        (limited("{StringEquals: {aws:username: [a, b, a]}}"), (9, 54)),
        (trusting("service: [ec2.amazonaws.com, ec2.amazonaws.com]"), (6, 34)),
        (trusting("service: ec2.amazonaws.com\nactions: ['sts:*', sts:AssumeRole]"), (7, 24)),
    ],
)
def test_every_list_is_looked_at(text: str, place: tuple[int, int]) -> None:
    found = findings_of(text, rule=RULE)
    assert [(f.location.line, f.location.column) for f in found] == [place]
    assert findings_of(mended(text, found[0]), rule=RULE) == ()


@pytest.mark.parametrize(
    "grant",
    [
        "- actions: ['s3:Get*', 's3:*Object']\n  resources: ['arn:aws:s3:::orders/*']",
        "- actions: [s3:GetObject]\n  resources: ['arn:aws:s3:::a*', 'arn:aws:s3:::b']",
        # A star need not reach across the colons of an ARN.
        "- actions: [sqs:SendMessage]\n  resources: ['arn:aws:sqs:*', 'arn:aws:sqs:*:*:x']",
        # One becomes another resource of the bundle than the other.
        "- bundle: s3-read\n  resources: ['arn:aws:s3:::orders*', arn:aws:s3:::orders-2026]",
        "- actions: [s3:GetObject]\n  resources: ['arn:aws:s3:::${aws:username}/*',"
        " 'arn:aws:s3:::$*']",
    ],
)
def test_what_says_more(grant: str) -> None:
    assert findings_of(request(grant), rule=RULE) == ()


def test_what_an_alias_repeats_has_no_place_to_be_taken_out() -> None:
    text = request(
        "- actions: &a [s3:Get*, s3:GetObject]\n  resources: ['arn:aws:s3:::orders/*']\n"
        "- actions: *a\n  resources: ['arn:aws:s3:::bills/*']"
    )
    first, second = findings_of(text, rule=RULE)
    assert first.fix
    assert first.fix.location
    assert second.fix
    assert second.fix.location is None


def test_a_hostile_list_takes_little_time() -> None:
    patterns = ", ".join(f"'s3:{'*a' * 40}{n}*'" for n in range(900))
    start = time.process_time()
    findings_of(request(f"- actions: [{patterns}]\n  resources: ['*']"), rule=RULE)
    assert time.process_time() - start < 20
