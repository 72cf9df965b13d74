"""What of a changed file an approval must know: of both versions, and never less than either."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gitiam.approvals.changed import File, changed_request
from gitiam.approvals.facts import ChangedRequest, Owned
from gitiam.approvals.policy import ApprovalPolicy, Rule
from gitiam.config import Account
from gitiam.findings import Risk
from gitiam.models import ActionsGrant, Declaration, Kind, Principal, Request, SharedPolicy
from tests.support.approvals import pull, standing

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ACCOUNTS = {
    "prod": Account("prod", "111122223333", tier="critical"),
    "dev": Account("dev", "444455556666", tier="sandbox"),
}
CI = Principal(Kind.ROLE, "ci")
SOURCE: Any = None
REQUEST = Request(
    SOURCE,
    ("dev",),
    (CI,),
    "to see",
    (ActionsGrant(("s3:ListBucket",), ("*",)),),
    expires=datetime(2026, 12, 11, tzinfo=UTC),
)
DECLARED = Declaration(SOURCE, ("dev",), CI, "to build", owner="@bob")
RULES = ApprovalPolicy(
    by_rule=(Rule("reads", 1, ("sandbox",), frozenset(["list", "read"]), 10),),
)


def changed(
    before: File | None, after: File | None, *declarations: Declaration, **more: Any
) -> ChangedRequest:
    usual: dict[str, Any] = {
        "risk": Risk.LOW,
        "access": frozenset(["list"]),
        "accounts": ACCOUNTS,
        "now": NOW,
    }
    return changed_request(
        "requests/x.yaml", before, after, declarations=declarations, **(usual | more)
    )


def by_rule(found: ChangedRequest) -> bool:
    return standing(pull(requests=(found,)), RULES).is_approved


def test_a_new_request() -> None:
    found = changed(None, REQUEST, DECLARED)
    assert found == ChangedRequest(
        "requests/x.yaml",
        tiers=("sandbox",),
        risk=Risk.LOW,
        owners=(Owned("dev/role/ci", "@bob"),),
        kind="request",
        access=frozenset(["list"]),
        days=10,
    )
    assert by_rule(found)


def test_accounts_and_people_of_both_versions_count() -> None:
    alice = Principal(Kind.USER, "alice")
    before = replace(REQUEST, accounts=("prod", "other"), principals=(alice,))
    found = changed(before, REQUEST)
    assert found.tiers == ("critical", None, "sandbox")
    assert found.requesters == ("alice",)
    assert [one.principal for one in found.owners] == [
        "prod/user/alice",
        "other/user/alice",
        "dev/role/ci",
    ]


def test_nobody_makes_himself_the_owner() -> None:
    mine = replace(DECLARED, owner="@alice")
    theirs = {Owned("dev/role/ci", "@bob"), Owned("dev/role/ci", "@alice")}
    assert set(changed(None, REQUEST, DECLARED, mine).owners) == theirs
    assert set(changed(DECLARED, mine, DECLARED, mine).owners) == theirs
    gone = replace(DECLARED, owner=None)
    assert changed(DECLARED, gone, DECLARED, gone).owners == (Owned("dev/role/ci", "@bob"),)
    assert changed(None, REQUEST).owners == (Owned("dev/role/ci", None),)


def test_an_owner_in_one_account_is_none_in_another() -> None:
    found = changed(None, replace(REQUEST, accounts=("prod",)), DECLARED)
    assert found.owners == (Owned("prod/role/ci", None),)


DENY = replace(REQUEST, grants=(replace(ActionsGrant(("s3:*",), ("*",)), effect="deny"),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (REQUEST, None),
        (DENY, REQUEST),
        (DENY, None),
        (None, DECLARED),
        (REQUEST, DECLARED),
        (None, SharedPolicy(SOURCE, ("dev",), "x", "to share", REQUEST.grants)),
        (None, replace(REQUEST, expires=None, never_expires=True)),
        (None, replace(REQUEST, expires=datetime(2026, 12, 11, 13, tzinfo=UTC))),
        (replace(REQUEST, accounts=("prod",)), REQUEST),
        (None, None),
    ],
)
def test_what_no_rule_approves(before: File | None, after: File | None) -> None:
    assert not by_rule(changed(before, after))


def test_a_file_that_cannot_be_read_weighs_the_most() -> None:
    found = changed(None, None)
    assert (found.risk, found.tiers, found.kind) == (None, (), None)
