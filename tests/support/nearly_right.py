"""Policy documents for hypothesis that are nearly right: AWS's own, with a few changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.support.managed import managed_policies

_LONGEST = 1_500
_OPERATORS = (
    *("StringEquals", "StringLike", "ForAnyValue:StringLike", "ForAllValues:ArnLike", "Bool"),
    *("DateLessThan", "DateGreaterThanIfExists", "NumericEquals", "IpAddress", "Null"),
    *("NullIfExists", "stringequals", "StringEqual", "ForSomeValues:StringLike"),
    *("StringEqualsIfExist", "ForAnyValue:", "", "IfExists", "StringLikeIfExistsIfExists"),
    *("ForAnyValue:ForAllValues:StringLike", "Date"),
)
_DATES = (
    *("2026-01-31", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00+01:00", "2026-13-01"),
    *("2026-01-32", "2026-01-31T24:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T23:59:60Z"),
    *("1767225600", "-1", "tomorrow", "2026/01/31", "2026-01-31 00:00:00", "99999999999999999999"),
    *("20260131T000000Z", "", "2026-01-31T00:00:00.5Z", "2026-01-31T00:00:00.9999999999Z"),
    *("2026-01-31T00:00:00Zulu", "1e9", "2026-02-30T00:00:00+1:00", "2026-01-31T00:00:00+24:00"),
    *("2026", "2026-01", "2026-01-31t00:00:00z"),
)
_ACTIONS = (
    *("s3:GetObject", "s3:*", "*", "*:*", "s3", "s3:Get:Object", "s 3:GetObject", "s3*:GetObject"),
    *("s3_x:GetObject", "", ":", "s3:", ":GetObject", "s3:Get Object", "S3:getobject"),
    *("sts:AssumeRole",),
)
_RESOURCES = (
    *("*", "arn:aws:s3:::orders/*", "arn:aws:s3:::orders", "orders", "arn", "arn:aws", "arn:aws:"),
    *("", "arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:orders", "arn:aws:s3::orders"),
    *("arn:aws::::x", "::", "arn:aws:s3:us-east-1:111122223333:orders"),
    *("arn:aws:s3:us-east-1:111122223333:accesspoint/x", "arn:amazon:s3:::orders"),
    *("arn:aws*:s3:::x", "arn:*:s3:::x", "arn::s3:::x", "aws:s3:::orders"),
    *("arn:aws:iam:us-east-1:111122223333:role/x", "arn:aws:iam::111122223333:rolle/x"),
    *("arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:x"),
    *("arn:aws:iam::111122223333:", "arn:aws:*:::x", "arn:aws:s*:::x", "arn:aws:sqs:*:*:*", "**"),
    *("?", "arn:aws:iam:::role/x", "arn:aws:s3:::${aws:username}"),
    *("arn:aws:iam::${aws:PrincipalAccount}:role/x", "${aws:x}:a:b"),
)
_TEXTS = (
    *_OPERATORS,
    *_DATES,
    *_ACTIONS,
    *_RESOURCES,
    "Allow",
    "allow",
    "DENY",
    "A b",
    "x",
    "true",
)
_VERSIONS = ("2012-10-17", "2008-10-17", "2012-10-18", "2026-01-01", "", 2012, None)
_KEYS = (
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"),
    *("NotPrincipal", "Version", "Id", "Statement", "action", "Actions", "Conditions", "x"),
)

_odd: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 10**20),
        st.sampled_from(_TEXTS),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=2)
    ),
    max_leaves=4,
)


@cache
def bases() -> tuple[str, ...]:
    """The shorter ones of AWS's policies, as text, so that no change to one stays."""
    texts = (json.dumps(document) for document in managed_policies().values())
    return tuple(text for text in texts if len(text) <= _LONGEST)


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    """A document of AWS, most often with one to three changes."""
    document: dict[str, Any] = json.loads(draw(st.sampled_from(bases())))
    for change in draw(st.lists(st.sampled_from(_CHANGES), max_size=3)):
        change(draw, document)
    return document


