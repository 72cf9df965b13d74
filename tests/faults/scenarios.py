"""What is under way when the fault comes: an estate before, and a change to be applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import boto3

from gitiam.sync.aws.emulator import Emulator
from tests.support.world import World

_numbers = count(200_000_000_001)

#: More than a role's inline policies may hold, so that a managed policy is created beside the role.
MANY = "- actions: [sqs:SendMessage]\n  resources:\n" + "".join(
    f'    - "arn:aws:sqs:us-east-1:{{account_id}}:a-queue-with-a-long-name-{number:04}"\n'
    for number in range(150)
)
SEND = '- actions: [sns:Publish]\n  resources: ["arn:aws:sns:*:*:app"]'
OTHER = '- actions: [sns:Publish]\n  resources: ["arn:aws:sns:*:*:other"]'
READ = "- managed_policy: ReadOnlyAccess"


def _nothing(world: World) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Scenario:
    """`before` is applied without a fault, if there is one; `change` is what the fault meets."""

    name: str
    change: Callable[[World], None]
    before: Callable[[World], None] = _nothing
    in_bucket: bool = False
    options: tuple[str, ...] = ()

    def prepare(self, emulator: Emulator, folder: Path) -> World:
        """A new world, in an account of its own, with the change waiting to be applied."""
        world = World(folder, emulator, {"prod": str(next(_numbers))})
        if self.in_bucket:
            _give_bucket(world)
        if self.before is not _nothing:
            self.before(world)
            ran = world.gitiam("apply")
            assert ran.code == 0, ran.out + ran.err
        self.change(world)
        return world


def store_of(world: World) -> Any:
    """The bucket of a world that has one."""
    resource: Any = boto3.resource(
        "s3",
        endpoint_url=world.emulator.url,
        region_name="us-east-1",
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )
    return resource.Bucket(f"iam-state-{world.accounts['prod']}")


def _give_bucket(world: World) -> None:
    bucket = store_of(world)
    bucket.create()
    store = {"bucket": bucket.name, "region": "us-east-1", "path_style": True}
    world.configure(store={"s3": store})


def _whole_role(world: World) -> None:
    world.declare("role/app", path="/apps/", description="Runs the app")
    world.ask("many", MANY)
    world.ask("read", READ)
    world.ask("send", SEND)


def _small_role(world: World) -> None:
    world.declare("role/app", path="/apps/", description="Runs the app")
    world.ask("read", READ)
    world.ask("send", SEND)


def _grown_role(world: World) -> None:
    world.declare("role/app", path="/apps/", description="Runs the app, and more")
    (world.root / "requests/read.yaml").unlink()
    world.ask("look", "- managed_policy: job-function/ViewOnlyAccess")
    world.ask("many", MANY)
    world.ask("send", OTHER)


def _less(world: World) -> None:
    (world.root / "requests/many.yaml").unlink()
    (world.root / "requests/read.yaml").unlink()


def _somebody_elses_role(world: World) -> None:
    world.configure(drift={"unmanaged": "declared"})
    world.iam().create_role(RoleName="app", AssumeRolePolicyDocument="{}")
    world.leave_a_file()
    world.ask("many", MANY)
    world.ask("read", READ)


def _user(world: World) -> None:
    world.declare("group/analysts")
    world.declare("group/readers")
    world.declare("user/alice")
    world.ask("join", "- group: analysts\n- group: readers", principal="user/alice")
    world.ask("send", SEND, principal="user/alice")
    world.ask("groups", SEND, principal="group/analysts")


def _policy(world: World) -> None:
    head = "kind: policy\naccount: prod\npolicy: shared\nreason: Shared by the test's principals\n"
    world.write({"requests/shared.yaml": f"{head}grants:\n{SEND}\n"})
    world.declare("role/app")
    world.ask("attach", "- managed_policy: shared")


def _other_policy(world: World) -> None:
    text = (world.root / "requests/shared.yaml").read_text(encoding="utf-8")
    world.write({"requests/shared.yaml": text.replace(SEND, OTHER)})


SCENARIOS = (
    Scenario("create", _whole_role),
    Scenario("create-s3", _whole_role, in_bucket=True),
    Scenario("change", _grown_role, before=_small_role),
    Scenario("change-s3", _grown_role, before=_small_role, in_bucket=True),
    Scenario("less", _less, before=_whole_role),
    Scenario("empty", _less, before=_somebody_elses_role),
    Scenario("user", _user),
    Scenario("policy", _policy),
    Scenario("policy-change", _other_policy, before=_policy),
)


def scenario(name: str) -> Scenario:
    """The one of this name."""
    return next(s for s in SCENARIOS if s.name == name)
