"""China and GovCloud: endpoints and ARNs of their own, from the account's partition alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.emulator import iam_of
from tests.support.world import World

SEND = (
    "- actions: [sqs:SendMessage]\n"
    '  resources: ["arn:{partition}:sqs:{region}:{account_id}:orders"]'
)


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)
def test_a_role_in_another_partition(world: World, partition: str, region: str) -> None:
    id_ = world.accounts["prod"]
    role = f"arn:{partition}:iam::{id_}:role/gitiam-apply"
    account = {"id": id_, "partition": partition, "roles": {"apply": role}}
    world.configure(accounts={"prod": account})
    # Nobody's region at hand decides, least of all one of another partition.
    world.variables |= {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    world.declare("role/app")
    world.ask("send", SEND)
    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/role/app"]), ran.out + ran.err
    # The emulated AWS keeps partitions apart, by the region that calls are signed for.
    assert not world.iam().list_roles()["Roles"]
    iam = iam_of(world.emulator, id_, region)
    policy: Any = iam.get_role_policy(RoleName="app", PolicyName="gitiam")["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement["Resource"] == f"arn:{partition}:sqs:{region}:{id_}:orders"
    assert world.gitiam("changes").code == 0
