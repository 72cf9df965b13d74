"""State and ledger in a bucket, accounts with roles of their own, locks that outlive a run."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import boto3
import pytest

from tests.support.gate import Gate
from tests.support.world import World

SEND = '- actions: [sqs:SendMessage]\n  resources: ["arn:aws:sqs:us-east-1:{account_id}:orders"]'


@pytest.fixture
def bucket(world: World) -> Any:
    """The world's store, in a bucket of an account that is neither prod nor dev."""
    resource: Any = boto3.resource(
        "s3",
        endpoint_url=world.emulator.url,
        region_name="us-east-1",
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )
    bucket = resource.Bucket(f"iam-state-{world.accounts['prod']}")
    bucket.create()
    store = {"bucket": bucket.name, "region": "us-east-1", "path_style": True}
    world.configure(store={"s3": store})
    return bucket


def keys(bucket: Any, prefix: str = "gitiam/") -> set[str]:
    """The keys below the prefix, without it."""
    return {o.key.removeprefix(prefix) for o in bucket.objects.filter(Prefix=prefix)}


def test_two_accounts_and_a_bucket(world: World, bucket: Any) -> None:
    world.declare("role/app", account=["dev", "prod"])
    world.ask("send", SEND, account=["dev", "prod"])
    first = world.gitiam("apply", "--format", "json")
    modules = ["dev/role/app", "prod/role/app"]
    assert (first.code, sorted(first.applied)) == (0, modules), first.out + first.err
    for account, id_ in world.accounts.items():
        role = world.iam(account).get_role(RoleName="app")["Role"]
        assert role["Arn"] == f"arn:aws:iam::{id_}:role/app"
        assert world.resources("role/app", account) == {f"arn:aws:sqs:us-east-1:{id_}:orders"}
        (role_arn,) = {s.role for s in first.starts if s.module == f"{account}/role/app"} - {""}
        assert role_arn == f"arn:aws:iam::{id_}:role/gitiam-apply"

    digests = {entry["digest"] for entry in first.json["applied"]}
    assert keys(bucket, "gitiam/state/") == {f"{m}.tfstate" for m in modules}
    assert {k.split("/")[-1] for k in keys(bucket, "gitiam/ledger/")} == {
        f"{digest}.json" for digest in digests
    }
    assert not (world.root / ".gitiam/store").exists()
    assert "cache/judged" in keys(bucket)
    assert world.gitiam("changes").code == 0
    second = world.gitiam("apply", "--format", "json")
    assert (second.code, second.json["unchanged"], second.starts) == (0, 2, [])
    assert world.gitiam("drift").code == 0


def test_a_lock_that_a_dead_run_left(world: World, bucket: Any) -> None:
    world.declare("role/app")
    world.ask("send", SEND)
    lock = "state/prod/role/app.tfstate.tflock"
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        held = gate.hold("CreateRole")
        running = world.start("apply")
        held.wait(running.runs)
        world.kill(running)
    del world.variables["AWS_ENDPOINT_URL"]
    assert lock in keys(bucket)
    holder = json.loads(bucket.Object(f"gitiam/{lock}").get()["Body"].read())["Who"]

    # Meanwhile the request has changed. The next run waits as long as it may, and then says whose
    # lock it is, and what to do.
    world.ask("send", SEND.replace("orders", "invoices"))
    ran = world.gitiam("apply", "--lock-timeout", "0", "--format", "json")
    assert ran.code == 1
    said = ran.failed["prod/role/app"]
    assert said.startswith(f"the state is locked by {holder} since 20")
    assert said.endswith("gitiam apply --break-lock prod/role/app")

    idle = world.gitiam("apply", "--break-lock", "prod/role/application")
    assert (idle.code, idle.starts) == (2, [])
    assert "Did you mean prod/role/app?" in idle.err
    ran = world.gitiam("apply", "--break-lock", "prod/role/app", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/role/app"]), ran.out + ran.err
    assert keys(bucket, "gitiam/state/") == {"prod/role/app.tfstate"}
    assert [r["RoleName"] for r in world.iam().list_roles()["Roles"]] == ["app"]
    assert {arn.rsplit(":")[-1] for arn in world.resources("role/app")} == {"invoices"}
    assert world.gitiam("changes").code == 0
    assert world.gitiam("drift").code == 0


def test_a_lock_of_a_terraform_that_was_killed(world: World, bucket: Any) -> None:
    """The run lives on, has waited for it, and takes its lock away."""
    world.declare("role/app")
    world.ask("send", SEND)
    with Gate(world.emulator.url).open() as gate:
        world.variables["AWS_ENDPOINT_URL"] = gate.url
        held = gate.hold("CreateRole", before=True)
        running = world.start("apply", "--format", "json")
        held.wait(running.runs)
        (start,) = [s for s in world.starts(running.already) if s.command == "apply"]
        os.kill(start.pid, signal.SIGKILL)
        ran = world.ended(running)
    del world.variables["AWS_ENDPOINT_URL"]
    assert ran.code == 1
    assert "killed by signal 9" in ran.failed["prod/role/app"]
    assert keys(bucket, "gitiam/state/") == set()
    ran = world.gitiam("apply", "--lock-timeout", "0", "--format", "json")
    assert (ran.code, ran.applied) == (0, ["prod/role/app"]), ran.out + ran.err


def test_credentials_of_another_account(world: World) -> None:
    world.declare("role/app")
    world.ask("attach", "- managed_policy: ReadOnlyAccess", principal="user/bob")
    roles = {"apply": f"arn:aws:iam::{world.accounts['dev']}:role/gitiam-apply"}
    world.configure(accounts={"prod": {"id": world.accounts["prod"], "roles": roles}})
    ran = world.gitiam("apply", "--format", "json")
    assert ran.code == 1
    assert set(ran.failed) == {"prod/role/app", "prod/user/bob"}
    own, other = world.accounts["prod"], world.accounts["dev"]
    assert f"belong to account {other}, but gitiam.yaml says {own}" in ran.failed["prod/role/app"]
    # It is found out once, before the first Terraform starts.
    assert ran.failed["prod/user/bob"] == ran.failed["prod/role/app"]
    assert ran.starts == []
    for account in world.accounts:
        assert world.iam(account).list_roles()["Roles"] == []
