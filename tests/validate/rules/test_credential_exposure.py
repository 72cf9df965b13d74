"""Secrets and credentials, wherever they are."""

from __future__ import annotations

from tests.support.harm import Harm

HARM = Harm(
    rule="credential-exposure",
    says="get hold of secrets or credentials",
    action="rds-db:connect",
    every="arn:aws:rds-db:*:*:dbuser:*/*",
    named="arn:aws:rds-db:us-east-1:111122223333:dbuser:db-1/app",
    harmless="sqs:GetQueueUrl",
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
