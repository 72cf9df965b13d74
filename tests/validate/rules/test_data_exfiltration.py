"""Data in bulk."""

from __future__ import annotations

from tests.support.harm import Harm

HARM = Harm(
    rule="data-exfiltration",
    says="read data",
    action="s3:GetObject",
    every="arn:aws:s3:::*",
    named="arn:aws:s3:::orders/*",
    harmless="s3:ListBucket",
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
