"""What gitiam itself stands on."""

from __future__ import annotations

import pytest

from tests.support.estates import findings_of, places, request

RULE = "own-infrastructure"
CONFIG = """\
accounts:
  prod:
    id: "111122223333"
    roles:
      plan: arn:aws:iam::111122223333:role/ops/gitiam-plan
      apply: arn:aws:iam::111122223333:role/ops/gitiam-apply
  dev: {id: "444455556666", roles: {apply: "arn:aws:iam::444455556666:role/gitiam-apply"}}
store: {s3: {bucket: gitiam-state, region: us-east-1, prefix: estate}}
"""
APPLY = "arn:aws:iam::111122223333:role/ops/gitiam-apply"


def judged(grants: str, **keys: str) -> list[tuple[str, str | None, tuple[int, int]]]:
    files = {"gitiam.yaml": CONFIG, "requests/x.yaml": request(grants, **keys)}
    found = findings_of(files, rule=RULE)
    return [(f.severity.value, f.risk, p) for f, p in zip(found, places(found), strict=True)]


@pytest.mark.parametrize(
    ("grant", "place"),
    [
        (f"assume: {APPLY}", (6, 5)),
        ("assume: arn:aws:iam::111122223333:role/gitiam-pipeline-apply", (6, 5)),
        ("assume: arn:aws:iam::444455556666:role/gitiam-apply", (6, 5)),
        (f"actions: [iam:GetRole, iam:PassRole]\n  resources: {APPLY}", (6, 28)),
        (f"actions: iam:UpdateAssumeRolePolicy\n  resources: {APPLY}", (6, 14)),
        ("actions: s3:PutObject\n  resources: arn:aws:s3:::gitiam-state/estate/*", (6, 14)),
        (
            "actions: s3:DeleteObject\n  resources: arn:aws:s3:::gitiam-state/estate/ledger/x",
            (6, 14),
        ),
        ("actions: s3:PutBucketPolicy\n  resources: arn:aws:s3:::gitiam-state", (6, 14)),
        ("access: write\n  resources: 'arn:aws:s3:::gitiam-state/*'", (6, 5)),
        (f"access: permissions-management\n  resources: {APPLY}", (6, 5)),
    ],
)
def test_a_grant_about_just_that_blocks(grant: str, place: tuple[int, int]) -> None:
    assert judged(f"- {grant}") == [("error", "critical", place)]


def test_what_can_be_done_is_named() -> None:
    text = request(f"- actions: [iam:PutRolePolicy, iam:DeleteRole]\n  resources: {APPLY}")
    found = findings_of({"gitiam.yaml": CONFIG, "requests/x.yaml": text}, rule=RULE)
    assert len(found) == 2
    for one, action in zip(found, ("iam:PutRolePolicy", "iam:DeleteRole"), strict=True):
        assert "role/data-pipeline in prod could lay hands on gitiam's own" in one.message
        assert f"`{APPLY}`" in one.message
        assert action in one.message
        assert one.fix is not None


@pytest.mark.parametrize(
    "grant",
    [
        "actions: sts:AssumeRole\n  resources: '*'",
        "actions: sts:AssumeRole\n  resources: 'arn:aws:iam::*:role/*'",
        "actions: s3:PutObject\n  resources: 'arn:aws:s3:::*'",
        "managed_policy: AmazonS3FullAccess",
    ],
)
def test_what_comes_with_everything_is_a_warning(grant: str) -> None:
    found = judged(f"- {grant}")
    assert {(severity, risk) for severity, risk, _ in found} == {("warning", "critical")}


@pytest.mark.parametrize(
    "grant",
    [
        "assume: arn:aws:iam::111122223333:role/audit",
        f"actions: iam:GetRole\n  resources: {APPLY}",
        "actions: iam:PassRole\n  resources: arn:aws:iam::111122223333:role/gitiam-apply",
        "actions: iam:PutRolePolicy\n  resources: arn:aws:iam::444455556666:role/gitiam-apply",
        "actions: s3:PutObject\n  resources: arn:aws:s3:::gitiam-state/other/*",
        "actions: s3:GetObject\n  resources: arn:aws:s3:::gitiam-state/estate/*",
        "bundle: s3-read\n  resources: ['arn:aws:s3:::gitiam-state']",
    ],
)
def test_what_is_near_it(grant: str) -> None:
    assert judged(f"- {grant}") == []


def test_a_denial_that_takes_it_and_one_that_does_not() -> None:
    wide = "- actions: s3:PutObject\n  resources: 'arn:aws:s3:::*'\n"
    deny = "- effect: deny\n  actions: 's3:*'\n  resources: 'arn:aws:s3:::{}'\n"
    assert judged(wide + deny.format("gitiam-state/*")) == []
    assert judged(wide + deny.format("gitiam-state/estate/ledger/*")) != []


@pytest.mark.parametrize(
    ("conditions", "is_found"),
    [
        ("{StringEquals: {'aws:PrincipalAccount': '444455556666'}}", False),
        ("{StringEquals: {'aws:PrincipalAccount': '111122223333'}}", True),
        ("{Bool: {'aws:MultiFactorAuthPresent': 'true'}}", True),
    ],
)
def test_conditions(conditions: str, is_found: bool) -> None:
    assert bool(judged(f"- assume: {APPLY}\n  conditions: {conditions}")) is is_found


def test_each_account_has_its_own_roles() -> None:
    grant = "- actions: iam:DeleteRole\n  resources: 'arn:aws:iam::{account_id}:role/gitiam-apply'"
    assert len(judged(grant, account="[dev, prod]")) == 1


def test_shared_policies_and_those_who_attach_them() -> None:
    files = {
        "gitiam.yaml": CONFIG,
        "requests/p.yaml": "kind: policy\naccount: prod\npolicy: p\nreason: For all pipelines\n"
        f"grants: [{{assume: '{APPLY}'}}]\n",
        "requests/x.yaml": request("- managed_policy: p"),
    }
    found = findings_of(files, rule=RULE)
    assert [(f.location.path, f.location.line) for f in found] == [
        ("requests/p.yaml", 5),
        ("requests/x.yaml", 6),
    ]


def test_a_local_store_is_no_bucket() -> None:
    text = request("- actions: s3:PutObject\n  resources: 'arn:aws:s3:::*'")
    assert findings_of(text, rule=RULE) == ()
