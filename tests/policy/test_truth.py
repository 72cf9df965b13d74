"""What is said of conditions for certain, against what IAM decides for requests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.models import Condition
from gitiam.policy.conditions import hold
from gitiam.policy.truth import ABSENT, ANYTHING, Domain, Truth, truth
from tests.support.thorough import drawn

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ME = "arn:aws:iam::111122223333:user/alice"
DOMAINS = {
    "aws:username": Domain(absent=False, values=frozenset(["alice"])),
    "aws:principalarn": Domain(absent=False, values=frozenset([ME])),
    "aws:currenttime": Domain(absent=False, since=NOW),
    "aws:principaltype": Domain(absent=False, values=frozenset(["User", "AssumedRole"])),
    "aws:path": Domain(absent=False, patterns=("arn:aws:iam::111122223333:user/*alice",)),
    "s3:prefix": ABSENT,
    "aws:tagkeys": ANYTHING,
    "aws:region": Domain(absent=False),
}


def of(*conditions: tuple[str, str, str | tuple[str, ...]]) -> Truth:
    made = [Condition(o, k, (v,) if isinstance(v, str) else v) for o, k, v in conditions]
    return truth(tuple(made), lambda key: DOMAINS.get(key, Domain()))


@pytest.mark.parametrize(
    "condition",
    [
        ("StringEquals", "aws:username", "alice"),
        ("StringLike", "aws:username", "*"),
        ("StringLike", "aws:region", "*"),
        ("StringLikeIfExists", "aws:unknown", "*"),
        ("StringNotEquals", "aws:username", "bob"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*"),
        ("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/bob"),
        ("ArnLike", "aws:path", "arn:aws:iam::111122223333:user/*"),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"),
        ("DateGreaterThan", "aws:CurrentTime", "0"),
        ("IpAddressIfExists", "aws:SourceIp", ("0.0.0.0/0", "::/0")),
        ("Null", "aws:username", "false"),
        ("Null", "s3:prefix", "true"),
        ("Null", "aws:unknown", ("true", "false")),
        ("StringNotEquals", "s3:prefix", "x"),
        ("ForAllValues:StringEquals", "s3:prefix", "x"),
        ("ForAllValues:StringLike", "aws:TagKeys", "*"),
        ("StringEqualsIfExists", "s3:prefix", "x"),
        ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/${aws:username}"),
    ],
)
def test_what_always_holds(condition: tuple[str, str, str | tuple[str, ...]]) -> None:
    assert of(condition) is Truth.ALWAYS


@pytest.mark.parametrize(
    "conditions",
    [
        [("StringEquals", "aws:username", "bob")],
        [("StringEquals", "aws:username", "Alice")],
        [("StringNotLike", "aws:username", "a*")],
        [("StringNotLike", "aws:region", "*")],
        [("ArnLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:user/*")],
        [("ArnLike", "aws:path", "arn:aws:iam::111122223333:user/bob")],
        [("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")],
        [("DateLessThan", "aws:CurrentTime", "2026-11-24T00:00:00Z")],
        [("Null", "aws:username", "true")],
        [("Null", "s3:prefix", "false")],
        [("StringEquals", "s3:prefix", "x")],
        [("ForAnyValue:StringLike", "s3:prefix", "*")],
        [("NumericLessThan", "aws:region", "many")],
        [("StringEquals", "k", "a"), ("StringNotEquals", "k", "a")],
        [("StringEquals", "k", "a"), ("StringLike", "k", "b*")],
        [("StringLike", "k", "a*"), ("StringLike", "k", "b*")],
        [("NumericLessThan", "k", "3"), ("NumericGreaterThan", "k", "4")],
        [("DateLessThan", "k", "2027-01-01"), ("DateGreaterThan", "k", "2027-01-02")],
        [("StringEquals", "k", "a"), ("Null", "k", "true")],
        [("StringEquals", "x", "a"), ("StringEquals", "aws:username", "bob")],
    ],
)
def test_what_never_holds(conditions: list[tuple[str, str, str | tuple[str, ...]]]) -> None:
    assert of(*conditions) is Truth.NEVER


@pytest.mark.parametrize(
    "conditions",
    [
        [("StringEquals", "k", "a")],
        [("StringLike", "k", "*")],
        [("StringEquals", "aws:region", "us-east-1")],
        [("StringEquals", "aws:PrincipalType", "User")],
        [("DateLessThan", "aws:CurrentTime", "2027-01-15T00:00:00Z")],
        [("DateGreaterThan", "aws:CurrentTime", "2027-01-15T00:00:00Z")],
        [("IpAddress", "aws:region", "0.0.0.0/0")],
        [("Bool", "k", "true")],
        [("ForAnyValue:StringLike", "aws:TagKeys", "*")],
        [("StringEquals", "k", ("a", "b")), ("StringNotEquals", "k", "a")],
        [("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/${k}")],
        [("StringEquals", "k", "a"), ("StringNotEquals", "k", "${aws:unknown}")],
        # What takes every address, ARN or truth takes no other text.
        [("IpAddress", "aws:region", ("0.0.0.0/0", "::/0"))],
        [("ArnLike", "aws:region", "arn:*:*:*:*:*")],
        [("Bool", "aws:region", ("true", "false"))],
        # A key that has several values can be there with none.
        [("StringEqualsIfExists", "aws:TagKeys", ())],
        [("NumericEqualsIfExists", "aws:TagKeys", "x")],
        [("ForAnyValue:NumericNotEquals", "aws:TagKeys", "x")],
    ],
)
def test_what_depends(conditions: list[tuple[str, str, str | tuple[str, ...]]]) -> None:
    assert of(*conditions) is Truth.DEPENDS


ODD = [
    *("", " ", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9" * 5000, "\u00b2"),
    *("-1", "NaN", "Infinity", "1e999999999", "::1/200", "300.1.1.1", "${", "${}", "${*}"),
]


# -- what is certain is so in every request -----------------------------------------------------

TEXTS = st.text("ab*?", max_size=3)
VALUES = st.one_of(
    TEXTS, st.sampled_from(["true", "false", "1", "2", "2026-11-25", "2020-01-01", "${k}", "${j}"])
)
BASES = (
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"),
    *("StringNotEqualsIgnoreCase", "NumericEquals", "NumericNotEquals", "NumericLessThan"),
    *("NumericGreaterThanEquals", "DateLessThan", "DateGreaterThan", "DateEquals", "Bool"),
)
OPERATORS = st.one_of(
    st.builds(
        lambda prefix, base, suffix: prefix + base + suffix,
        st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"]),
        st.sampled_from(BASES),
        st.sampled_from(["", "", "IfExists"]),
    ),
    st.just("Null"),
)
KEYS = st.sampled_from(["k", "j", "clock"])
CONDITIONS = st.lists(
    st.builds(Condition, OPERATORS, KEYS, st.lists(VALUES, max_size=3).map(tuple)), max_size=3
).map(tuple)
LATER = ["2026-11-24T00:00:00Z", "2026-11-25", "2030-01-01T00:00:00Z", "1795500000"]
PLAIN = st.one_of(st.text("ab", max_size=3), st.sampled_from(["true", "1", "2", "2026-11-25"]))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Domain], dict[str, tuple[str, ...]]]:
    """Domains, and a context that is within them."""
    domains = {"clock": Domain(absent=False, since=NOW)}
    context: dict[str, tuple[str, ...]] = {"clock": (draw(st.sampled_from(LATER)),)}
    for key in ("k", "j"):
        kind = draw(st.sampled_from(["values", "pattern", "any", "absent", "many"]))
        absent = draw(st.booleans())
        match kind:
            case "values":
                values = draw(st.frozensets(PLAIN, min_size=1, max_size=2))
                domains[key] = Domain(absent=absent, values=values)
                chosen: tuple[str, ...] = (draw(st.sampled_from(sorted(values))),)
            case "pattern":
                domains[key] = Domain(absent=absent, patterns=("a*",))
                chosen = ("a" + draw(st.text("ab", max_size=2)),)
            case "any":
                domains[key] = Domain(absent=absent)
                chosen = (draw(PLAIN),)
            case "many":
                domains[key] = Domain(absent=absent, single=False)
                chosen = tuple(draw(st.lists(PLAIN, max_size=2)))
            case _:
                domains[key], absent, chosen = ABSENT, True, ()
        if kind != "absent" and not (absent and draw(st.booleans())):
            context[key] = chosen
    return domains, context


@given(CONDITIONS, worlds())
@drawn(400, 10_000)
def test_certain_is_certain(
    conditions: tuple[Condition, ...],
    world: tuple[dict[str, Domain], dict[str, tuple[str, ...]]],
) -> None:
    domains, context = world
    said = truth(conditions, domains.__getitem__)
    if said is not Truth.DEPENDS:
        assert hold(conditions, context) is (said is Truth.ALWAYS)


@pytest.mark.parametrize("name", ["StringLooksLike", "NullIfExists", "ForAllValues:Null", ""])
@pytest.mark.parametrize("key", ["aws:username", "aws:path", "s3:prefix", "aws:tagkeys"])
def test_what_nobody_can_say_depends_and_does_not_raise(name: str, key: str) -> None:
    assert of((name, key, "x")) is Truth.DEPENDS
    assert of((name, key, "x"), ("Null", "aws:principaltype", "true")) is Truth.NEVER


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("key", ["aws:currenttime", "k", "aws:username", "aws:tagkeys"])
def test_odd_values_do_not_raise(value: str, key: str) -> None:
    for name in ("DateLessThan", "DateGreaterThan", "NumericLessThan", "IpAddress", "Bool"):
        assert of((name, key, value), (name, key, "1"), ("Null", key, value)) in Truth
