"""What principals may do."""

from __future__ import annotations

from gitiam.findings import Risk
from tests.support.estates import request
from tests.support.harm import Harm

HARM = Harm(
    rule="permission-management",
    says="change what others may do",
    action="iam:CreatePolicy",
    every="arn:aws:iam::111122223333:policy/*",
    named="arn:aws:iam::111122223333:policy/orders",
    harmless="iam:GetPolicy",
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


def test_what_a_principal_may_change_of_itself_alone_is_not_others() -> None:
    own = "arn:aws:iam::111122223333:user/${aws:username}"
    text = request(HARM.grant(own, action="iam:PutUserPolicy"), principal="user/alice")
    assert HARM.found_in(text) == ()
    text = text.replace("${aws:username}", "alice")
    assert HARM.found_in(text) == ()
    text = text.replace("user/alice']", "user/bob']")
    assert len(HARM.found_in(text)) == 1
