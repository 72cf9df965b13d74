"""Actions that those who are trusted cannot take."""

from __future__ import annotations

import pytest

from tests.support.conditions import trusting
from tests.support.estates import findings_of, mended, said

RULE = "mismatched-trust-action"
SAML = "arn:aws:iam::111122223333:saml-provider/idp"


def test_a_service_has_no_web_identity() -> None:
    text = trusting("service: ec2.amazonaws.com\nactions: [sts:AssumeRoleWithWebIdentity]")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "7:15 error mismatched-trust-action: `sts:AssumeRoleWithWebIdentity` is not for those who"
        " are trusted here; write `sts:AssumeRole`"
    ]
    assert findings_of(mended(text, found)) == ()


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (f"federated: {SAML}\nactions: sts:AssumeRole", (7, 14)),
        ("aws: '111122223333'\nactions: [sts:AssumeRole, s3:GetObject]", (7, 31)),
        ("aws: '111122223333'\nactions: [sts:TagSession]", (6, 10)),
        (f"service: ec2.amazonaws.com\nfederated: {SAML}", (6, 14)),
    ],
)
def test_each_sort(entry: str, place: tuple[int, int]) -> None:
    found = findings_of(trusting(entry), rule=RULE)
    assert [(f.location.line, f.location.column) for f in found] == [place]


@pytest.mark.parametrize(
    "entry",
    [
        "service: ec2.amazonaws.com",
        f"federated: {SAML}",
        f"federated: {SAML}\nactions: [sts:AssumeRoleWithSAML, sts:TagSession]",
        "aws: '111122223333'\nactions: [sts:AssumeRole, sts:SetSourceIdentity, sts:SetContext]",
        "aws: '111122223333'\nactions: 'sts:*'",
        "effect: deny\naws: '111122223333'\nactions: sts:TagSession",
        f"service: ec2.amazonaws.com\nfederated: {SAML}\n"
        "actions: [sts:AssumeRole, sts:AssumeRoleWithSAML]",
    ],
)
def test_what_fits(entry: str) -> None:
    assert findings_of(trusting(entry), rule=RULE) == ()


@pytest.mark.parametrize("actions", ["", "\nactions: sts:AssumeRole"])
def test_silent_until_the_provider_is_well_formed(actions: str) -> None:
    entry = f"federated: token.actions.githubusercontent.com{actions}"
    assert {f.rule for f in findings_of(trusting(entry))} == {"malformed-principal"}
