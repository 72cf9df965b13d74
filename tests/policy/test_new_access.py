"""New access, against what IAM decides before and after: what is new is never called old."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.models import Condition
from gitiam.policy.coverage import singles, uncovered
from gitiam.policy.evaluate import Decision, evaluate
from gitiam.policy.new_access import new_access
from gitiam.policy.statement import Statement
from tests.support.thorough import drawn

B = "arn:aws:s3:::b"


def allow(*actions: str, on: str = "*", **rest: str) -> Statement:
    conditions = tuple(Condition("StringEquals", key, (v,)) for key, v in rest.items())
    return Statement("Allow", actions, (on,), conditions)


def deny(*actions: str, on: str = "*", **rest: str) -> Statement:
    conditions = tuple(Condition("StringEquals", key, (v,)) for key, v in rest.items())
    return Statement("Deny", actions, (on,), conditions)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([allow("s3:*")], [allow("s3:GetObject", on=f"{B}/*")]),
        ([allow("S3:get*")], [allow("s3:GetObject"), allow("s3:GetBucket*")]),
        ([], [allow("s3:GetObject"), deny("s3:*")]),
        ([], [allow("s3:GetObject", on=f"{B}/x"), deny("s3:Get*", on=f"{B}/*")]),
        ([allow("s3:*")], [allow("s3:*"), deny("s3:Put*")]),
        ([allow("s3:*"), deny("s3:Put*")], [allow("s3:*"), deny("s3:*")]),
        ([allow("s3:*"), deny("s3:Put*")], [allow("s3:Get*")]),
        ([], [allow("s3:*", k="a"), deny("s3:*", k="a")]),
        ([], [allow("s3:Get*"), Statement("Deny", not_actions=("iam:*",), resources=("*",))]),
    ],
)
def test_nothing_new(old: list[Statement], new: list[Statement]) -> None:
    assert new_access(old, new) == ()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ([allow("s3:Get*")], [allow("s3:*")], "s3:*"),
        ([allow("s3:*", k="a")], [allow("s3:*")], "s3:*"),
        ([allow("s3:*"), deny("s3:Put*")], [allow("s3:*")], "s3:*"),
        ([allow("s3:*"), deny("s3:Put*")], [allow("s3:*"), deny("s3:PutObject")], "s3:*"),
        ([], [allow("s3:*"), deny("s3:Get*")], "s3:*"),
        ([], [allow("s3:*", on=f"{B}/*"), deny("s3:*", on=f"{B}/x*")], "s3:*"),
        ([], [allow("s3:*"), deny("s3:*", k="a")], "s3:*"),
        ([allow("s3:*"), deny("s3:*", k="a")], [allow("s3:*"), deny("s3:*", k="b")], "s3:*"),
    ],
)
def test_what_is_new(old: list[Statement], new: list[Statement], found: str) -> None:
    assert [one.actions for one in new_access(old, new)] == [(found,)]


# -- against the evaluator ----------------------------------------------------------------------

ACTIONS = st.sampled_from(
    ["*", "s3:*", "s3:Get*", "S3:GetObject", "s3:PutObject", "s3:?etObject", "iam:*", "iam:GetUser"]
)
RESOURCES = st.sampled_from(
    ["*", f"{B}", f"{B}/*", f"{B}/a*", f"{B}/?", f"{B}/${{k}}", f"{B}/*a", "arn:aws:s3:::*"]
)
CONDITIONS = st.lists(
    st.builds(
        Condition,
        st.sampled_from(
            ["StringEquals", "StringNotEquals", "stringLike", "ForAllValues:StringEquals", "Null"]
        ),
        st.sampled_from(["k", "K", "j"]),
        st.lists(st.sampled_from(["a", "b", "a*", "true"]), min_size=1, max_size=2).map(tuple),
    ),
    max_size=2,
).map(tuple)
SOME = st.lists(ACTIONS, min_size=1, max_size=2).map(tuple)
PLACES = st.lists(RESOURCES, min_size=1, max_size=2).map(tuple)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    actions, resources = draw(SOME), draw(PLACES)
    not_actions, not_resources = draw(st.integers(0, 4)) == 0, draw(st.integers(0, 4)) == 0
    return Statement(
        draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        () if not_actions else actions,
        () if not_resources else resources,
        draw(CONDITIONS) if draw(st.booleans()) else (),
        not_actions=actions if not_actions else (),
        not_resources=resources if not_resources else (),
    )


DOCUMENTS = st.lists(statements(), max_size=4)
CONTEXTS = st.dictionaries(
    st.sampled_from(["k", "j"]),
    st.lists(st.sampled_from(["a", "b", "c", "ab"]), min_size=1, max_size=2).map(tuple),
)
ASKED = st.tuples(
    st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:GetX", "iam:GetUser", "sqs:SendMessage"]),
    st.sampled_from([B, f"{B}/a", f"{B}/ab", f"{B}/b", f"{B}/*", "arn:aws:s3:::c", "*"]),
    CONTEXTS,
)
Asked = tuple[str, str, dict[str, tuple[str, ...]]]


@given(DOCUMENTS, DOCUMENTS, ASKED)
@drawn(400, 5_000)
def test_what_is_allowed_only_now_is_new(
    old: list[Statement], new: list[Statement], asked: Asked
) -> None:
    before, after = evaluate(old, *asked), evaluate(new, *asked)
    if after is Decision.ALLOWED and before is not Decision.ALLOWED:
        found = new_access(old, new)
        assert evaluate(found, *asked) is Decision.ALLOWED


@given(DOCUMENTS, DOCUMENTS, ASKED)
@drawn(400, 5_000)
def test_what_is_covered_is_allowed_by_both(
    old: list[Statement], new: list[Statement], asked: Asked
) -> None:
    outer = [s for s in old if s.effect == "Allow"]
    inner = [s for s in new if s.effect == "Allow"]
    left = set(uncovered(inner, outer))
    within = [one for one in singles(inner) if one not in left]
    if evaluate(within, *asked) is Decision.ALLOWED:
        assert evaluate(outer, *asked) is Decision.ALLOWED


@given(DOCUMENTS)
def test_nothing_is_new_beside_itself(document: list[Statement]) -> None:
    assert new_access(document, document) == ()
