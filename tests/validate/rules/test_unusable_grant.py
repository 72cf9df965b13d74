"""Grants that a principal or a policy cannot take."""

from __future__ import annotations

from tests.support.estates import findings_of, request, said

RULE = "unusable-grant"
POLICY = "kind: policy\naccount: prod\npolicy: p\nreason: for all analysts\ngrants:\n"


def test_only_users_are_members_of_groups() -> None:
    text = request("- group: analysts", principal="[user/alice, role/bot, group/all]")
    assert said(findings_of(text)) == [
        "6:12 error unusable-grant: role/bot and group/all cannot be a member of a group;"
        " only users can"
    ]


def test_a_policy_holds_statements_alone() -> None:
    text = POLICY + "  - group: x\n  - managed_policy: ReadOnlyAccess\n"
    assert said(findings_of(text)) == [
        "6:12 error unusable-grant: a policy cannot be a member of a group",
        "7:21 error unusable-grant: a policy cannot hold another policy",
    ]


def test_a_policy_of_another_account_cannot_be_attached() -> None:
    text = request("- managed_policy: arn:aws:iam::111122223333:policy/x", account="[dev, prod]")
    (found,) = findings_of(text)
    assert found.rule == RULE
    assert "another account than dev;" in found.message


def test_a_boundary_of_another_account_cannot_be_used() -> None:
    text = (
        "kind: principal\naccount: prod\nprincipal: user/a\nreason: joined the team\n"
        "permissions_boundary: arn:aws:iam::444455556666:policy/x\n"
    )
    assert [f"{f.location.line} {f.rule}" for f in findings_of(text)] == [f"5 {RULE}"]


def test_what_can_be_taken() -> None:
    text = request("- group: analysts\n- managed_policy: ReadOnlyAccess", principal="user/alice")
    assert findings_of(text) == ()
    text = request("- managed_policy: 'arn:aws:iam::{account_id}:policy/x'", account="[dev, prod]")
    assert findings_of(text) == ()
    text = request("- managed_policy: arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert findings_of(text) == ()
