"""Who may reach a resource."""

from __future__ import annotations

from gitiam.findings import Risk
from tests.support.harm import Harm

HARM = Harm(
    rule="resource-exposure",
    says="open resources to others",
    action="s3:PutBucketPolicy",
    every="arn:aws:s3:::*",
    named="arn:aws:s3:::orders",
    harmless="s3:GetBucketPolicy",
    scoped=Risk.MEDIUM,
)


def test_on_everything() -> None:
    HARM.check_everything()


def test_disguises() -> None:
    HARM.check_disguises()


def test_on_what_is_named() -> None:
    HARM.check_named()


def test_conditions() -> None:
    HARM.check_conditions()


def test_denials() -> None:
    HARM.check_denials()


def test_where_it_comes_from() -> None:
    HARM.check_where_it_comes_from()
