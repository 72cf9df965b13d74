"""Which condition keys there are, of which type, and which was meant."""

from __future__ import annotations

import pytest

from gitiam.catalog import catalog
from gitiam.catalog_sources import data_lines

C = catalog()
TYPES = {"ARN", "Binary", "Bool", "Date", "IPAddress", "Numeric", "String"}


@pytest.mark.parametrize(
    ("key", "types", "is_many"),
    [
        ("aws:SourceIp", {"IPAddress"}, False),
        ("AWS:sourceip", {"IPAddress"}, False),
        ("aws:EpochTime", {"Date", "Numeric"}, False),
        ("aws:CalledVia", {"String"}, True),
        ("aws:TagKeys", {"String"}, True),
        ("aws:PrincipalTag/team", {"String"}, False),
        ("s3:prefix", {"String"}, False),
        ("kms:EncryptionContext:aws:s3:arn", {"String"}, False),
        ("iam:PolicyARN", {"ARN"}, False),
        ("sts:RequestContextProviders", {"ARN"}, True),
        ("token.actions.githubusercontent.com:sub", set(), None),
        ("identitycenter:ApplicationArn", {"ARN"}, False),
    ],
)
def test_types(key: str, types: set[str], is_many: bool | None) -> None:
    found = C.condition_key(None, key)
    assert found is not None
    assert (set(found.types), found.is_many) == (types, is_many)


def test_every_type_is_one_that_operators_compare() -> None:
    for line in data_lines("global_condition_keys.txt"):
        found = C.condition_key(None, line.split()[0].replace("${TagKey}", "x"))
        assert found is not None
        assert found.types <= TYPES, line
    for service in ("ec2", "iam", "kms", "s3", "sts", "events"):
        for name, kind in C._now.condition_keys(service).items():
            assert kind.removeprefix("ArrayOf") in TYPES, name


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("aws:SourcIp", "aws:SourceIp"),
        ("awss:SourceIp", "aws:SourceIp"),
        ("aws:PrincipleTag/Team", "aws:PrincipalTag/Team"),
        ("PrincipalTag/team", "aws:PrincipalTag/team"),
        ("kms:EncryptonContext:aws:s3:arn", "kms:EncryptionContext:aws:s3:arn"),
        ("sts:ExternallId", "sts:ExternalId"),
        ("nosuch:Key", None),
        ("", None),
        (":", None),
        ("/", None),
        ("${" * 2000, None),
    ],
)
def test_suggestions(key: str, meant: str | None) -> None:
    assert C.suggest_condition_key(key) == meant


@pytest.mark.parametrize(
    ("action", "key", "expected"),
    [
        ("s3:ListBucket", "s3:prefix", True),
        ("s3:GetObject", "s3:prefix", False),
        ("s3:GetObject", "aws:SourceIp", True),
        ("s3:ListBucket", "s3:BucketTag/x", True),
        ("iam:PassRole", "iam:PassedToService", True),
        ("ec2:RunInstances", "iam:PassedToService", False),
        ("sts:AssumeRole", "iam:ResourceTag/x", True),
        ("s3:NoSuchThing", "s3:prefix", True),
        ("s3:GetObject", "nosuch:Key", True),
    ],
)
def test_what_a_request_carries(action: str, key: str, expected: bool) -> None:
    assert C.carries(action, key) is expected
