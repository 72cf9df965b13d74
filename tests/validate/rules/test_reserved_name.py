"""Names that gitiam keeps for its own policies."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, said

POLICY = (
    "kind: policy\naccount: prod\npolicy: {}\nreason: what analysts may read\n"
    "grants: [{{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}}]\n"
)


@pytest.mark.parametrize("name", ["gitiam", "gitiam-role-x-1", "GitIAM-x"])
def test_they_are_refused(name: str) -> None:
    assert said(findings_of(POLICY.format(name))) == [
        f"3:9 error reserved-name: gitiam keeps names such as `{name}` for policies that it makes"
        " itself"
    ]


@pytest.mark.parametrize("name", ["gitiams", "my-gitiam-policy", "readers"])
def test_others_are_fine(name: str) -> None:
    assert findings_of(POLICY.format(name)) == ()
