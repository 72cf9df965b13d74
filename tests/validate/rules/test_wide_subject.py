"""Subjects that nobody in the estate decides on."""

from __future__ import annotations

import json

import pytest

from gitiam.validate.federation import BUILT_IN
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


def entry(issuer: str, *conditions: tuple[str, str, str]) -> str:
    """A role that trusts an issuer under conditions: operator, claim, value."""
    name = issuer if issuer in BUILT_IN else f"arn:aws:iam::111122223333:oidc-provider/{issuer}"
    block: dict[str, dict[str, str]] = {}
    for operator, claim, value in (*conditions, ("StringEqualsIgnoreCase", "aud", "sts")):
        if issuer not in BUILT_IN or claim != "aud" or value != "sts":
            block.setdefault(operator, {})[f"{issuer}:{claim}"] = value
    return trusting(f"federated: '{name}'\nconditions: {json.dumps(block)}")


def errors_of(text: str) -> list[str]:
    trust = ("wide-subject", "missing-claim")
    return [f.rule for f in findings_of(text) if f.rule in trust and f.severity == "error"]


ACME_OWNER = ("StringEquals", "repository_owner", "acme")
EKS = "oidc.eks.us-east-1.amazonaws.com/id/A"
CIRCLECI = "oidc.circleci.com/org/7d7a"
BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
COGNITO = "cognito-identity.amazonaws.com"
POOL = "us-east-1:12345678-ffff-ffff-ffff-123456789012"


@pytest.mark.parametrize(
    ("issuer", "conditions"),
    [
        (GITHUB, [("StringLike", "sub", "r?po:*")]),
        (GITHUB, [("StringLike", "sub", "*/web-shop:*")]),
        (GITHUB, [("StringLike", "sub", "repo:*:job_workflow_ref:acme/deploy/.github/x.yml@v1")]),
        (GITHUB, [("StringLike", "sub", "job_workflow_ref:acme/*")]),
        (GITHUB, [("StringLike", "sub", "repository_owner:acme*")]),
        (GITHUB, [("StringLike", "sub", "repo:acme@*/web-shop:*"), ("StringLike", "ref", "x")]),
        (GITHUB, [("StringEquals", "sub", "environment:production")]),
        (GITHUB, [("StringEquals", "sub", "repo:${aws:PrincipalTag/owner}/web-shop:*")]),
        (GITHUB, [("StringLike", "sub", "repo:${aws:PrincipalTag/owner}/web-shop:*")]),
        (GITHUB, [("StringLike", "repository", "*")]),
        (GITHUB, [("StringLike", "repository", "*/deploy")]),
        (GITHUB, [("StringLike", "repository", "a?me/deploy")]),
        (GITHUB, [("StringLike", "repository_owner", "acme*")]),
        (GITHUB, [("StringLike", "repository_owner_id", "?*")]),
        (GITHUB, [("StringLike", "repository_id", "12?")]),
        (GITHUB, [("StringLike", "job_workflow_ref", "*")]),
        (GITHUB, [("StringLike", "job_workflow_ref", "acme/*")]),
        (GITHUB, [("StringLike", "job_workflow_ref", "*/.github/workflows/deploy.yml@*")]),
        (GITHUB, [("StringLikeIfExists", "repository_id", "?*")]),
        (GITHUB, [("StringEqualsIfExists", "repository_id", "1")]),
        (GITHUB, [("ForAllValues:StringLike", "sub", "repo:acme/web-shop:*")]),
        (GITHUB, [("StringNotLike", "sub", "repo:rival/*")]),
        (GITHUB, [("NumericLessThan", "repository_id", "99999999999")]),
        (GITHUB, [("Null", "repository", "false")]),
        (f"{GITHUB}/acme", [("StringLike", "sub", "r?po:*")]),
        ("gitlab.com", [("StringLike", "sub", "project_path:*/web-shop:*")]),
        ("gitlab.com", [("StringLike", "sub", "project_path:acme*")]),
        ("gitlab.com", [("StringLike", "sub", "p?oject_path:*")]),
        ("gitlab.com", [("StringEqualsIfExists", "sub", "project_path:acme/web-shop:x")]),
        ("gitlab.com", [("StringEquals", "ref", "main")]),
        ("gitlab.com", [("StringLike", "project_id", "1*")]),
        ("app.terraform.io", [("StringLike", "sub", "organization:acme*:workspace:x")]),
        ("app.terraform.io", [("StringLike", "sub", "*:workspace:production:*")]),
        ("agent.buildkite.com", [("StringLike", "sub", "organization:?cme:pipeline:x:*")]),
        ("agent.buildkite.com", [("ForAllValues:StringLike", "sub", "organization:acme:*")]),
        ("oidc.vercel.com", [("StringLike", "sub", "owner:*:project:shop:*")]),
        (CIRCLECI, [("StringLike", "sub", "org/*/project/*")]),
        ("oidc.circleci.com", [("StringLike", "sub", "org/*")]),
        (BITBUCKET, [("StringLike", "sub", "{*}:*")]),
        (EKS, [("StringLike", "sub", "system:serviceaccount:*")]),
        (EKS, [("StringLike", "sub", "system:*")]),
        (EKS, [("StringLikeIfExists", "sub", "system:serviceaccount:shop:deploy")]),
        ("login.acme.example", [("StringLike", "sub", "?*")]),
        (COGNITO, [("StringLike", "aud", "us-east-1:*")]),
        (COGNITO, [("StringLike", "aud", POOL.replace("9012", "901?"))]),
        (COGNITO, [("StringLike", "sub", "us-east-1:*")]),
        (COGNITO, [("StringEqualsIfExists", "aud", POOL)]),
        (COGNITO, [("StringNotEquals", "aud", POOL)]),
        ("accounts.google.com", [("StringLike", "aud", "*.apps.googleusercontent.com")]),
        ("graph.facebook.com", [("StringLike", "app_id", "1?")]),
        ("www.amazon.com", [("StringLike", "app_id", "amzn1.application.*")]),
    ],
)
def test_what_is_open_to_everybody(issuer: str, conditions: list[tuple[str, str, str]]) -> None:
    assert errors_of(entry(issuer, *conditions))


