"""Operators of another type than the key's."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited
from tests.support.estates import findings_of, mended, said

RULE = "mismatched-operator"


def test_a_number_is_no_address() -> None:
    assert said(findings_of(limited("{NumericEquals: {aws:SourceIp: '203'}}"))) == [
        "9:18 error mismatched-operator: the value of `aws:SourceIp` is an IP address, and"
        " `NumericEquals` compares a number"
    ]


@pytest.mark.parametrize(
    ("condition", "severity", "replacement"),
    [
        ("{StringEquals: {aws:SourceIp: 203.0.113.0/24}}", "warning", "IpAddress"),
        ("{StringNotLike: {aws:SourceIp: 203.0.113.0/24}}", "warning", "NotIpAddress"),
        ("{StringEquals: {aws:SecureTransport: 'true'}}", "warning", "Bool"),
        ("{StringLessThan: {aws:username: x}}", None, None),
        ("{NumericLessThan: {aws:CurrentTime: '1800000000'}}", "error", "DateLessThan"),
        ("{Bool: {aws:username: 'true'}}", "error", "StringEquals"),
        ("{IpAddressIfExists: {aws:SourceVpc: 10.0.0.0/8}}", "error", "StringEqualsIfExists"),
        ("{DateGreaterThan: {s3:max-keys: '2027'}}", "error", "NumericGreaterThan"),
        ("{ArnLike: {aws:username: 'arn:aws:iam::1:user/*'}}", "warning", "StringLike"),
        ("{'ForAnyValue:Bool': {aws:TagKeys: 'true'}}", "error", '"ForAnyValue:StringEquals"'),
    ],
)
def test_each_is_mended_by_the_operator_that_asks_the_same(
    condition: str, severity: str | None, replacement: str | None
) -> None:
    text = limited(condition, "s3:ListBucket")
    found = findings_of(text, rule=RULE)
    assert [f.severity for f in found] == ([severity] if severity else [])
    for finding in found:
        assert finding.fix
        assert finding.fix.replacement == replacement
        assert not finding.fix.safe
        assert findings_of(mended(text, finding), rule=RULE) == ()


def test_an_operator_with_other_keys_is_not_changed_for_one() -> None:
    text = limited("{StringEquals: {aws:SourceIp: 203.0.113.7, aws:username: alice}}")
    (found,) = findings_of(text)
    assert found.fix
    assert found.fix.location is None
    assert found.fix.title == "put `aws:SourceIp` under `IpAddress`"


@pytest.mark.parametrize(
    "condition",
    [
        "{ArnLike: {aws:PrincipalArn: 'arn:aws:iam::111122223333:role/*'}}",
        "{StringLike: {aws:PrincipalArn: 'arn:aws:iam::111122223333:role/*'}}",
        "{StringEquals: {aws:SourceArn: x}}",
        "{ArnEquals: {aws:ResourceTag/topic: 'arn:aws:sns:us-east-1:111122223333:x'}}",
        "{NumericLessThan: {aws:EpochTime: '1800000000'}}",
        "{DateLessThan: {aws:EpochTime: '1800000000'}}",
        "{'Null': {aws:SourceIp: 'true'}}",
        "{NotIpAddressIfExists: {aws:VpcSourceIp: 10.0.0.0/8}}",
        "{StringEquals: {nosuch:Key: x}}",
    ],
)
def test_what_is_right_or_unknown_is_left_alone(condition: str) -> None:
    assert findings_of(limited(condition), rule=RULE) == ()
