"""Coverage of permissions, against brute force: never too much, and as much as is promised."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.models import Condition
from gitiam.policy.coverage import covers, has_ended, singles, uncovered
from gitiam.policy.glob import matches
from gitiam.policy.statement import Statement

ARN = "arn:aws:s3:::"
END = "aws:CurrentTime"


def allow(action: str, resource: str = "*", *conditions: Condition) -> Statement:
    (one,) = singles([Statement("Allow", (action,), (resource,), conditions)])
    return one


def until(*dates: str, operator: str = "DateLessThan") -> Condition:
    return Condition(operator, END, dates)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (allow("*"), allow("s3:GetObject")),
        (allow("S3:Get*"), allow("s3:getobject")),
        (allow("s3:GetObject"), allow("s3:GetObject", f"{ARN}x")),
        (allow("s3:*", f"{ARN}x/*"), allow("s3:GetObject", f"{ARN}x/y*")),
        (allow("s3:*", f"{ARN}home/*"), allow("s3:*", f"{ARN}home/${{aws:username}}/x")),
        (allow("s3:*"), allow("s3:*", "*", Condition("Bool", "aws:SecureTransport", ("true",)))),
        (
            allow("s3:*", "*", until("2027-01-02T00:00:00Z")),
            allow("s3:*", "*", until("2027-01-01T00:00:00Z")),
        ),
        (allow("*"), Statement("Allow", not_actions=("iam:*",), resources=("*",))),
        (
            Statement("Allow", not_actions=("iam:*",), resources=("*",)),
            Statement("Allow", not_actions=("iam:*", "sts:*"), resources=("*",)),
        ),
        (Statement("Allow", not_actions=("iam:*",), resources=("*",)), allow("s3:getobject")),
        (
            Statement("Allow", ("s3:*",), not_resources=(f"{ARN}x/*",)),
            allow("s3:*", f"{ARN}y/*"),
        ),
        (
            Statement("Allow", ("s3:*",), not_resources=(f"{ARN}x/a*",)),
            Statement("Allow", ("s3:*",), not_resources=(f"{ARN}x/*",)),
        ),
    ],
)
def test_what_lies_within(outer: Statement, inner: Statement) -> None:
    assert covers(outer, inner)
    assert not covers(inner, outer)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (allow("s3:*"), allow("sqs:SendMessage")),
        (allow("s3:*"), allow("s3express:CreateSession")),
        (allow("*:Get*"), allow("s3:GetObject")),
        (allow("s3:*", "arn:aws:s3*"), allow("s3:*", f"{ARN}x")),
        (allow("s3:*", "arn:aws:*:x"), allow("s3:*", f"{ARN}x")),
        (allow("s3:*", f"{ARN}home/${{aws:username}}"), allow("s3:*", f"{ARN}home/alice")),
        (allow("s3:*", f"{ARN}home/$*"), allow("s3:*", f"{ARN}home/${{aws:username}}")),
        (allow("s3:*", f"{ARN}${{a}}/*"), allow("s3:*", f"{ARN}${{a}}/x")),
        (allow("s3:*", f"{ARN}A"), allow("s3:*", f"{ARN}a")),
        (
            allow("s3:*", "*", until("2027-01-01T00:00:00Z")),
            allow("s3:*", "*", until("2027-01-02T00:00:00Z")),
        ),
        (
            allow("s3:*", "*", until("2027-01-03T00:00:00Z")),
            allow("s3:*", "*", until("2027-01-01T00:00:00Z", "2027-01-05T00:00:00Z")),
        ),
        (allow("s3:*", "*", until("9")), allow("s3:*", "*", until("10"))),
        (
            allow("s3:*", "*", Condition("StringLike", "x", ("a*",))),
            allow("s3:*", "*", Condition("StringLike", "x", ("ab",))),
        ),
        (Statement("Deny", ("s3:*",), ("*",)), allow("s3:*")),
        (
            Statement("Allow", not_actions=("iam:*", "sts:*"), resources=("*",)),
            Statement("Allow", not_actions=("iam:*",), resources=("*",)),
        ),
        (Statement("Allow", not_actions=("iam:get*",), resources=("*",)), allow("iam:*")),
        (
            Statement("Allow", ("s3:*",), not_resources=(f"{ARN}x/*",)),
            allow("s3:*", f"{ARN}x/${{aws:username}}"),
        ),
        (
            Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("*",)),)),
            Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("111122223333",)),)),
        ),
    ],
)
def test_what_is_not_certain_does_not(outer: Statement, inner: Statement) -> None:
    assert not covers(outer, inner)


# Two services, and every short text over an alphabet of two.
ACTIONS = [f"{s}:{n}" for s in ("s", "t") for n in ("", "a", "b", "aa", "ab", "ba", "bb")]
RESOURCES = [f"arn:p:s:::{n}" for n in ("", "a", "b", "aa", "ab", "ba", "a/b", "aab", "bab")]
words = st.text(alphabet="ab*?", max_size=3)
actions = st.one_of(st.just("*"), st.builds("{}:{}".format, st.sampled_from("st"), words))
resources = st.one_of(st.just("*"), words.map("arn:p:s:::{}".format))
CONDITIONS = [Condition("StringEquals", "k", (value,)) for value in ("x", "y")]
statements = st.builds(
    Statement,
    effect=st.just("Allow"),
    actions=st.lists(actions, min_size=1, max_size=2).map(tuple),
    resources=st.lists(resources, min_size=1, max_size=2).map(tuple),
    conditions=st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True).map(tuple),
)


def matched(statement: Statement) -> set[tuple[str, str, str]]:
    """Every request that it matches; of its conditions each wants another value of one key."""
    return {
        (action, resource, value)
        for action, resource, value in product(ACTIONS, RESOURCES, "xyz")
        if any(matches(a, action) for a in statement.actions)
        and any(matches(r, resource) for r in statement.resources)
        and all(value in condition.values for condition in statement.conditions)
    }


@given(st.lists(statements, max_size=3), st.lists(statements, max_size=3))
def test_whatever_is_matched_anew_is_uncovered(old: list[Statement], new: list[Statement]) -> None:
    before = {point for statement in old for point in matched(statement)}
    after = {point for statement in new for point in matched(statement)}
    left = {point for statement in uncovered(new, old) for point in matched(statement)}
    assert after - before <= left <= after


@given(st.lists(statements, max_size=3))
def test_the_same_is_covered(document: list[Statement]) -> None:
    assert uncovered(document, reversed(document)) == ()


def test_an_end_that_is_past() -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    assert has_ended(allow("*", "*", until("2027-01-01T00:00:00Z")), now)
    assert not has_ended(allow("*", "*", until("2027-01-01T00:00:01Z")), now)
    assert not has_ended(allow("*", "*", until("2026-01-01")), now)
    assert not has_ended(
        allow("*", "*", until("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z")), now
    )
    later = until("2026-01-01T00:00:00Z", operator="DateGreaterThan")
    assert not has_ended(allow("*", "*", later), now)
