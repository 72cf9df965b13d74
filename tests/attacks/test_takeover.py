"""Attempts to make gitiam destroy, or take for its own, what is not its to destroy or take."""

from __future__ import annotations

from contextlib import suppress

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Module
from gitiam.sync.apply.applier import Applier
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.modules import change, emptied, module
from tests.support.objects import MemoryObjects
from tests.support.terraform import Cloud, fake_terraform

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
ARN = "arn:aws:iam::111122223333:role/data-pipeline"
OVERFLOW = "arn:aws:iam::111122223333:policy/gitiam/gitiam-role-data-pipeline-1"
OWN = "aws_iam_role.this"

DECLARED = module(ROLE, "declared", creates={OWN: ARN})
ATTACHED = module(ROLE, "attached", imports={"aws_iam_role_policy.inline": "data-pipeline:gitiam"})
LARGE = module(
    ROLE, "large", creates={'aws_iam_policy.overflow["1"]': OVERFLOW, "aws_iam_role.this": ARN}
)


def apply(cloud: Cloud, found: Module) -> None:
    ledger = Ledger(cloud.objects)
    Applier(fake_terraform(cloud), ledger, cloud, ledger.standings(), {}).apply(change(found))


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"digest": 1}', None])
@pytest.mark.parametrize("found", [ATTACHED, emptied(KEY)], ids=["attached", "empty"])
def test_a_ledger_that_forgot_who_made_a_role_does_not_destroy_it(
    found: Module, raw: bytes | None
) -> None:
    cloud = Cloud(MemoryObjects())
    apply(cloud, DECLARED)
    for key in list(cloud.objects.keys("ledger/")):
        cloud.objects.put(key, raw) if raw is not None else cloud.objects.delete(key)
    with suppress(GitiamError):
        apply(cloud, found)
    assert ARN in cloud.exists


def test_a_marker_that_cannot_be_read_does_not_destroy_a_role() -> None:
    cloud = Cloud(MemoryObjects())
    apply(cloud, ATTACHED)
    cloud.failing[ROLE] = TerraformError("Throttling")
    with pytest.raises(TerraformError):
        apply(cloud, DECLARED)
    cloud.failing.clear()
    cloud.objects.put(f"ledger/{ROLE}/applying.json", b"{")
    with suppress(GitiamError):
        apply(cloud, emptied(KEY))
    assert ARN in cloud.exists


def test_what_somebody_made_after_a_failure_is_not_taken_over() -> None:
    """The failed apply ended in order, and had not come to make the role."""
    cloud = Cloud(MemoryObjects())
    cloud.failing[ROLE] = TerraformError("MalformedPolicyDocument: Invalid principal in policy")
    with pytest.raises(TerraformError):
        apply(cloud, LARGE)
    cloud.failing.clear()
    cloud.exists.add(ARN)
    with pytest.raises(GitiamError, match="exists already, and was not made by gitiam"):
        apply(cloud, LARGE)
