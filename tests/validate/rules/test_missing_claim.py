"""Providers that are trusted for anybody."""

from __future__ import annotations

import pytest

from tests.support.conditions import trusting
from tests.support.estates import findings_of, said

RULE = "missing-claim"
ISSUER = "token.actions.githubusercontent.com"
EKS = "oidc.eks.us-east-1.amazonaws.com/id/ABCDEF"


def provider(issuer: str, *conditions: str) -> str:
    name = f"arn:aws:iam::{{account_id}}:oidc-provider/{issuer}" if "/" in issuer else issuer
    name = f"arn:aws:iam::{{account_id}}:oidc-provider/{issuer}" if issuer == ISSUER else name
    block = "".join(f"\n  {c}" for c in conditions)
    return trusting(f"federated: '{name}'" + (f"\nconditions:{block}" if block else ""))


def test_both_claims_are_missed() -> None:
    assert said(findings_of(provider(ISSUER))) == [
        f"6:16 error missing-claim: everybody who has a token of `{ISSUER}` may assume this role",
        f"6:16 warning missing-claim: tokens of `{ISSUER}` that were made for somebody else count,"
        " too",
    ]


@pytest.mark.parametrize(
    ("issuer", "conditions", "severities"),
    [
        (ISSUER, [f"StringEquals: {{'{ISSUER}:sub': 'repo:o/r:ref:x'}}"], ["warning"]),
        (ISSUER, [f"StringEquals: {{'{ISSUER}:aud': sts.amazonaws.com}}"], ["error"]),
        (
            ISSUER,
            [f"StringNotEquals: {{'{ISSUER}:sub': 'repo:o/r:ref:x', '{ISSUER}:aud': x}}"],
            ["error", "warning"],
        ),
        (ISSUER, ["'Null': {'" + ISSUER + ":sub': 'false'}"], ["error", "warning"]),
        (ISSUER, [f"StringEquals: {{'{EKS}:sub': x, '{ISSUER}:aud': y}}"], ["error"]),
        (ISSUER, [f"StringEquals: {{'{ISSUER}:environment': prod, '{ISSUER}:aud': y}}"], ["error"]),
        (EKS, [f"StringEquals: {{'{EKS}:aud': sts.amazonaws.com}}"], ["error"]),
        ("cognito-identity.amazonaws.com", [], ["error"]),
        ("accounts.google.com", [], ["error"]),
    ],
)
def test_each_sort(issuer: str, conditions: list[str], severities: list[str]) -> None:
    found = findings_of(provider(issuer, *conditions), rule=RULE)
    assert [f.severity for f in found] == severities


@pytest.mark.parametrize(
    ("issuer", "condition"),
    [
        (ISSUER, f"StringEquals: {{'{ISSUER}:sub': 'repo:o/r:ref:x', '{ISSUER}:aud': a}}"),
        (ISSUER, f"StringEquals: {{'{ISSUER}:repository_id': '1', '{ISSUER}:aud': a}}"),
        (EKS, f"StringEquals: {{'{EKS}:sub': 'system:serviceaccount:x:y', '{EKS}:aud': a}}"),
        ("accounts.google.com", "StringEquals: {'accounts.google.com:sub': '1'}"),
        ("www.amazon.com", "StringEquals: {'www.amazon.com:app_id': amzn1}"),
    ],
)
def test_what_names_somebody(issuer: str, condition: str) -> None:
    assert findings_of(provider(issuer, condition), rule=RULE) == ()


@pytest.mark.parametrize(
    "entry",
    [
        "federated: arn:aws:iam::111122223333:saml-provider/idp",
        f"effect: deny\nfederated: arn:aws:iam::111122223333:oidc-provider/{ISSUER}",
        "aws: '111122223333'",
    ],
)
def test_what_is_no_such_provider(entry: str) -> None:
    assert findings_of(trusting(entry), rule=RULE) == ()


def test_a_comparison_that_holds_without_the_claim_is_none() -> None:
    sub, aud = f"'{ISSUER}:sub': 'repo:o/r:ref:x'", f"'{ISSUER}:aud': a"
    text = provider(ISSUER, f"StringEqualsIfExists: {{{sub}}}", f"StringEquals: {{{aud}}}")
    assert said(findings_of(text, rule=RULE)) == [
        f"6:16 error missing-claim: everybody who has a token of `{ISSUER}` may assume this role;"
        " `StringEqualsIfExists` holds without the claim"
    ]
    assert findings_of(f"{text}      'Null': {{'{ISSUER}:sub': 'false'}}\n", rule=RULE) == ()


def test_any_audience_is_none() -> None:
    limits = f"{{'{ISSUER}:sub': 'repo:o/r:ref:x', '{ISSUER}:aud': '*'}}"
    found = findings_of(provider(ISSUER, f"StringLike: {limits}"), rule=RULE)
    assert [f.severity for f in found] == ["warning"]
