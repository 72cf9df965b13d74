"""What is live becomes a request that asks for just that, or none at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gitiam.catalog import catalog
from gitiam.config import Account
from gitiam.desired.grants import Resolver
from gitiam.drift import Aspect, DriftItem, DriftKind
from gitiam.forms.adoption import REASON, adoption_for, adoption_of
from gitiam.load.estate import parse_file
from gitiam.models import Condition, Request
from gitiam.policy.statement import Statement, meaning

PROD = Account("prod", "111122223333")
EXPIRES = "2027-01-15"
READ = Statement("Allow", ("s3:GetObject",), ("arn:aws:s3:::a/*",), sid="Read")
ODD = Statement(
    "Deny",
    not_actions=("s3:*", "kms:Decrypt"),
    not_resources=("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::{other}: # '\"- !!x"),
    conditions=(
        Condition("ArnLike", "aws:PrincipalArn", ("*", "no", "1_0", "")),
        Condition("Bool", "aws:SecureTransport", ("false",)),
        Condition("StringEquals", "aws:RequestTag/a: b", ("2027-01-15", "~", "{x}")),
    ),
)
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def item(
    aspect: Aspect,
    name: str = "",
    *extra: Statement,
    kind: DriftKind = DriftKind.UNMANAGED,
    principal: str = "role/app",
    pending: bool = False,
) -> DriftItem:
    return DriftItem("prod", principal, kind, aspect, name, extra=extra, pending=pending)


def read(text: str) -> Request:
    found = parse_file("requests/x.yaml", text.encode())
    assert isinstance(found, Request), found
    return found


def test_statements_become_a_request_that_gives_them() -> None:
    items = [item(Aspect.INLINE, "by-hand", READ, ODD), item(Aspect.ATTACHMENT, ADMIN)]
    found = adoption_of(items, PROD, catalog(), EXPIRES)
    assert found is not None
    assert found.path == "requests/prod/app-adopted.yaml"
    request = read(found.text)
    access = Resolver({}, {}, catalog()).access(request.grants, PROD)
    assert meaning(access.statements) == meaning((READ, ODD))
    assert [one.arn for one in access.attachments] == [ADMIN]
    assert (request.accounts, request.reason) == (("prod",), REASON)
    assert request.expires == datetime(2027, 1, 16, tzinfo=UTC)


def test_the_file_as_it_is_written() -> None:
    found = adoption_of([item(Aspect.INLINE, "x", READ)], PROD, catalog(), EXPIRES)
    assert found is not None
    assert found.text == (
        "account: prod\n"
        "principal: role/app\n"
        f"reason: {REASON}\n"
        "expires: 2027-01-15\n"
        "grants:\n"
        "  - actions:\n"
        "      - s3:GetObject\n"
        "    resources:\n"
        "      - arn:aws:s3:::a/*\n"
    )


def test_a_membership_is_for_users_alone() -> None:
    member = item(Aspect.MEMBERSHIP, "admins", principal="user/eve")
    found = adoption_of([member], PROD, catalog(), EXPIRES)
    assert found is not None
    assert "  - group: admins\n" in found.text
    strange = item(Aspect.MEMBERSHIP, "admins", principal="role/eve")
    assert adoption_of([strange], PROD, catalog(), EXPIRES) is None


def of(*statements: Statement, **keys: object) -> DriftItem:
    return item(Aspect.INLINE, "x", *statements, **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        # gitiam would put another text in its place
        of(READ.but(resources=("arn:aws:s3:::{account_id}",))),
        item(Aspect.ATTACHMENT, "arn:aws:iam::{account_id}:policy/x"),
        # a request has no such part
        of(Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("1",)),))),
        # AWS takes it, gitiam does not
        of(READ.but(resources=())),
        of(READ.but(actions=("s3:Get\u2028Object",))),
        of(READ.but(conditions=(Condition("Bool", "a", ("x",)), Condition("bool", "b", ("y",))))),
        # a copy of it would have another character there
        of(READ.but(resources=("arn:aws:s3:::a\u00a0b",))),
        of(READ.but(resources=("arn:aws:s3:::##[error]",))),
        # one of the two would be lost
        of(READ.but(conditions=(Condition("Bool", "a", ("x",)), Condition("Bool", "a", ("y",))))),
        of(*(READ.but(resources=(f"arn:aws:s3:::{n}",)) for n in range(101))),
        # what else gitiam makes, or a request cannot ask for
        of(READ, kind=DriftKind.EXPIRED),
        of(READ, kind=DriftKind.MISSING),
        of(READ, principal="policy/shared"),
        item(Aspect.ATTACHMENT, "arn:aws:iam::111122223333:policy/gitiam/gitiam-app-1"),
        item(Aspect.ATTACHMENT, "not an arn"),
        item(Aspect.PRINCIPAL),
        item(Aspect.TRUST, "", READ, kind=DriftKind.CHANGED),
        item(Aspect.INLINE, "empty"),
    ],
)
def test_what_cannot_be_asked_for_exactly_is_not_written(wrong: DriftItem) -> None:
    assert adoption_of([wrong], PROD, catalog(), EXPIRES) is None
    right = item(Aspect.INLINE, "y", READ)
    found, settled = adoption_for([wrong, right], PROD, catalog(), EXPIRES)
    if wrong.principal == "role/app":
        assert found is not None
        assert settled == (right,)


def test_what_an_apply_takes_away_is_not_adopted() -> None:
    waiting = item(Aspect.INLINE, "gitiam", READ, kind=DriftKind.CHANGED, pending=True)
    assert adoption_for([waiting], PROD, catalog(), EXPIRES) == (None, ())
    assert adoption_for([], PROD, catalog(), EXPIRES) == (None, ())
