"""What is known of a principal's requests without seeing one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gitiam.models import Kind
from gitiam.policy.subject import Subject
from gitiam.policy.truth import ABSENT, ANYTHING

NOW = datetime(2026, 11, 24, tzinfo=UTC)
IAM = "arn:aws:iam::111122223333"


def subject(kind: Kind, path: str | None = None, partition: str = "aws") -> Subject:
    return Subject(kind, "alice", "111122223333", partition, NOW, path)


@pytest.mark.parametrize(
    ("kind", "path", "patterns"),
    [
        (Kind.USER, "/", (f"{IAM}:user/alice",)),
        (Kind.USER, "/ops/", (f"{IAM}:user/ops/alice",)),
        (Kind.ROLE, "/ops/", (f"{IAM}:role/ops/alice",)),
        (Kind.ROLE, None, (f"{IAM}:role/alice", f"{IAM}:role/*/alice")),
        (Kind.GROUP, "/", (f"{IAM}:user/*",)),  # who asks is a member
        (Kind.POLICY, None, (f"{IAM}:role/*", f"{IAM}:user/*")),
    ],
)
def test_the_arn(kind: Kind, path: str | None, patterns: tuple[str, ...]) -> None:
    found = subject(kind, path)
    assert found.arn_patterns == patterns
    domain = found.domain("s3", "aws:principalarn")
    is_one = path is not None and kind in (Kind.USER, Kind.ROLE)
    assert domain.values == (frozenset(patterns) if is_one else None)
    assert is_one or domain.patterns == patterns
    assert not domain.absent


def test_the_arn_elsewhere() -> None:
    assert subject(Kind.ROLE, "/", "aws-cn").arn_patterns == (
        "arn:aws-cn:iam::111122223333:role/alice",
    )


@pytest.mark.parametrize(("kind", "name"), [(Kind.USER, frozenset(["alice"])), (Kind.GROUP, None)])
def test_who_has_a_user_name(kind: Kind, name: frozenset[str] | None) -> None:
    domain = subject(kind).domain("s3", "aws:username")
    assert domain.values == name
    assert (domain.present, domain.absent) == (True, False)
    assert subject(kind).domain("s3", "aws:principaltype").values == frozenset(["User"])


def test_a_role_has_no_user_name_and_of_a_policy_nothing_is_known() -> None:
    assert subject(Kind.ROLE).domain("s3", "aws:username") is ABSENT
    assert subject(Kind.ROLE).domain("s3", "aws:principaltype").values == frozenset(["AssumedRole"])
    for key in ("aws:username", "aws:principaltype"):
        domain = subject(Kind.POLICY).domain("s3", key)
        assert (domain.values, domain.present, domain.absent) == (None, True, True)


def test_the_clock_goes_on() -> None:
    for key in ("aws:currenttime", "aws:epochtime"):
        assert subject(Kind.ROLE).domain("iam", key).since == NOW


@pytest.mark.parametrize(
    ("service", "values"), [("iam", {"true"}), ("sts", {"true"}), ("s3", {"true", "false"})]
)
def test_where_everything_is_encrypted(service: str, values: set[str]) -> None:
    domain = subject(Kind.ROLE).domain(service, "aws:securetransport")
    assert domain.values == frozenset(values)
    assert not domain.absent


@pytest.mark.parametrize(
    ("service", "key", "is_absent"),
    [
        ("iam", "s3:prefix", True),
        ("s3", "s3:prefix", False),
        ("s3-outposts", "s3:prefix", False),
        ("s3", "aws:sourcearn", True),
        ("s3", "aws:sourceaccount", True),
        ("s3", "aws:sourceip", False),
        ("s3", "aws:sourcevpce", False),
        ("s3", "aws:principaltag/team", False),
        ("ec2", "iam:resourcetag/team", False),
        ("s3", "ec2:sourceinstancearn", False),
    ],
)
def test_what_requests_never_carry(service: str, key: str, is_absent: bool) -> None:
    domain = subject(Kind.ROLE).domain(service, key)
    assert (domain is ABSENT) is is_absent
    assert is_absent or (domain.absent and domain.present and domain.values is None)


@pytest.mark.parametrize(
    "key", ["aws:tagkeys", "aws:calledvia", "aws:resourceorgpaths", "aws:vpceorgpaths", "x:y"]
)
def test_what_may_have_several_values(key: str) -> None:
    assert subject(Kind.USER).domain("s3", key) == ANYTHING
