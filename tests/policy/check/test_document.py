"""Each thing that IAM does not take in a policy document, and what lies near it that it takes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from gitiam.policy.check import Use, problems
from gitiam.policy.statement import parse_document
from tests.support.managed import managed_policies

GOOD: dict[str, Any] = {
    "Sid": "Orders",
    "Effect": "Allow",
    "Action": ["s3:GetObject"],
    "Resource": ["arn:aws:s3:::orders/*"],
}
TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "ec2.amazonaws.com"},
}


def document(*statements: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **keys}


def with_(**keys: Any) -> dict[str, Any]:
    """A good statement with these instead; None takes one out."""
    return {key: value for key, value in {**GOOD, **keys}.items() if value is not None}


def when(operator: str, *values: Any, key: str = "aws:CurrentTime") -> dict[str, Any]:
    return with_(Condition={operator: {key: list(values)}})


def kinds(found: Any, use: Use = Use.IDENTITY, room: int | None = None) -> list[str]:
    return [problem.kind for problem in problems(found, use, room)]


def test_a_good_document_has_no_problems() -> None:
    assert problems(document(GOOD)) == ()
    assert problems(json.dumps(document(GOOD, Id="x"))) == ()
    assert problems(document(TRUST), Use.TRUST) == ()
    assert problems({"Version": "2012-10-17", "Statement": GOOD}) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ("null", "must be an object"),
        ('{"Version":"2012-10-17","Version":"2012-10-17"}', "a name stands twice"),
        ('{"Statement":NaN}', "NaN is no value"),
        ("[" * 200_000, "nested too deeply"),
        ('{"Statement":[]}', "Statement must be"),
        (json.dumps(document(with_(Then=1))), "unknown element 'Then'"),
        (json.dumps(document(with_(Action=[]))), "Action must be text"),
        ('{"Version":' + "[" * 900 + "]" * 900 + "}", ""),
    ],
)
def test_what_cannot_be_read_is_one_problem(text: str, said: str) -> None:
    (problem,) = problems(text)
    assert problem.kind == "unreadable"
    assert said in problem.message
    assert len(problem.message) < 200


#: What parsing lets through and IAM does not, by the kind of problem.
BEYOND_PARSING: list[tuple[str, dict[str, Any]]] = [
    ("old-version", {"Statement": [GOOD]}),
    ("old-version", document(GOOD, Version="2008-10-17")),
    ("id", document(GOOD, Id=["x"])),
    ("id", document(GOOD, Id=7)),
    ("sid", document(with_(Sid="Read orders"))),
    ("sid", document(with_(Sid="read-orders"))),
    ("sid", document(with_(Sid="Bücher"))),
    ("duplicate-sid", document(GOOD, with_(Effect="Deny"))),
    ("missing-resource", document(with_(Resource=None))),
    ("unexpected-principal", document(with_(Principal="*"))),
    ("unexpected-principal", document(with_(NotPrincipal={"AWS": "111122223333"}))),
    ("action", document(with_(Action="GetObject"))),
    ("action", document(with_(Action=""))),
    ("action", document(with_(Action="s3:"))),
    ("action", document(with_(Action=":GetObject"))),
    ("action", document(with_(Action="s3:Get:Object"))),
    ("action", document(with_(Action="s3:Get Object"))),
    ("action", document(with_(Action="s*:GetObject"))),
    ("action", document(with_(Action="*:GetObject"))),
    ("action", document(with_(Action="s3_x:GetObject"))),
    ("action", document(with_(Action=None, NotAction="s3"))),
    ("arn", document(with_(Resource="orders"))),
    ("arn", document(with_(Resource="**"))),
    ("arn", document(with_(Resource=""))),
    ("arn", document(with_(Resource="arn:aws:s3:orders"))),
    ("arn", document(with_(Resource="arn:aws:s3:::"))),
    ("arn", document(with_(Resource="aws:arn:s3:::orders"))),
    ("arn", document(with_(Resource="arn:amazon:s3:::orders"))),
    ("arn", document(with_(Resource="arn:aws:*:::orders"))),
    ("arn", document(with_(Resource="arn:aws:S3:::orders"))),
    ("arn", document(with_(Resource="arn:aws:s3:us-east-1::orders"))),
    ("arn", document(with_(Resource="arn:aws:sqs:us-east-1:1111:orders"))),
    ("arn", document(with_(Resource="arn:aws:sqs:us east 1:111122223333:orders"))),
    ("arn", document(with_(Resource="arn:aws:iam:us-east-1:111122223333:role/x"))),
    ("arn", document(with_(Resource="arn:aws:iam::111122223333:rolle/x"))),
    ("arn", document(with_(Resource="arn:aws:iam::${aws:PrincipalAccount}:role/x"))),
    ("arn", document(with_(Resource=None, NotResource="orders"))),
    ("operator", document(when("StringEqual", "x"))),
    ("operator", document(when("stringequals", "x"))),
    ("operator", document(when("StringEqualsIfExist", "x"))),
    ("operator", document(when("ForSomeValues:StringEquals", "x"))),
    ("operator", document(when("NullIfExists", "true"))),
    ("operator", document(with_(Condition={"Invented": {}}))),
    ("no-values", document(when("StringEquals"))),
    ("no-values", document(with_(Condition={"StringEquals": {}}))),
    ("duplicate-key", document(with_(Condition={"Bool": {"aws:x": "true", "AWS:X": "false"}}))),
    ("value", document(when("DateLessThan", "tomorrow"))),
    ("value", document(when("DateLessThan", "2026-13-01"))),
    ("value", document(when("DateLessThan", "2026-02-29"))),
    ("value", document(when("DateLessThan", "2026-01-01 00:00:00"))),
    ("value", document(when("DateLessThan", "2026-01-01T24:00:00Z"))),
    ("value", document(when("DateLessThan", "2026-01-01T00:00:00"))),
    ("value", document(when("DateLessThanIfExists", "9223372036854775808"))),
    ("value", document(when("DateLessThan", "${aws:CurrentTime}"))),
    ("value", document(when("NumericLessThan", "ten"))),
    ("value", document(when("Bool", "yes"))),
    ("value", document(when("Null", ""))),
    ("value", document(when("IpAddress", "10.0.0.256"))),
    ("value", document(when("BinaryEquals", "???"))),
    ("value", document(when("ArnLike", "orders"))),
    ("character", document(with_(Resource="arn:aws:s3:::orders/\u2013"))),
    ("character", document(when("StringEquals", "\ud800"))),
    ("character", document(when("StringEquals", "x\x00"))),
    ("character", document(GOOD, Id="\u20ac")),
]


@pytest.mark.parametrize(("kind", "found"), BEYOND_PARSING)
def test_what_parsing_lets_through(kind: str, found: dict[str, Any]) -> None:
    assert parse_document(found)
    assert kinds(found) == [kind]
    assert kinds(json.dumps(found)) == [kind]


@pytest.mark.parametrize(
    "statement",
    [
        with_(Sid=""),
        with_(Sid=None),
        with_(Action="*"),
        with_(Action="*:*"),
        with_(Action="S3:getobject"),
        with_(Action="s3:Get?bject*"),
        with_(Resource="*"),
        with_(Resource="arn:*:s3:::orders"),
        with_(Resource="arn:aws-us-gov:s3:::orders"),
        with_(Resource="arn:aws:s3:::${aws:username}/*"),
        with_(Resource="arn:aws:s3:us-east-1:111122223333:accesspoint/orders"),
        with_(Resource="arn:aws:iam::*:*"),
        with_(Resource="arn:aws:iam::aws:policy/ReadOnlyAccess"),
        with_(Resource="arn:aws:sqs:*:1111*:orders"),
        with_(Resource="arn:aws:sqs:*:*:*"),
        when("ForAnyValue:StringLikeIfExists", "x", ""),
        when("DateLessThan", "2026-01-15T00:00:00Z", "2026-01-15", "2026-01", "2026", "1767225600"),
        when("DateLessThan", "2024-02-29t10:20:30.5z", "2026-01-15T10:20-05:00"),
        when("DateLessThan", 1767225600),
        when("NumericLessThan", 10, "10", "-1.5"),
        when("Bool", True, "False"),
        when("Null", "true"),
        when("IpAddress", "10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "10.0.0.1/8"),
        when("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA=="),
        when("ArnLike", "arn:aws:sns:*:*:x", "${aws:PrincipalArn}"),
        when("StringEquals", "ÿ\t"),
    ],
)
def test_what_lies_near_it_is_right(statement: dict[str, Any]) -> None:
    assert problems(document(statement)) == ()


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("unexpected-resource", {"Resource": "*"}),
        ("missing-principal", {"Principal": None}),
        ("not-principal", {"Principal": None, "NotPrincipal": {"AWS": "111122223333"}}),
        ("principal", {"Principal": {"Role": "x"}}),
        ("action", {"Action": "sts:*"}),
        ("action", {"Action": "s3:GetObject"}),
    ],
)
def test_a_trust_policy_has_rules_of_its_own(kind: str, keys: dict[str, Any]) -> None:
    statement = {key: value for key, value in {**TRUST, **keys}.items() if value is not None}
    assert kinds(document(statement), Use.TRUST) == [kind]


def test_a_trust_policy_cannot_leave_its_actions_open() -> None:
    statement = {"Effect": "Deny", "Principal": "*", "NotAction": "sts:TagSession"}
    assert kinds(document(statement), Use.TRUST) == ["unexpected-not-action"]


def test_the_kinds_of_document_are_not_mistaken_for_each_other() -> None:
    assert kinds(document(GOOD), Use.TRUST)
    assert kinds(document(TRUST)) == ["missing-resource", "unexpected-principal"]


def test_room() -> None:
    size = len(json.dumps(document(GOOD), separators=(",", ":"))) - 4  # brackets of two lists
    assert kinds(document(GOOD), room=size) == []
    assert kinds(document(GOOD), room=size - 1) == ["too-large"]


def test_a_problem_says_where() -> None:
    found = document(GOOD, with_(Sid="Two", Action=["s3:GetObject", "s3"]))
    (problem,) = problems(found)
    assert str(problem) == (
        "Statement[1].Action[1]: `s3`: an action begins with the service, as in `s3:GetObject`"
    )


def test_every_problem_is_told() -> None:
    statement = with_(Sid="a b", Action="s3", Resource="x", Condition={"X": {"y": "z"}})
    assert kinds(document(statement)) == ["sid", "action", "arn", "operator"]


#: What AWS itself publishes against its own rules.
AWS_OWN = {
    # The resource is empty; it is there beside others that are right.
    "AmazonDevOpsGuruOrganizationsAccess": ["arn"],
    # A variable for the account, which the User Guide allows after the fifth colon alone.
    "AmazonTimestreamInfluxDBServiceRolePolicy": ["arn"],
}


def test_what_aws_publishes_is_right_but_for_these() -> None:
    found = {name: kinds(json.dumps(body)) for name, body in managed_policies().items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == AWS_OWN


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:s3:::" + "${" * 100_000,
        "arn:" + "*?" * 100_000,
        "arn:aws:sqs:us-east-1:" + "1?*" * 100_000 + "x:y",
        "2026-01-01T" * 30_000,
        "s3:" + "*" * 200_000 + " ",
        "1" * 200_000,
    ],
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    statements = [
        with_(Action=text),
        with_(Sid="b", Resource=text),
        *(with_(Sid=f"c{n}", Condition={op: {text: text}}) for n, op in enumerate(OPERATORS)),
        with_(Sid=text, Condition={text: {"x": "y"}}),
    ]
    start = time.process_time()
    found = problems(document(*statements))
    assert time.process_time() - start < 2
    assert found
    assert all(len(str(problem)) < 1_000 for problem in found)


OPERATORS = ("DateLessThan", "NumericEquals", "IpAddress", "ArnLike", "BinaryEquals", "Bool")


def test_what_is_said_obeys_no_document() -> None:
    (problem,) = problems(document(with_(Sid="\x1b[2J\nx")))[:1]
    assert "\x1b" not in str(problem)
    assert "\n" not in str(problem)
