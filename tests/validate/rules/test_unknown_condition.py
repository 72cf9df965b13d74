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


def test_a_misspelt_key_is_an_error_and_mended() -> None:
    text = conditions("StringEquals", "aws:PrincipleTag/team")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "10:9 error unknown-condition: no request to AWS is known to carry the key"
        " `aws:PrincipleTag/team`; did you mean `aws:PrincipalTag/team`?"
    ]
    assert found.fix
    assert not found.fix.safe
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("operator", "key"), [("string-equals", "aws:username"), ("StringEquals", "aws:user-name")]
)
def test_another_spelling_of_the_same_is_mended_safely(operator: str, key: str) -> None:
    text = conditions(operator, key)
    (found,) = findings_of(text)
    assert found.fix
    assert found.fix.safe
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize("key", ["aws:Sky", "s3:Colour", "nosuch:Key", "Key"])
def test_a_key_like_no_other_is_a_warning(key: str) -> None:
    assert said(findings_of(conditions("StringEquals", key))) == [
        f"10:9 warning unknown-condition: no request to AWS is known to carry the key `{key}`"
    ]


def test_a_key_that_lacks_its_name_says_so() -> None:
    (found,) = findings_of(conditions("StringEquals", "aws:PrincipalTag"))
    assert "it takes a name: `aws:PrincipalTag/NAME`" in found.message
    assert found.fix is None


def test_no_mend_makes_one_key_stand_twice() -> None:
    text = request(
        "- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*\n"
        "  conditions:\n    StringEquals: {aws:usernam: x, aws:username: y}\n"
        "    StringEqual: {aws:userid: z}"
    )
    for found in findings_of(text):
        assert found.fix
        assert found.fix.replacement is None
        assert found.fix.title.startswith("put its values together")
    assert len(findings_of(text)) == 2


def test_what_an_alias_stands_for_is_not_mended_at_the_alias() -> None:
    grant = "- actions: s3:GetObject\n  resources: arn:aws:s3:::{}/*\n  conditions: {}\n"
    block = "&c\n    StringEqual: {aws:username: x}"
    text = request(grant.format("orders", block) + grant.format("bills", "*c"))
    first, second = findings_of(text)
    assert first.fix
    assert first.fix.replacement == "StringEquals"
    assert second.fix
    assert second.fix.location is None


def test_a_quoted_key_stays_quoted() -> None:
    text = request(
        "- actions: s3:GetObject\n  resources: arn:aws:s3:::orders/*\n"
        '  conditions: {"StringEqual":{"aws:usernam":"x"}}'
    )
    operator, key = findings_of(text)
    assert findings_of(mended(mended(text, key), operator)) == ()


def test_trust_policies_are_checked() -> None:
    text = (
        "kind: principal\naccount: prod\nprincipal: role/x\nreason: runs the pipeline\ntrust:\n"
        "  - federated: arn:aws:iam::111122223333:oidc-provider/"
        "token.actions.githubusercontent.com\n"
        "    conditions:\n"
        "      StringEquals: {'token.actions.githubusercontent.com:sub': 'repo:o/r:ref:x',"
        " 'token.actions.githubusercontent.com:aud': sts.amazonaws.com}\n"
        "      StringLikes: {'token.actions.githubusercontent.com:sub': 'repo:o/r:*'}\n"
    )
    assert [(f.location.line, f.rule) for f in findings_of(text)] == [(9, RULE)]


@pytest.mark.parametrize(
    "operator",
    ["stringequals", "ForAllValues:StringLike", "ForAnyValue:StringLikeIfExists", "Null", "Bool"],
)
def test_operators_that_exist(operator: str) -> None:
    assert findings_of(conditions(operator), rule=RULE) == ()


@pytest.mark.parametrize(
    ("operator", "meant"),
    [
        ("NullIfExists", "Null"),
        ("ForAllValue:StringLike", "ForAllValues:StringLike"),
        ("ForSomeValues:StringLike", "ForAllValues:StringLike"),
        ("StringEqualIfExists", "StringEqualsIfExists"),
        ("IfExists", None),
        ("Equals", None),
    ],
)
def test_operators_that_do_not(operator: str, meant: str | None) -> None:
    (found,) = findings_of(conditions(operator), rule=RULE)
    assert (found.fix.replacement if found.fix else None) == (meant and f'"{meant}"')
