"""Policy documents: parsed strictly, written canonically, compared and merged by meaning."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.models import Condition
from gitiam.policy.statement import (
    EMPTY_SIZE,
    PolicyError,
    Statement,
    document_as_json,
    document_size,
    document_text,
    meaning,
    merged,
    parse_document,
    statement_size,
)
from tests.support.policies import atoms, statements

GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(**changes: Any) -> dict[str, Any]:
    """A document of one good statement, with elements replaced; None takes one out."""
    body = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [body]}


def of(**changes: Any) -> frozenset[Statement]:
    return meaning(parse_document(document(**changes)))


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (document(Conditions={}), "Conditions"),
        (document(condition={}), "condition"),
        (document(Effect="allow"), "Effect"),
        (document(Effect=None), "Effect"),
        (document(Action=None), "Action is missing"),
        (document(Action=[]), "Action"),
        (document(Action=[1]), "Action"),
        (document(Action={"a": "b"}), "Action"),
        (document(NotAction="s3:*"), "NotAction"),
        (document(NotResource="*"), "NotResource"),
        (document(Principal="*", NotPrincipal="*"), "NotPrincipal"),
        (document(Principal={}), "Principal"),
        (document(Principal=["*"]), "Principal"),
        (document(Principal={"AWS": []}), "AWS"),
        (document(Sid=7), "Sid"),
        (document(Condition=[]), "Condition"),
        (document(Condition={"StringEquals": "x"}), "StringEquals"),
        (document(Condition={"StringEquals": {"aws:username": None}}), "value"),
        (document(Condition={"StringEquals": {"aws:username": [["x"]]}}), "value"),
        ({"Statement": []}, "Statement"),
        ({"Version": "2012-10-17"}, "Statement"),
        ({"Statement": ["x"]}, "Statement[0]"),
        ({**document(), "Version": "2020-01-01"}, "Version"),
        ({**document(), "Comment": "x"}, "Comment"),
        ([], "object"),
        ("{}", "object"),
    ],
)
def test_what_is_not_understood_is_refused(wrong: Any, word: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse_document(wrong)
    assert word in str(error.value)


def test_the_refusal_names_the_statement() -> None:
    body = {"Statement": [GOOD, {**GOOD, "Resourcs": "*"}]}
    with pytest.raises(PolicyError, match=r"Statement\[1\].*Resourcs"):
        parse_document(body)


def test_a_lone_statement_stands_for_a_list_of_one() -> None:
    assert parse_document({"Statement": GOOD}) == parse_document({"Statement": [GOOD]})


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_both_versions_of_the_language_are_known(version: str) -> None:
    assert parse_document({"Version": version, "Id": "x", "Statement": GOOD})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Action": "s3:GetObject"}, {"Action": ["s3:GetObject"]}),
        (
            {"Action": ["s3:GetObject", "s3:PutObject"]},
            {"Action": ["s3:putobject", "S3:GetObject"]},
        ),
        ({"Action": ["s3:Get*", "s3:Get*"]}, {"Action": "s3:get*"}),
        ({"Resource": ["a", "b"]}, {"Resource": ["b", "a", "b"]}),
        ({"Sid": "One"}, {"Sid": "Two"}),
        (
            {"Condition": {"StringEquals": {"aws:username": "x"}}},
            {"Condition": {"stringequals": {"AWS:UserName": ["x", "x"]}}},
        ),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": True}}},
            {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        ),
        (
            {"Condition": {"NumericLessThan": {"s3:max-keys": 10}}},
            {"Condition": {"NumericLessThan": {"s3:max-keys": ["10"]}}},
        ),
        (
            {"Principal": {"AWS": ["a", "b"], "Service": "s"}},
            {"Principal": {"Service": ["s"], "AWS": ["b", "a"]}},
        ),
    ],
)
def test_the_same_meaning(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert of(**one) == of(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Resource": "arn:aws:s3:::Orders"}, {"Resource": "arn:aws:s3:::orders"}),
        ({"Effect": "Allow"}, {"Effect": "Deny"}),
        ({"Action": "s3:GetObject"}, {"Action": None, "NotAction": "s3:GetObject"}),
        ({"Resource": "x"}, {"Resource": None, "NotResource": "x"}),
        ({"Resource": "x"}, {"Resource": ["x", "y"]}),
        ({}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        (
            {"Condition": {"StringEquals": {"aws:username": "Alice"}}},
            {"Condition": {"StringEquals": {"aws:username": "alice"}}},
        ),
        (
            {"Condition": {"StringEquals": {"aws:username": "x"}}},
            {"Condition": {"StringLike": {"aws:username": "x"}}},
        ),
        ({"Principal": "*"}, {"Principal": {"AWS": "*"}}),
        ({"Principal": {"AWS": "x"}}, {"NotPrincipal": {"AWS": "x"}}),
    ],
)
def test_another_meaning(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert of(**one) != of(**other)


@given(st.lists(statements(), min_size=1, max_size=5), st.randoms())
def test_the_order_of_statements_and_values_has_no_meaning(
    found: list[Statement], random: Any
) -> None:
    def shuffled(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(values, len(values)))

    other = [
        replace(
            s,
            actions=shuffled(s.actions),
            resources=shuffled(s.resources),
            conditions=shuffled(tuple(replace(c, values=shuffled(c.values)) for c in s.conditions)),
        )
        for s in shuffled(tuple(found))
    ]
    assert meaning(other) == meaning(found)


@given(st.lists(statements(), min_size=1, max_size=4))
def test_what_is_written_is_read_again(found: list[Statement]) -> None:
    sids = [replace(s, sid=f"Sid{index}") for index, s in enumerate(found)]
    assert parse_document(document_as_json(sids)) == tuple(sids)
    assert parse_document(json.loads(document_text(sids))) == tuple(sids)


def test_principals_are_written_and_read_again() -> None:
    for principals in ("*", {"AWS": "*"}, {"AWS": ["a", "b"], "Service": "s"}):
        body = document(Principal=principals, Resource=None)
        assert document_as_json(parse_document(body)) == body


@given(st.lists(statements(), min_size=1, max_size=5))
def test_the_size_is_that_of_the_compact_document(found: list[Statement]) -> None:
    compact = json.dumps(document_as_json(found), separators=(",", ":"), ensure_ascii=False)
    assert document_size(found) == len(compact)
    assert document_size(found) == EMPTY_SIZE + sum(map(statement_size, found)) + len(found) - 1


def test_the_size_of_a_known_document() -> None:
    assert document_size([Statement("Allow", ("s3:GetObject",), ("*",))]) == len(
        '{"Version":"2012-10-17","Statement":'
        '[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    )
    assert document_size([]) == EMPTY_SIZE


@given(st.lists(statements(), min_size=1, max_size=6))
def test_merging_keeps_the_access(found: list[Statement]) -> None:
    assert atoms(merged(found)) == atoms(found)
    assert len(merged(found)) <= len(meaning(found))


@given(st.lists(statements(st.sampled_from(["x", "y"])), min_size=1, max_size=4))
def test_merging_does_not_ask_for_an_order(found: list[Statement]) -> None:
    wanted = merged(found)
    assert all(merged(other) == wanted for other in permutations(found))
    turned = [
        replace(
            s,
            actions=s.actions[::-1],
            resources=s.resources[::-1],
            not_actions=s.not_actions[::-1],
            conditions=tuple(replace(c, values=c.values[::-1]) for c in s.conditions),
        )
        for s in found
    ]
    assert merged(turned) == wanted


@given(st.lists(statements(st.sampled_from(["x", "y"])), min_size=1, max_size=6))
def test_merging_twice_is_merging_once(found: list[Statement]) -> None:
    once = merged(found)
    assert merged(once) == once


def test_merging_joins_actions_and_resources() -> None:
    def allow(action: str, resource: str) -> Statement:
        return Statement("Allow", (action,), (resource,))

    square = [allow(a, r) for a in ("s3:GetObject", "s3:PutObject") for r in ("x", "y")]
    assert merged(square) == (Statement("Allow", ("s3:GetObject", "s3:PutObject"), ("x", "y")),)


def test_merging_keeps_conditions_apart() -> None:
    plain = Statement("Allow", ("s3:GetObject",), ("x",))
    bound = replace(plain, conditions=(Condition("Bool", "aws:SecureTransport", ("true",)),))
    assert set(merged([plain, bound])) == {plain, bound}


def test_merging_keeps_statements_that_name_all_but_something_apart() -> None:
    one = Statement("Deny", not_actions=("iam:*",), resources=("*",))
    other = Statement("Deny", not_actions=("sts:*",), resources=("*",))
    assert set(merged([one, other])) == {one, other}