def _statement(draw: st.DrawFn, document: Mapping[str, Any]) -> dict[str, Any]:
    """One statement to change; one of its own where the changes left none."""
    found = document.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list):
        return {}
    some = [statement for statement in statements if isinstance(statement, dict)]
    return draw(st.sampled_from(some)) if some else {}


def _drop(draw: st.DrawFn, document: dict[str, Any]) -> None:
    body = draw(st.sampled_from([document, _statement(draw, document)]))
    if body:
        del body[draw(st.sampled_from(sorted(body)))]


def _rename(draw: st.DrawFn, document: dict[str, Any]) -> None:
    body = draw(st.sampled_from([document, _statement(draw, document)]))
    if body:
        body[draw(st.sampled_from(_KEYS))] = body.pop(draw(st.sampled_from(sorted(body))))


def _replace(draw: st.DrawFn, document: dict[str, Any]) -> None:
    body = draw(st.sampled_from([document, _statement(draw, document)]))
    body[draw(st.sampled_from(_KEYS))] = draw(_odd)


def _version(draw: st.DrawFn, document: dict[str, Any]) -> None:
    document["Version"] = draw(st.sampled_from(_VERSIONS))


def _sids(draw: st.DrawFn, document: dict[str, Any]) -> None:
    found = document.get("Statement")
    for statement in found if isinstance(found, list) else []:
        if isinstance(statement, dict):
            statement["Sid"] = draw(st.sampled_from(["", "Same", "Other", "With space"]))


def _values(key: str, opposite: str, texts: Sequence[str]) -> Any:
    def change(draw: st.DrawFn, document: dict[str, Any]) -> None:
        body = _statement(draw, document)
        here = opposite if opposite in body else key
        some = st.sampled_from(texts)
        body[here] = draw(st.one_of(some, st.lists(some, max_size=3)))

    return change


def _conditions(draw: st.DrawFn, document: dict[str, Any]) -> None:
    values = st.one_of(st.sampled_from(_TEXTS), st.lists(st.sampled_from(_TEXTS), max_size=2))
    keys = st.dictionaries(
        st.sampled_from(["aws:CurrentTime", "AWS:CurrentTime", "aws:username"]), values, max_size=2
    )
    _statement(draw, document)["Condition"] = draw(
        st.dictionaries(st.sampled_from(_OPERATORS), keys, max_size=2)
    )


def _date(draw: st.DrawFn, document: dict[str, Any]) -> None:
    dates = st.sampled_from(_DATES)
    value = draw(st.one_of(dates, st.lists(dates, min_size=1, max_size=2)))
    operator = draw(st.sampled_from(["DateLessThan", "DateGreaterThanIfExists"]))
    _statement(draw, document)["Condition"] = {operator: {"aws:CurrentTime": value}}


_CHANGES = (
    *(_drop, _rename, _replace, _version, _sids, _conditions, _date),
    _values("Action", "NotAction", _ACTIONS),
    _values("Resource", "NotResource", _RESOURCES),
)

_TRUST_BASES = (
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}},
    {
        "Sid": "Account",
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "111122223333"]},
        "Condition": {"StringEquals": {"sts:ExternalId": "orders"}},
    },
    {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/example.com"},
        "Condition": {"StringLike": {"example.com:sub": "repo:orders/*"}},
    },
    {
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "Principal": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
)


@st.composite
def nearly_right_trust(draw: st.DrawFn) -> dict[str, Any]:
    """A trust policy, most often with one to three changes."""
    some = draw(st.lists(st.sampled_from(_TRUST_BASES), min_size=1, max_size=2))
    document = {"Version": "2012-10-17", "Statement": json.loads(json.dumps(some))}
    for change in draw(st.lists(st.sampled_from(_CHANGES), max_size=3)):
        change(draw, document)
    return document
