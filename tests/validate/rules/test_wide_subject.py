"""Subjects that nobody in the estate decides on."""

from __future__ import annotations

import pytest

from tests.support.conditions import trusting
from tests.support.estates import findings_of, said

RULE = "wide-subject"
GITHUB = "token.actions.githubusercontent.com"


def subject(value: str, issuer: str = GITHUB, operator: str = "StringLike", more: str = "") -> str:
    return trusting(
        f"federated: arn:aws:iam::111122223333:oidc-provider/{issuer}\nconditions:\n"
        f"  {operator}: {{'{issuer}:sub': '{value}'}}\n"
        f"  StringEqualsIgnoreCase: {{'{issuer}:aud': sts.amazonaws.com{more}}}"
    )


def test_a_wildcard_for_the_owner() -> None:
    assert said(findings_of(subject("repo:*"))) == [
        "8:63 error wide-subject: `repo:*` is every owner whose name fits, in the whole of the"
        " provider"
    ]


@pytest.mark.parametrize(
    ("value", "issuer", "severity"),
    [
        ("*", GITHUB, "error"),
        ("*", "oidc.eks.us-east-1.amazonaws.com/id/A", "error"),
        ("*:environment:production", GITHUB, "error"),
        ("repo:*/web-shop:ref:x", GITHUB, "error"),
        ("repo:acme*", GITHUB, "error"),
        ("repo:acm?/web-shop:*", GITHUB, "error"),
        ("repo:acme/*", GITHUB, "warning"),
        ("repo:acme/web-shop*", GITHUB, "warning"),
        ("repo:acme/*:environment:production", GITHUB, "warning"),
        ("project_path:*", "gitlab.com", "error"),
        ("organization:*:project:x", "app.terraform.io", "error"),
    ],
)
def test_each_sort(value: str, issuer: str, severity: str) -> None:
    assert [f.severity for f in findings_of(subject(value, issuer), rule=RULE)] == [severity]


@pytest.mark.parametrize(
    ("value", "issuer"),
    [
        ("repo:acme/web-shop:*", GITHUB),
        ("repo:acme@123/web-shop@456:environment:*", GITHUB),
        ("repo:acme/web-shop:ref:refs/heads/release-*", GITHUB),
        ("project_path:acme/web-shop:*", "gitlab.com"),
        ("system:serviceaccount:shop:*", "oidc.eks.us-east-1.amazonaws.com/id/A"),
    ],
)
def test_what_names_a_repository(value: str, issuer: str) -> None:
    assert findings_of(subject(value, issuer), rule=RULE) == ()


def test_a_star_that_is_a_letter_is_not_wide() -> None:
    found = findings_of(subject("repo:*", operator="StringEquals"))
    assert [f.rule for f in found] == ["literal-wildcard"]


def test_another_claim_that_names_the_repository_is_enough() -> None:
    more = f", '{GITHUB}:repository_id': '1'"
    assert findings_of(subject("repo:acme/*", more=more), rule=RULE) == ()