def test_one_wide_claim_does_not_excuse_another() -> None:
    both = entry(GITHUB, ("StringLike", "sub", "repo:*"), ("StringLike", "repository", "*"))
    assert errors_of(both) == ["wide-subject"] * 2


@pytest.mark.parametrize(
    ("issuer", "conditions", "severities"),
    [
        (GITHUB, [ACME_OWNER], ["warning"]),
        (GITHUB, [("StringLike", "sub", "repo:*"), ACME_OWNER], ["warning"]),
        (GITHUB, [("StringLike", "repository", "acme/*")], ["warning"]),
        (GITHUB, [("StringEquals", "repository_owner_id", "1")], ["warning"]),
        (GITHUB, [("StringEquals", "sub", "environment:prod:repository_owner:acme")], ["warning"]),
        (EKS, [("StringLike", "sub", "system:serviceaccount:*:deploy")], ["warning"]),
        (CIRCLECI, [("StringLike", "sub", "org/7d7a/project/*")], ["warning"]),
        (BITBUCKET, [("StringLike", "sub", "*:{step}")], ["warning"]),
    ],
)
def test_what_one_owner_decides_on(
    issuer: str, conditions: list[tuple[str, str, str]], severities: list[str]
) -> None:
    found = findings_of(entry(issuer, *conditions))
    trust = [f.severity for f in found if f.rule in ("wide-subject", "missing-claim")]
    assert trust == severities


@pytest.mark.parametrize(
    ("issuer", "conditions"),
    [
        (GITHUB, [("StringEquals", "sub", "repo:acme/web-shop:ref:refs/heads/main")]),
        (GITHUB, [("StringEquals", "sub", "repo:acme/web-shop:environment:production")]),
        (GITHUB, [("StringLike", "sub", "repo:acme/web-shop:*"), ("StringLike", "ref", "*")]),
        (GITHUB, [("ForAnyValue:StringLike", "sub", "repo:acme/web-shop:*")]),
        (GITHUB, [("StringEquals", "repository", "acme/web-shop")]),
        (GITHUB, [("NumericEquals", "repository_id", "1")]),
        (GITHUB, [("StringLike", "job_workflow_ref", "acme/deploy/.github/workflows/*@v1")]),
        (GITHUB, [("StringLike", "sub", "job_workflow_ref:acme/deploy/.github/x.yml@*")]),
        (GITHUB, [("StringLike", "sub", "repo:*"), ("StringEquals", "repository_id", "1")]),
        (
            GITHUB,
            [("StringLikeIfExists", "sub", "repo:acme/web-shop:*"), ("Null", "sub", "false")],
        ),
        ("gitlab.com", [("StringEquals", "sub", "project_path:acme/web-shop:ref_type:branch")]),
        ("gitlab.com", [("StringEquals", "project_id", "1")]),
        ("app.terraform.io", [("StringLike", "sub", "organization:acme:project:x:workspace:y:*")]),
        ("agent.buildkite.com", [("StringLike", "sub", "organization:acme:pipeline:x:*")]),
        ("oidc.vercel.com", [("StringLike", "sub", "owner:acme:project:shop:*")]),
        (CIRCLECI, [("StringLike", "sub", "org/7d7a/project/b0e5/*")]),
        (BITBUCKET, [("StringLike", "sub", "{b0e5}:*")]),
        (EKS, [("StringEquals", "sub", "system:serviceaccount:shop:deploy")]),
        (EKS, [("StringLike", "sub", "system:serviceaccount:shop:*")]),
        ("login.acme.example", [("StringLike", "email", "*@acme.example")]),
        (COGNITO, [("StringEquals", "aud", POOL)]),
        (
            COGNITO,
            [
                ("StringEquals", "aud", POOL),
                ("ForAnyValue:StringLike", "amr", "authenticated"),
            ],
        ),
        ("accounts.google.com", [("StringEquals", "aud", "1-a.apps.googleusercontent.com")]),
    ],
)
def test_what_is_somebody_in_particular(
    issuer: str, conditions: list[tuple[str, str, str]]
) -> None:
    found = findings_of(entry(issuer, *conditions))
    assert [f for f in found if f.rule in ("wide-subject", "missing-claim")] == []


def test_guests_of_an_identity_pool() -> None:
    text = entry(
        COGNITO,
        ("StringEquals", "aud", POOL),
        ("ForAnyValue:StringLike", "amr", "unauthenticated"),
    )
    (found,) = findings_of(text, rule=RULE)
    assert (found.severity, found.message) == (
        "warning",
        "`unauthenticated` lets in guests of the identity pool: anybody, without signing in",
    )


def test_what_is_wrong_is_said() -> None:
    (found,) = findings_of(entry(COGNITO, ("StringLike", "aud", "us-east-1:*")), rule=RULE)
    assert found.message == (
        "`us-east-1:*` is not one `aud` written out; anybody can make one that fits"
    )
    text = entry(GITHUB, ("StringEquals", "sub", "environment:production"))
    (found,) = findings_of(text, rule=RULE)
    assert found.message.startswith("`environment:production` names no owner")
