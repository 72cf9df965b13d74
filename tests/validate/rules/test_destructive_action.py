"""What cannot be undone."""

from __future__ import annotations

from gitiam.findings import Risk
from tests.support.estates import request
from tests.support.harm import Harm

HARM = Harm(
    rule="destructive-action",
    says="destroy for good",
    action="sqs:DeleteQueue",
    every="arn:aws:sqs:*:*:*",
    named="arn:aws:sqs:us-east-1:111122223333:orders",
    harmless="sqs:GetQueueUrl",
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


def test_a_key_is_no_better_for_being_named() -> None:
    key = "arn:aws:kms:us-east-1:111122223333:key/0123"
    (found,) = HARM.found_in(request(HARM.grant(key, action="kms:ScheduleKeyDeletion")))
    assert found.risk is Risk.HIGH
    assert f"on {key}" in found.message
