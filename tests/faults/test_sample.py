"""A few of the points that `make faults` plays, one of each sort (`tests/faults/__main__.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitiam.sync.aws.emulator import Emulator
from tests.faults.judgement import Reference
from tests.faults.points import Point, Trace, points_of, sample
from tests.faults.trial import attempt, trace
from tests.support.thorough import mostly_later

pytestmark = pytest.mark.skipif(
    not Path("/proc").is_dir(), reason="who is to be killed is found in /proc, which Linux has"
)

POINTS = {
    "throttled twice": ("call terraform:CreateRole 0", "throttled", "passed by itself"),
    "an answer is lost": ("call terraform:PutRolePolicy 0", "reset-after", "passed by itself"),
    "denied": ("call terraform:AttachRolePolicy 0", "denied", "told"),
    "expired": ("call gitiam:AssumeRole 0", "expired", "told"),
    "gitiam and Terraform die": ("call terraform:CreatePolicy 0", "kill-after", "killed"),
    "the disk is full": ("write 1", "full-disk", "told"),
    "Terraform dies": ("start 1", "terraform-dies", "told"),
}


NOW = {"an answer is lost", "denied", "gitiam and Terraform die", "the disk is full"}


@pytest.fixture(scope="module")
def traced(emulator: Emulator) -> tuple[Trace, Reference]:
    """What creating a role does when nothing is wrong, and what there is then."""
    return trace("create", emulator)


@pytest.mark.parametrize("name", mostly_later(NOW, POINTS))
def test_a_fault_and_one_clean_apply(
    name: str, traced: tuple[Trace, Reference], emulator: Emulator
) -> None:
    place, kind, outcome = POINTS[name]
    verdict = attempt(Point("create", place, kind), traced[1], emulator)
    assert verdict.outcome == outcome, verdict


def test_there_are_points_enough(traced: tuple[Trace, Reference]) -> None:
    points = list(points_of("create", traced[0]))
    assert len(set(map(str, points))) == len(points) > 200
    drawn = sample(points, 40)
    assert drawn == sample(reversed(points), 40)
    assert {p.kind for p in drawn} == {p.kind for p in points}
