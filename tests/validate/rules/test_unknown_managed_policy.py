"""Managed policies that do not exist."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, mended, request, said

RULE = "unknown-managed-policy"
POLICY = (
    "kind: policy\naccount: prod\npolicy: report-readers\nreason: what analysts may read\n"
    "grants: [{actions: 's3:GetObject', resources: 'arn:aws:s3:::b/*'}]\n"
)


def test_the_nearest_of_aws_is_offered() -> None:
    text = request("- managed_policy: ReadOnlyAcess")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "6:21 error unknown-managed-policy: there is no policy `ReadOnlyAcess` declared for prod,"
        " nor one of AWS's own; did you mean `ReadOnlyAccess`?"
    ]
    assert findings_of(mended(text, found)) == ()


def test_the_nearest_of_the_estate_comes_first() -> None:
    files = {
        "requests/p.yaml": POLICY,
        "requests/x.yaml": request("- managed_policy: report-reader"),
    }
    (found,) = findings_of(files)
    assert found.fix
    assert found.fix.replacement == "report-readers"


def test_a_policy_of_another_account_does_not_count() -> None:
    files = {
        "requests/p.yaml": POLICY,
        "requests/x.yaml": request("- managed_policy: report-readers", account="[dev, prod]"),
    }
    (found,) = findings_of(files)
    assert "declared for dev," in found.message


def test_a_new_policy_of_aws_can_be_named_by_its_arn() -> None:
    text = request("- managed_policy: arn:aws:iam::aws:policy/BrandNewAccess2031")
    (found,) = findings_of(text)
    assert (found.rule, found.severity.value) == (RULE, "warning")


def test_an_arn_of_something_else() -> None:
    text = request("- managed_policy: arn:aws:iam::111122223333:role/x")
    assert "is not the ARN of a policy" in findings_of(text)[0].message


def test_a_boundary_must_exist() -> None:
    text = (
        "kind: principal\naccount: prod\nprincipal: user/a\nreason: joined the team\n"
        "permissions_boundary: NoSuchThing\n"
    )
    assert [f"{f.location.line}:{f.location.column} {f.rule}" for f in findings_of(text)] == [
        f"5:23 {RULE}"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "ReadOnlyAccess",
        "job-function/Billing",
        "arn:aws:iam::aws:policy/job-function/Billing",
        "arn:aws:iam::111122223333:policy/team/ours",
        "report-readers",
    ],
)
def test_what_exists_or_may_exist(name: str) -> None:
    files = {"requests/p.yaml": POLICY, "requests/x.yaml": request(f"- managed_policy: {name}")}
    assert findings_of(files) == ()
