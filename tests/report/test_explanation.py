"""What a reviewer reads about a file: whole texts, as they are printed."""

from __future__ import annotations

import pytest

from gitiam.models import Condition
from gitiam.policy.statement import Statement
from gitiam.report.explanation_text import WIDTH, as_text
from gitiam.report.words.conditions import condition_words
from gitiam.report.words.resources import Home, resource_words
from gitiam.report.words.trust import trust_words
from tests.support.estates import request
from tests.support.explained import CASES, FOLDER, NAMES, PATH, Case, explanation_of, page

HOME = Home("111122223333", "aws", NAMES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_the_text_is_as_people_read_it(case: Case) -> None:
    assert case.text() == case.golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_no_line_is_too_long_or_moves_the_cursor(case: Case) -> None:
    lines = case.text().split("\n")
    assert not [line for line in lines if len(line) > WIDTH and "arn:" not in line]
    assert all(line.isprintable() for line in lines)


def test_every_text_is_of_a_case() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == {case.name for case in CASES}


def test_the_most_dangerous_comes_first() -> None:
    grants = """
    - actions: [s3:ListBucket]
      resources: ['arn:aws:s3:::invoices']
    - actions: [s3:PutBucketPolicy]
      resources: ['arn:aws:s3:::orders']
    - actions: [s3:PutObject]
      resources: ['arn:aws:s3:::orders/*']
    - assume: arn:aws:iam::444455556666:role/audit
    """
    found = page(explanation_of({PATH: request(grants)}))
    texts = [line.text.split(" ")[0:2] for line in found.blocks[0].sections[0].lines]
    assert [" ".join(words) for words in texts] == [
        "may become",
        "permissions-management access",
        "write access",
        "list access",
    ]


def test_many_names_are_counted_and_told_on_request() -> None:
    grants = (
        "- access: [read, list]\n  resources: [arn:aws:dynamodb:us-east-1:111122223333:table/a]"
    )
    found = explanation_of({PATH: request(grants)})
    assert "(18 actions)" in as_text(page(found), None)
    assert "DescribeTimeToLive" not in as_text(page(found), None)
    assert "DescribeTimeToLive" in as_text(page(found, everything=True), None)


@pytest.mark.parametrize(
    ("operator", "key", "values", "words"),
    [
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", "from 10.0.0.0/8"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0", "from any IPv4 address"),
        ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", "from anywhere but 10.0.0.0/8"),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", "in us-east-1"),
        ("stringnotequals", "AWS:REQUESTEDREGION", "us-east-1", "in any region but us-east-1"),
        ("StringEqualsIfExists", "aws:SourceVpc", "vpc-1", "from VPC vpc-1 (or where the call does not say)"),  # noqa: E501
        ("Bool", "aws:MultiFactorAuthPresent", "true", "with MFA"),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "true", "with MFA (or by access key, without any)"),  # noqa: E501
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "false", "without MFA (or where the call does not say)"),  # noqa: E501
        ("NumericLessThan", "aws:MultiFactorAuthAge", "3600", "with MFA of less than 3600 seconds ago"),  # noqa: E501
        ("StringEquals", "s3:ExistingObjectTag/colour", "blue", "to objects tagged colour=blue"),
        ("StringNotEquals", "ec2:ResourceTag/a", "b", "to resources not tagged a=b"),
        ("DateGreaterThan", "aws:CurrentTime", "2027-01-01T00:00:00Z", "after 2027-01-01T00:00:00Z"),  # noqa: E501
        ("ForAllValues:StringEquals", "dynamodb:LeadingKeys", "a", "for items whose key is a (or where the call does not say)"),  # noqa: E501
        # What words would make look narrower than it is stays as it is written.
        ("StringLike", "aws:SourceVpc", "*", "with any aws:SourceVpc"),
        ("StringLikeIfExists", "aws:SourceVpc", "*", ""),
        ("ForAllValues:StringEquals", "aws:SourceVpc", "a", "if aws:SourceVpc ForAllValues:StringEquals a"),  # noqa: E501
        ("ForAnyValue:StringEquals", "aws:RequestedRegion", "a", "if aws:RequestedRegion ForAnyValue:StringEquals a"),  # noqa: E501
        ("Null", "aws:SourceVpc", "true", "if aws:SourceVpc Null true"),
        ("Bool", "aws:MultiFactorAuthPresent", "maybe", "if aws:MultiFactorAuthPresent Bool maybe"),
        ("IpAdress", "aws:SourceIp", "a", "if aws:SourceIp IpAdress a (nobody can tell what that means: AWS has no such operator)"),  # noqa: E501
        ("StringEquals", "shop:{}", "{}", "if shop:{} StringEquals {}"),
    ],
)  # fmt: skip
def test_conditions_in_words(operator: str, key: str, values: str, words: str) -> None:
    assert condition_words(Condition(operator, key, (values,))) == words


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("*", "every resource"),
        ("arn:aws:s3:::orders", "bucket orders"),
        ("arn:aws:s3:::*", "every bucket, and the objects in them"),
        ("arn:aws:s3:::orders*", "buckets orders*, and the objects in them"),
        ("arn:aws:s3:::orders/*", "every object in bucket orders"),
        ("arn:aws:s3:::orders/a/*", "objects in bucket orders under a/"),
        ("arn:aws:s3:::orders/a*", "objects a* in bucket orders"),
        ("arn:aws:sqs:us-east-1:111122223333:orders", "queue orders in us-east-1"),
        ("arn:aws:sqs:*:444455556666:*", "every queue in every region in account 444455556666 (dev)"),  # noqa: E501
        ("arn:aws:sqs:*:*:o?*s", "queues like o?*s in every region in any account"),
        ("arn:aws:iam::777788889999:role/x", "role x in account 777788889999"),
        ("arn:aws:iam::111122223333:user/${aws:username}", "the caller's own user"),
        ("arn:aws:logs:us-east-1:111122223333:log-group:/a:log-stream:b", "stream b of log group /a in us-east-1"),  # noqa: E501
        # What is not well known, or not written in the usual way, stays as it is.
        ("arn:aws:sqs:us-*:111122223333:orders", "arn:aws:sqs:us-*:111122223333:orders"),
        ("arn:aws:sqs:us-east-1:1111*:orders", "arn:aws:sqs:us-east-1:1111*:orders"),
        ("arn:aws-cn:s3:::orders", "arn:aws-cn:s3:::orders"),
        ("arn:aws:*:us-east-1:111122223333:orders", "arn:aws:*:us-east-1:111122223333:orders"),
        ("arn:aws:iam::111122223333:*", "everything"),
        ("orders", "orders"),
    ],
)  # fmt: skip
def test_resources_in_words(arn: str, words: str) -> None:
    assert resource_words(arn, HOME) == words


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("Service", "ec2.amazonaws.com", "the service ec2.amazonaws.com"),
        ("AWS", "*", "anybody in any AWS account"),
        ("AWS", "111122223333", "whomever this account lets"),
        ("AWS", "arn:aws:iam::444455556666:root", "whomever account 444455556666 (dev) lets"),
        ("AWS", "arn:aws:iam::777788889999:user/a", "the user a in account 777788889999 (not of this estate)"),  # noqa: E501
        ("Federated", "arn:aws:iam::111122223333:saml-provider/idp", "whoever signs in with idp"),
        ("CanonicalUser", "79a5", "CanonicalUser 79a5"),
    ],
)  # fmt: skip
def test_trust_in_words(kind: str, name: str, words: str) -> None:
    statement = Statement("Allow", ("sts:AssumeRole",), principals=((kind, (name,)),))
    assert trust_words(statement, "111122223333", NAMES) == words


def test_what_reaches_furthest_is_not_among_those_left_out() -> None:
    queues = "".join(f"    - arn:aws:sqs:us-east-1:111122223333:a{n}\n" for n in range(9))
    far = (
        "    - arn:aws:sqs:us-east-1:777788889999:z\n    - arn:aws:sqs:us-east-1:111122223333:z*\n"
    )
    grants = f"- actions: [sqs:SendMessage]\n  resources:\n{queues}{far}"
    found = as_text(page(explanation_of({PATH: request(grants)})), None)
    said = " ".join(found.split())
    assert "SQS: queues z* in us-east-1, queue z in us-east-1 in account 777788889999, " in said
    assert "and 7 more" in said


def test_every_value_of_a_condition_is_told_on_request() -> None:
    values = tuple(f"10.0.{n}.0/24" for n in range(9))
    condition = Condition("IpAddress", "aws:SourceIp", values)
    assert condition_words(condition).endswith(" or 3 more")
    assert condition_words(condition, None).endswith("10.0.8.0/24")
