"""Values that an operator cannot read."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited
from tests.support.estates import findings_of, mended, places, said

RULE = "malformed-condition"


def test_a_range_that_is_none() -> None:
    text = limited("{IpAddress: {aws:SourceIp: [203.0.113.0/24, 203.0.113.0/42]}}")
    assert said(findings_of(text)) == [
        "9:61 error malformed-condition: `203.0.113.0/42` is neither an IP address nor a range"
        " such as `203.0.113.0/24`"
    ]


@pytest.mark.parametrize(
    ("operator", "key", "value", "right"),
    [
        ("IpAddress", "aws:SourceIp", "10.1.*", "10.1.0.0/16"),
        ("IpAddress", "aws:SourceIp", "10.1.*.*", "10.1.0.0/16"),
        ("IpAddress", "aws:SourceIp", "300.1.*", None),
        ("IpAddress", "aws:SourceIp", "10.0.0.1/255.0.0.0", None),
        ("IpAddress", "aws:SourceIp", "*", None),
        ("Bool", "aws:SecureTransport", "yes", "true"),
        ("Bool", "aws:SecureTransport", "0", "false"),
        ("Bool", "aws:SecureTransport", "maybe", None),
        ("'Null'", "aws:username", "on", "true"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "1h", None),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "٣", None),
        ("DateLessThan", "aws:TokenIssueTime", "2027-02-30", None),
        ("DateLessThan", "aws:TokenIssueTime", "15/01/2027", None),
        ("DateLessThan", "aws:TokenIssueTime", "2027-01-15T25:00:00Z", None),
        ("ArnLike", "aws:PrincipalArn", "111122223333", None),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*", None),
        ("StringEquals", "aws:SourceAccount", "prod", "111122223333"),
        ("StringEquals", "aws:SourceAccount", "4444-5555-6666", "444455556666"),
        ("StringEquals", "aws:SourceAccount", "44445555666", None),
    ],
)
def test_each_sort(operator: str, key: str, value: str, right: str | None) -> None:
    text = limited(f"{{{operator}: {{{key}: '{value}'}}}}")
    if "٣" in value:
        assert [f.rule for f in findings_of(text)] == ["schema"]
        return
    (found,) = findings_of(text)
    assert found.rule == RULE
    assert places((found,)) == [(9, 23 + len(operator) + len(key))]
    if right is None:
        assert found.fix is None
    else:
        assert f"{key}: " in mended(text, found)
        assert right in mended(text, found)
        assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        ("IpAddress", "aws:SourceIp", "[203.0.113.7, '2001:db8::/32', 10.1.2.3/8]"),
        ("Bool", "aws:SecureTransport", "true"),
        ("BoolIfExists", "aws:ViaAWSService", "'False'"),
        ("'Null'", "aws:username", "false"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
        ("NumericEquals", "s3:TlsVersion", "'1.2'"),
        ("DateLessThan", "aws:TokenIssueTime", "[2027-01-15, 2027-01, '1800000000']"),
        ("DateLessThan", "aws:TokenIssueTime", "'2027-01-15T18:00:00.123456789+02:00'"),
        ("DateLessThan", "aws:TokenIssueTime", "2027-01-15t18:00:00z"),
        ("ArnLike", "aws:PrincipalArn", "['*', 'arn:aws:iam::111122223333:role/*']"),
        ("ArnLike", "aws:PrincipalArn", "'arn:aws:iam::${aws:PrincipalAccount}:role/*'"),
        ("ArnLike", "aws:PrincipalArn", "'arn:*:*:*:*:x'"),
        ("StringEquals", "aws:SourceAccount", "['111122223333', '${aws:PrincipalAccount}']"),
        ("StringLike", "aws:SourceAccount", "'1111*'"),
        ("StringEquals", "aws:username", "anything"),
    ],
)
def test_what_can_be_read(operator: str, key: str, values: str) -> None:
    assert findings_of(limited(f"{{{operator}: {{{key}: {values}}}}}", "s3:ListBucket")) == ()


@pytest.mark.parametrize("operator", ["DateLessThan", "NumericEquals", "IpAddress", "ArnLike"])
def test_hostile_values_take_no_time(operator: str) -> None:
    for value in ("1" * 4000, "1." * 2000, ":" * 4000, "arn:" * 1000, "${" * 2000, "*." * 2000):
        findings_of(limited(f"{{{operator}: {{aws:Sky: '{value}'}}}}"))
