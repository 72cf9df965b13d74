"""Policy variables that AWS does not fill in."""

from __future__ import annotations

import pytest

from tests.support.conditions import limited
from tests.support.estates import findings_of, mended, request, said

RULE = "unknown-variable"


def home(resource: str) -> str:
    grant = f'- actions: [s3:GetObject]\n  resources: ["{resource}"]'
    return request(grant, principal="user/alice")


def test_a_misspelt_variable_is_mended() -> None:
    text = home("arn:aws:s3:::orders/${aws:usernam}/*")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "7:17 error unknown-variable: AWS knows no variable `${aws:usernam}`;"
        " did you mean `${aws:username}`?"
    ]
    assert found.fix
    assert not found.fix.safe
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("variable", "severity", "right"),
    [
        ("${aws:PrincipleTag/team}", "error", "${aws:PrincipalTag/team}"),
        ("${aws:usernam, 'nobody'}", "error", "${aws:username, 'nobody'}"),
        ("${aws:username, nobody}", "error", "${aws:username, 'nobody'}"),
        ("${account_id}", "error", "{account_id}"),
        ("${aws:PrincipalTag}", "error", None),
        ("${aws:TagKeys}", "error", None),
        ("${}", "error", None),
        ("${aws:username", "error", None),
        ("${aws:Sky}", "warning", None),
        ("${nosuch:Key}", "warning", None),
    ],
)
def test_each_sort(variable: str, severity: str, right: str | None) -> None:
    text = home(f"arn:aws:s3:::orders/{variable}")
    (found,) = (f for f in findings_of(text) if f.rule == RULE)
    assert found.severity == severity
    assert (found.fix.replacement if found.fix else None) == (
        f'"arn:aws:s3:::orders/{right}"' if right else None
    )


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::orders/${aws:username}/*",
        "arn:aws:s3:::orders/${AWS:UserName}/${aws:PrincipalTag/team, 'none'}",
        "arn:aws:s3:::orders/${*}${?}${$}",
        "arn:aws:s3:::orders/${cognito-identity.amazonaws.com:sub}/*",
        "arn:aws:s3:::orders/$HOME/*",
    ],
)
def test_what_aws_fills_in(resource: str) -> None:
    assert findings_of(home(resource)) == ()


def test_conditions_are_read_where_variables_stand_for_something() -> None:
    wrong = "{StringLike: {s3:prefix: ['${aws:userid}', '${aws:usrid}']}}"
    assert [(f.rule, f.location.column) for f in findings_of(limited(wrong, "s3:ListBucket"))] == [
        (RULE, 60)
    ]
    assert findings_of(limited("{Bool: {aws:Sky: '${aws:usrid}'}}"), rule=RULE) == ()


@pytest.mark.parametrize(
    ("principal", "variable", "is_told"),
    [
        ("role/app", "${aws:username}", True),
        ("[user/alice, role/app]", "${AWS:UserName}", True),
        ("role/app", "${aws:username, 'nobody'}", False),
        ("role/app", "${aws:PrincipalTag/team}", False),
        ("user/alice", "${aws:username}", False),
        ("group/team", "${aws:username}", False),
    ],
)
def test_a_role_has_no_user_name(principal: str, variable: str, is_told: bool) -> None:
    grant = f'- actions: [s3:GetObject]\n  resources: ["arn:aws:s3:::home/{variable}/*"]'
    found = findings_of(request(grant, principal=principal), rule=RULE)
    told = ["role/app has no"] if is_told else []
    assert [finding.message[:15] for finding in found] == told
