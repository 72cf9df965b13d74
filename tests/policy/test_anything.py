"""Whatever a document holds, the algebra gives an answer, or says PolicyError."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitiam.models import Kind
from gitiam.policy.check import problems
from gitiam.policy.coverage import uncovered
from gitiam.policy.difference import difference
from gitiam.policy.evaluate import Decision, evaluate
from gitiam.policy.new_access import new_access
from gitiam.policy.piece import Piece
from gitiam.policy.reach import Reach
from gitiam.policy.statement import (
    Document,
    PolicyError,
    document_as_json,
    document_text,
    meaning,
    merged,
    parse_document,
)
from gitiam.policy.subject import Subject
from gitiam.policy.truth import ANYTHING, Truth, truth

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "50"))

_ODD = st.sampled_from(
    [
        *("", "*", "**", "?", ":", "*:*", "s3:", "s3:*", "S3:Get?bject", "iam:*", "i?m:PassRole"),
        *("arn:", "arn:aws:s3:::", "arn:aws:s3:::b/*", "arn:*:*:*:*:*", "arn:aws:iam::1:role/x"),
        *("${", "${}", "${aws:username}", "${*}", "${aws:username, 'x'}", "${a${b}}", "}", "{x}"),
        *("${AWS:PrincipalAccount}", "\0", "\ud800", "\ue000", "İ", "x" * 3000, "*a" * 200),
    ]
)
_TEXT = st.one_of(_ODD, st.text(max_size=8), st.builds("".join, st.lists(_ODD, max_size=3)))
_OPERATOR = st.builds(
    lambda quantifier, base, end: f"{quantifier}{base}{end}",
    st.sampled_from(["", "", "", "ForAllValues:", "foranyvalue:", "ForAllValues:ForAnyValue:"]),
    st.sampled_from(
        [
            *("StringEquals", "StringNotEquals", "StringLike", "stringnotlike", "ArnLike", "Bool"),
            *("StringEqualsIgnoreCase", "ArnNotEquals", "NumericLessThan", "NumericEquals"),
            *("DateLessThan", "DateGreaterThanEquals", "DateNotEquals", "IpAddress", "Null"),
            *("NotIpAddress", "BinaryEquals", "Nonsense", ""),
        ]
    ),
    st.sampled_from(["", "", "IfExists", "ifexists"]),
)
_KEY = st.one_of(
    st.sampled_from(
        [
            *("aws:CurrentTime", "aws:PrincipalArn", "AWS:username", "aws:TagKeys", "s3:prefix"),
            *("aws:SecureTransport", "aws:SourceIp", "aws:EpochTime", "iam:PassedToService", ""),
        ]
    ),
    _TEXT,
)
_VALUE = st.one_of(
    _TEXT,
    st.sampled_from(
        [
            *("true", "False", "1e999999999", "-0", "NaN", "Infinity", "1_0", "٣", "²", "9" * 5000),
            *("2027-01-15", "2027-01-15T00:00:00Z", "0001-01-01T00:00:00+23:59", "99999999999999"),
            *(
                "9999-12-31T23:59:59-23:59",
                "-62135596801",
                "--5",
                "0.0.0.0/0",
                "::/0",
                "1.2.3.4/33",
            ),
            *("::1%eth0", "1.2.3.4/::", "10.0.0.0"),
        ]
    ),
    st.booleans(),
    st.integers(),
    st.floats(),
)


def _one_or_many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=4))


_CONDITIONS = st.dictionaries(
    _OPERATOR, st.dictionaries(_KEY, _one_or_many(_VALUE), max_size=3), max_size=3
)
_PRINCIPALS = st.one_of(
    st.just("*"), st.dictionaries(st.sampled_from(["AWS", "Service", ""]), _one_or_many(_TEXT))
)
_STATEMENTS = st.builds(
    lambda *parts: {key: value for part in parts for key, value in part.items()},
    st.fixed_dictionaries({"Effect": st.sampled_from(["Allow", "Allow", "Deny"])}),
    st.one_of(
        st.fixed_dictionaries({"Action": _one_or_many(_TEXT)}),
        st.fixed_dictionaries({"NotAction": _one_or_many(_TEXT)}),
    ),
    st.one_of(
        st.fixed_dictionaries({"Resource": _one_or_many(_TEXT)}),
        st.fixed_dictionaries({"NotResource": _one_or_many(_TEXT)}),
        st.just({}),
    ),
    st.fixed_dictionaries(
        {},
        optional={"Condition": _CONDITIONS, "Sid": _TEXT, "Principal": _PRINCIPALS},
    ),
)
_DOCUMENTS = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": _one_or_many(_STATEMENTS)}
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXT),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(_TEXT, inner)),
)
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_CONTEXTS = st.dictionaries(
    _KEY.map(str.lower), st.lists(st.one_of(_TEXT, _VALUE.map(str)), max_size=2), max_size=4
)

_patiently = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def parsed(document: Any) -> Document:
    """The document; none where it is not one."""
    try:
        return parse_document(document)
    except PolicyError:
        return ()


@_patiently
@given(st.one_of(_JSON, _DOCUMENTS))
def test_every_document_is_read_or_refused(document: Any) -> None:
    problems(document)
    found = parsed(document)
    assert meaning(parsed(document_as_json(found)) if found else ()) == meaning(found)
    document_text(found)
    merged(found)


@_patiently
@given(_DOCUMENTS, _DOCUMENTS)
def test_any_two_documents_can_be_compared(one: Any, other: Any) -> None:
    old, new = parsed(one), parsed(other)
    uncovered(new, old)
    difference(old, new)
    assert new_access(new, new) == ()
    new_access(old, new)


@_patiently
@given(_DOCUMENTS, _TEXT, _TEXT, _CONTEXTS, st.none() | _DOCUMENTS)
def test_any_request_is_decided(
    document: Any, action: str, resource: str, context: dict[str, list[str]], boundary: Any
) -> None:
    limits = None if boundary is None else parsed(boundary)
    with suppress(PolicyError):
        assert evaluate(parsed(document), action, resource, context, limits) in Decision


@_patiently
@given(
    _DOCUMENTS,
    st.none() | _DOCUMENTS,
    st.sampled_from(Kind),
    st.sampled_from(["iam:PassRole", "s3:GetObject", "x", ""]),
    st.lists(_TEXT, min_size=1, max_size=3),
)
def test_what_anybody_can_reach_can_be_asked(
    document: Any, boundary: Any, kind: Kind, action: str, on: list[str]
) -> None:
    subject = Subject(kind, "data-pipeline", "111122223333", "aws", _NOW)
    statements = parsed(document)
    for statement in statements:
        with suppress(PolicyError):
            assert truth(statement.conditions, lambda _: ANYTHING) in Truth
    limits = None if boundary is None else parsed(boundary)
    with suppress(PolicyError):
        pieces = [Piece(statement, "x") for statement in statements]
        reach = Reach(pieces, subject, lambda _: ("arn:aws:s3:::*",), limits)
        reach.permits(action)
        reach.permits(action, tuple(on))
