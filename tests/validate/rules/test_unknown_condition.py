"""Conditions that IAM does not know."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, mended, request, said

RULE = "unknown-condition"


def conditions(operator: str, key: str = "aws:PrincipalTag/team") -> str:
    return request(
        "- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*\n"
        f"  conditions:\n    '{operator}':\n      '{key}': data"
    )


def test_an_operator_that_does_not_exist_is_an_error() -> None:
    text = conditions("StringEqual")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "9:7 error unknown-condition: IAM has no condition operator `StringEqual`;"
        " did you mean `StringEquals`?"
    ]
    assert findings_of(mended(text, found)) == ()


def test_a_key_that_nobody_knows_is_a_warning() -> None:
    assert said(findings_of(conditions("StringEquals", "aws:PrincipleTag/team"))) == [
        "10:9 warning unknown-condition: no request to AWS is known to carry the key"
        " `aws:PrincipleTag/team`"
    ]


def test_trust_policies_are_checked() -> None:
    text = (
        "kind: principal\naccount: prod\nprincipal: role/x\nreason: runs the pipeline\ntrust:\n"
        "  - federated: arn:aws:iam::111122223333:oidc-provider/"
        "token.actions.githubusercontent.com\n"
        "    conditions:\n"
        "      StringEquals: {'token.actions.githubusercontent.com:aud': sts.amazonaws.com}\n"
        "      StringLikes: {'token.actions.githubusercontent.com:sub': 'repo:o/r:*'}\n"
    )
    assert [(f.location.line, f.rule) for f in findings_of(text)] == [(9, RULE)]


@pytest.mark.parametrize(
    "operator",
    ["stringequals", "ForAllValues:StringLike", "ForAnyValue:StringLikeIfExists", "Null", "Bool"],
)
def test_operators_that_exist(operator: str) -> None:
    assert findings_of(conditions(operator)) == ()


@pytest.mark.parametrize("operator", ["NullIfExists", "ForSomeValues:StringLike", "IfExists"])
def test_operators_that_do_not(operator: str) -> None:
    assert [f.rule for f in findings_of(conditions(operator))] == [RULE]
