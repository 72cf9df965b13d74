"""Records of what was shown that are well formed, and hold what no plan ever held."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.openings import opening
from gitiam.plans import ModulePlan, PlannedResource
from gitiam.reviewed import Reviewed, ReviewedModule, read_reviewed
from gitiam.sync.apply.shown import judge
from tests.support.estates import NOW, request
from tests.support.plans import plan_of
from tests.support.states import modules_of

KEY = ModuleKey.parse("prod/role/data-pipeline")
MODULE = modules_of(
    {"requests/0.yaml": request("- {actions: [s3:GetObject], resources: ['arn:aws:s3:::a/*']}")}
)[KEY]


def forged(address: str, values: Any) -> bytes:
    """A record that is whole in every other way: its digests are right."""
    resource = PlannedResource(address, address.split(".")[0], ("create",), None, values)
    plan = ModulePlan((resource,))
    return Reviewed((ReviewedModule(KEY, "a" * 64, plan),)).as_text().encode()


@pytest.mark.parametrize(
    "values",
    [
        {"groups": 5},
        {"groups": "admins"},
        {"groups": [["admins"]]},
        {"users": {"alice": 1}},
        {"roles": [None]},
        {"tags": ["x"]},
        {"tags": "x"},
        {"tags": {"a": [1]}},
        {"tags": {"a": 1}},
        {"max_session_duration": "²"},
        {"max_session_duration": True},
        {"max_session_duration": [3600]},
    ],
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_record_of_another_shape_is_refused_as_a_whole(values: dict[str, Any], side: str) -> None:
    body = json.loads(forged("aws_iam_role.this", values))
    if side == "before":
        resource = body["modules"][0]["plan"]["resources"][0]
        resource |= {"before": resource["after"], "after": None, "actions": ["delete"]}
        found = PlannedResource(
            resource["address"], resource["type"], ("delete",), resource["before"], None
        )
        body["modules"][0]["plan"]["digest"] = ModulePlan((found,)).digest()
    with pytest.raises(GitiamError, match="is no record of reviewed plans"):
        read_reviewed(json.dumps(body).encode(), "x.json")


@pytest.mark.parametrize(
    "values",
    [
        {"groups": ["admins"], "tags": {"team": "data", "empty": ""}, "max_session_duration": 3600},
        {"policy": 5, "assume_role_policy": {"Statement": 1}, "policy_arn": ["x"], "name": {}},
        {"policy": {"unreadable": {"x": 1}}, "permissions_boundary": [1], "description": 2.5},
        {"assume_role_policy": {"Version": ["x"], "Statement": []}, "inline_policy": [1, "x", {}]},
        {"timeouts": {"create": "5m"}, "more": [{"deep": [None, True]}]},
    ],
)
@pytest.mark.parametrize(
    "address", ["aws_iam_role.this", "aws_iam_user_group_membership.this", "aws_x.y"]
)
def test_whatever_is_read_can_be_compared(address: str, values: dict[str, Any]) -> None:
    read = read_reviewed(forged(address, values), "x.json")
    shown = [module.plan for module in read.modules]
    with pytest.raises(GitiamError, match="reviewers were not shown"):
        judge(plan_of(MODULE), shown, NOW)
    for plan in shown:
        list(opening(plan, NOW).words())


def test_what_real_modules_hold_is_read() -> None:
    plan = plan_of(MODULE)
    record = Reviewed((ReviewedModule(KEY, MODULE.digest, replace(plan, accounts=())),))
    read = read_reviewed(record.as_text().encode(), "x.json")
    assert read.modules[0].plan.digest() == plan.digest()
