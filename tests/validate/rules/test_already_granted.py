"""Grants that another request makes needless."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, request, said

RULE = "already-granted"

WIDE = "- actions: ['s3:Get*', s3:ListBucket]\n  resources: ['arn:aws:s3:::orders*']"
NARROW = "- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/2026/*"


def found_in(
    first: str, second: str, *proposed: str, rule: str | None = RULE
) -> list[tuple[str, int]]:
    """The places, as (file, line), that are needless in two requests."""
    files = {"requests/a.yaml": first, "requests/b.yaml": second}
    found = findings_of(files, *proposed, rule=rule)
    return [(f.location.path[-6:-5], f.location.line) for f in found]


def test_the_narrow_one_is_needless_wherever_it_stands() -> None:
    assert found_in(request(WIDE), request(NARROW)) == [("b", 6)]
    assert found_in(request(NARROW), request(WIDE)) == [("a", 6)]


def test_it_says_who_gives_it() -> None:
    files = {"requests/a.yaml": request(WIDE), "requests/b.yaml": request(NARROW)}
    assert said(findings_of(files)) == [
        "6:5 warning already-granted: nothing new: requests/a.yaml already gives all of this,"
        " as long"
    ]


def test_of_two_that_are_the_same_the_one_that_stood_first_stays() -> None:
    same = request(NARROW)
    assert found_in(same, same) == [("b", 6)]
    assert found_in(same, same, "requests/a.yaml") == [("a", 6)]


def test_each_grant_is_judged_by_itself() -> None:
    both = request(NARROW + "\n- actions: s3:PutObject\n  resources: arn:aws:s3:::orders/*")
    assert found_in(request(WIDE), both) == [("b", 6)]


@pytest.mark.parametrize(
    "grant",
    [
        "- bundle: s3-read\n  resources: arn:aws:s3:::orders",
        "- access: read\n  resources: arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        "- managed_policy: ReadOnlyAccess",
        "- assume: arn:aws:iam::111122223333:role/x",
        "- effect: deny\n  actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*",
        "- not_actions: iam:*\n  resources: arn:aws:s3:::orders/*",
        "- actions: ec2:DescribeVpcs\n  resources: '*'",
    ],
)
def test_every_form_of_grant_is_compared(grant: str) -> None:
    assert found_in(request(grant), request(grant)) == [("b", 6)]


def test_memberships_are_compared() -> None:
    member = request("- group: analysts", principal="user/alice")
    assert found_in(member, member) == [("b", 6)]


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (request(WIDE, expires="2027-01-14"), request(NARROW)),
        (request(WIDE), request(NARROW, expires="never", account="dev")),
        (request(WIDE), request(NARROW, account="dev")),
        (request(WIDE), request(NARROW, account="[dev, prod]")),
        (request(WIDE), request(NARROW, principal="role/other")),
        (request(WIDE), request(NARROW, principal="[role/data-pipeline, role/other]")),
        (request(WIDE, expires="2026-01-01"), request(NARROW)),
        (request(WIDE.replace("orders*", "order/*")), request(NARROW)),
        (request(WIDE), request(NARROW.replace("Get", "Put"))),
        (request(WIDE), request(NARROW.replace("2026", "${aws:username}"))),
        (request(WIDE), request(NARROW.replace("- ", "- effect: deny\n  "))),
        (request(WIDE.replace("- ", "- effect: deny\n  ")), request(NARROW)),
        (
            request(WIDE + "\n  conditions: {Bool: {'aws:SecureTransport': 'true'}}"),
            request(NARROW),
        ),
    ],
)
def test_what_is_not_covered_for_sure_is_not_claimed(given: str, asked: str) -> None:
    assert found_in(given, asked) == []


def test_what_two_others_give_together_is_not_claimed() -> None:
    grant = "- actions: s3:ListBucket\n  resources: [{}]"
    files = {
        "requests/a.yaml": request(grant.format("arn:aws:s3:::a")),
        "requests/b.yaml": request(grant.format("arn:aws:s3:::b")),
        "requests/c.yaml": request(grant.format("arn:aws:s3:::a, arn:aws:s3:::b")),
    }
    paths = [f.location.path for f in findings_of(files, rule=RULE)]
    assert paths == ["requests/a.yaml", "requests/b.yaml"]


def test_the_same_conditions_in_another_order_are_the_same() -> None:
    one = NARROW + "\n  conditions: {StringEquals: {'aws:RequestedRegion': [a, b]}}"
    other = NARROW + "\n  conditions: {stringequals: {'aws:requestedregion': [b, a]}}"
    assert found_in(request(one), request(other)) == [("b", 6)]


def test_an_unconditional_grant_covers_a_conditional_one() -> None:
    asked = NARROW + "\n  conditions: {Bool: {'aws:SecureTransport': 'true'}}"
    assert found_in(request(WIDE), request(asked)) == [("b", 6)]


def test_two_that_overlap_never_both_go() -> None:
    first = request(NARROW + "\n- actions: sqs:SendMessage\n  resources: '*'")
    second = request(NARROW + "\n- actions: sqs:ReceiveMessage\n  resources: '*'")
    assert found_in(first, second) == [("b", 6)]


def test_one_file_for_two_accounts_is_needless_when_both_are_covered() -> None:
    files = {
        "requests/a.yaml": request(WIDE, account="dev"),
        "requests/b.yaml": request(WIDE, account="prod"),
        "requests/c.yaml": request(NARROW, account="[dev, prod]"),
    }
    found = findings_of(files, rule=RULE)
    assert [f.location.path for f in found] == ["requests/c.yaml"]
    assert "requests/a.yaml and requests/b.yaml" in found[0].message
