"""Names that no trust policy may hold."""

from __future__ import annotations

import pytest

from tests.support.conditions import trusting
from tests.support.estates import findings_of, mended, said

RULE = "malformed-principal"
ISSUER = "token.actions.githubusercontent.com"


def test_a_wildcard() -> None:
    text = trusting("aws: [arn:aws:iam::111122223333:root, 'arn:aws:iam::111122223333:role/ci-*']")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "6:43 error malformed-principal: `arn:aws:iam::111122223333:role/ci-*`: no wildcard may"
        " stand among those who are trusted"
    ]
    assert found.fix
    assert "aws:PrincipalArn" in found.fix.title


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        ("aws: prod", "111122223333"),
        ("aws: 1111-2222-3333", "111122223333"),
        ("aws: '11112222333'", None),
        ("aws: alice", None),
        ("aws: AROA1234567890EXAMPLE", None),
        ("aws: arn:aws:iam::111122223333:group/analysts", None),
        ("aws: arn:aws:iam::111122223333:instance-profile/x", None),
        ("aws: arn:aws:iam:::role/x", None),
        ("aws: arn:aws:s3:::orders", None),
        ("canonical: 79a5", None),
        (f"federated: {ISSUER}", f"arn:{{partition}}:iam::{{account_id}}:oidc-provider/{ISSUER}"),
        ("federated: arn:aws:iam::111122223333:role/x", None),
        (
            f"federated: arn:aws:iam::111122223333:oidc-provider/https://{ISSUER}",
            f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}",
        ),
    ],
)
def test_each_sort(entry: str, right: str | None) -> None:
    text = trusting(entry)
    (found,) = findings_of(text, rule=RULE)
    assert (found.location.line, found.location.column) == (6, 5 + entry.index(": ") + 2)
    assert (found.fix.replacement if found.fix else None) in (right, f'"{right}"')
    if right:
        assert findings_of(mended(text, found), rule=RULE) == ()


@pytest.mark.parametrize(
    "entry",
    [
        "aws: ['111122223333', '{account_id}', arn:aws:iam::111122223333:root]",
        "aws: ['arn:{partition}:iam::{account_id}:role/path/to/{account}-x', '*']",
        "aws: arn:aws:sts::111122223333:assumed-role/x/session",
        "aws: arn:aws:sts::111122223333:federated-user/x",
        "federated: [accounts.google.com, cognito-identity.amazonaws.com]",
        "federated: arn:aws:iam::111122223333:saml-provider/idp",
        "federated: arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A",
        f"canonical: {'79a5' * 16}",
        "service: ec2.amazonaws.com",
    ],
)
def test_what_aws_takes(entry: str) -> None:
    assert findings_of(trusting(entry), rule=RULE) == ()
