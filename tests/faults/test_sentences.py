"""What AWS refuses, said to people: real Terraform, the real provider, and AWS's own refusals."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.faults.judgement import wrong_words
from tests.faults.scenarios import SEND, store_of
from tests.support.faults import FOR_EVER, Call, Fault, FaultProxy
from tests.support.world import Ran, World

ROLE = "prod/role/app"


def meet(world: World, kind: str, name: str, index: int = 0, times: int = FOR_EVER) -> Ran:
    """An apply that meets this fault."""
    with FaultProxy(world.emulator.url, Fault(kind, Call(name, index), times)).open() as proxy:
        world.variables["AWS_ENDPOINT_URL"] = proxy.url
        ran = world.gitiam("apply", "--format", "json", "--lock-timeout", "1")
        assert proxy.fault
        assert proxy.fault.count, f"{name} was never called: {proxy.calls}"
    del world.variables["AWS_ENDPOINT_URL"]
    assert not wrong_words(ran, killed=False)
    return ran


def told(ran: Ran) -> str:
    """What it said of the one module, or of all."""
    assert ran.code == 1, ran.out + ran.err
    return ran.failed[ROLE] if ran.out else ran.err


#: kind, call → words that must be there.
OF_THE_ROLE: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("denied", "terraform:CreateRole"): (
        "aws_iam_role.this: creating IAM Role (app): iam:CreateRole: AccessDenied: iam:CreateRole"
        " on role app is denied: no identity-based policy allows it. Allow iam:CreateRole to the",
    ),
    ("expired", "terraform:CreateRole"): ("ExpiredToken", "The credentials have expired. Get new"),
    ("exists", "terraform:CreateRole"): ("EntityAlreadyExists", "and only attach to it"),
    ("malformed", "terraform:CreateRole"): (
        "MalformedPolicyDocument: Syntax errors in policy. AWS refuses the policy; mend the",
    ),
    ("quota", "terraform:CreateRole"): ("Raise RolesPerAccount in Service Quotas",),
    ("absent", "terraform:PutRolePolicy"): ("NoSuchEntity", "must exist, or be declared"),
    ("denied", "terraform:AssumeRole"): (
        "sts:AssumeRole on role app is denied",
        "its trust policy must name the caller",
    ),
    ("denied", "gitiam:AssumeRole"): (
        "arn:aws:iam::",
        "sts:AssumeRole is denied. The role must exist, and its trust policy must name the caller",
    ),
    ("unknown-token", "gitiam:AssumeRole"): ("AWS does not accept the credentials",),
    ("denied", "gitiam:GetRole"): ("iam:GetRole is denied. Allow iam:GetRole to the role or user",),
}


@pytest.mark.parametrize(("kind", "name"), OF_THE_ROLE)
def test_a_role_that_is_refused(world: World, kind: str, name: str) -> None:
    world.declare("role/app")
    world.ask("send", SEND)
    said = told(meet(world, kind, name))
    for words in OF_THE_ROLE[kind, name]:
        assert words in said
    assert (name == "terraform:PutRolePolicy") == bool(world.iam().list_roles()["Roles"])
    assert world.gitiam("changes").code == 11


def test_throttling_that_ends_is_waited_for(world: World) -> None:
    """Longer than the provider waits by itself."""
    world.declare("role/app")
    ran = meet(world, "throttled", "terraform:CreateRole", times=6)
    assert (ran.code, ran.applied) == (0, [ROLE])
    assert "prod/role/app: AWS is throttling; again " in ran.err
    assert "(2 of 4)" in ran.err


@pytest.fixture
def estate(world: World) -> World:
    """A role to be made, and a bucket to note it in."""
    bucket = store_of(world)
    bucket.create()
    store = {"bucket": bucket.name, "region": "us-east-1", "path_style": True}
    world.configure(store={"s3": store})
    world.declare("role/app")
    return world


OF_THE_STORE: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("elsewhere", "gitiam:LIST ledger"): (
        "state and ledger, in the bucket iam-state-",
        "Write `region: eu-west-1` in `store` of gitiam.yaml",
    ),
    ("other-region", "gitiam:LIST ledger"): ("Write `region: eu-west-1` in `store`",),
    ("no-bucket", "gitiam:LIST ledger"): ("NoSuchBucket", "Create the bucket"),
    ("denied", "gitiam:LIST ledger"): ("s3:ListBucket is denied", "Allow s3:ListBucket to"),
    ("kms-denied", "gitiam:PUT marker"): ("kms:GenerateDataKey is denied",),
    ("denied", "terraform:PUT lock"): (
        "Error acquiring the state lock",
        "Allow s3:PutObject on the store's bucket to the credentials at hand",
    ),
    ("kms-denied", "terraform:PUT state"): (
        "AWS was changed, but the state could not be saved",
        "The bucket's KMS key must allow kms:GenerateDataKey",
    ),
    ("denied", "terraform:DELETE lock"): (
        "the lock on the state could not be taken away",
        "Allow s3:DeleteObject",
    ),
}


@pytest.mark.parametrize(("kind", "name"), OF_THE_STORE)
def test_a_bucket_that_is_refused(estate: World, kind: str, name: str) -> None:
    said = told(meet(estate, kind, name))
    for words in OF_THE_STORE[kind, name]:
        assert words in said
