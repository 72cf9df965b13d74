"""The roles that gitiam itself runs as."""

from __future__ import annotations

import pytest

from tests.support.estates import CONFIG, findings_of, said

ROLES = CONFIG.replace(
    "tier: critical}",
    "tier: critical, roles: {plan: 'arn:aws:iam::111122223333:role/ops/Gitiam-Plan',"
    " crawl: 'arn:aws:iam::444455556666:role/elsewhere'}}",
)


def request(principal: str, account: str = "prod") -> dict[str, str]:
    return {
        "gitiam.yaml": ROLES,
        "requests/x.yaml": f"account: {account}\nprincipal: {principal}\n"
        "reason: Backfill the orders table after INC-204\nexpires: 2027-01-15\n"
        "grants: [{bundle: s3-read, resources: ['arn:aws:s3:::orders']}]\n",
    }


@pytest.mark.parametrize("name", ["gitiam-plan", "Gitiam-Plan"])
def test_they_are_refused(name: str) -> None:
    assert said(findings_of(request(f"role/{name}"))) == [
        f"2:12 error own-role: gitiam itself runs as `role/{name}` in prod"
    ]


def test_a_list_is_searched() -> None:
    assert said(findings_of(request("[user/a, role/gitiam-plan]"))) == [
        "2:21 error own-role: gitiam itself runs as `role/gitiam-plan` in prod"
    ]


@pytest.mark.parametrize(
    ("principal", "account"),
    [("role/gitiam-plan", "dev"), ("user/gitiam-plan", "prod"), ("role/elsewhere", "prod")],
)
def test_others_are_fine(principal: str, account: str) -> None:
    assert findings_of(request(principal, account)) == ()
