"""An apply asks its intent before anything moves, and remembers what it said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.errors import GitiamError
from gitiam.modules import Marker
from gitiam.outcomes import Outcome
from gitiam.sync.apply.applier import Applier
from gitiam.sync.store.lease import Leases
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.intents import Says
from tests.support.modules import change, module
from tests.support.objects import MemoryObjects
from tests.support.terraform import Cloud, fake_terraform

OWN = "aws_iam_role.this"
ARN = "arn:aws:iam::111122223333:role/app"
ROLE = module("prod/role/app", "x", creates={OWN: ARN}, imports={OWN: "app"})


def apply(cloud: Cloud, rule: str | None) -> tuple[Outcome, list[Marker | None]]:
    ledger, says = Ledger(cloud.objects), Says(rule)
    leases = Leases(cloud.objects, is_gone=lambda holder: True)
    applier = Applier(
        fake_terraform(cloud, cloud.objects), ledger, cloud, ledger.standings(), leases=leases
    )
    return replace(applier, intent=says).apply(change(ROLE)), says.markers


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(MemoryObjects())


def test_a_plan_that_is_refused_changes_nothing(cloud: Cloud) -> None:
    with pytest.raises(GitiamError, match="it was not shown"):
        apply(cloud, None)
    assert cloud.exists == set()
    known = Ledger(cloud.objects).standings().get(ROLE.key)
    assert known is None or known.digests == ()
    assert apply(cloud, "as-shown")[0].passed == "as-shown"
    assert cloud.exists == {ARN}


@pytest.mark.parametrize(
    ("rule", "is_whole"), [("as-shown", True), ("same-result", True), ("opens-nothing-more", False)]
)
def test_only_what_was_shown_as_a_whole_may_be_repeated(
    cloud: Cloud, rule: str, is_whole: bool
) -> None:
    cloud.failing[str(ROLE.key)] = TerraformError("AccessDenied")
    with pytest.raises(TerraformError):
        apply(cloud, rule)
    cloud.failing.clear()
    (left,) = apply(cloud, "takes-away")[1]
    assert left is not None
    assert left.reviewed == (ROLE.digest if is_whole else "")
