"""Neither host nor shortcut changes anything but time: plans, states and live IAM are the same.

Three empty accounts get the same modules, one through a host, one by the shortcut of those who want
none, and one through plain Terraform with nothing of gitiam's in between, step by step. What
Terraform shows of each plan, what it writes as state, and what the crawl finds at the end are
compared as they are, but for this:

- the account's id, which is written alike;
- of a plan its `timestamp`; of a state its `lineage`, which is drawn, and its `serial`, which
  counts how often Terraform wrote it: resources that are done at the same moment share one write;
- of resources the values that AWS or the provider draws: `_DRAWN`, where there is a value at all;
- of the crawl the instant that it was asked to bear, which is the same anyway.

Plain Terraform takes seconds for each step, so only one module is played every time: a role of the
estate's own with inline and overflow policies, attachments and a boundary. `make same` plays all
kinds, changed and emptied ones among them, and the example estate.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from gitiam.config import Account, Roles
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Module
from gitiam.shipped import example_estate_dir
from gitiam.snapshot import Snapshot, snapshot_text
from gitiam.sync.apply.fate import Fate, extra_files
from gitiam.sync.aws.crawl import crawl
from gitiam.sync.aws.session import AccountSessions
from gitiam.sync.terraform.commands import Commands
from gitiam.sync.terraform.workspace import Terraform
from tests.support.emulator import fresh_accounts, iam_of
from tests.support.estates import NOW
from tests.support.provider import ROLES, Rig, config_text, declared, providers, variables
from tests.support.states import modules_of, renderer_for

pytestmark = pytest.mark.terraform

ALL = os.environ.get("SAME") == "all"
every = pytest.mark.skipif(not ALL, reason="make same plays it")

#: How many hosts, and whether by the shortcut.
WAYS = {"host": (1, True), "shortcut": (0, True), "plain": (0, False)}

_DRAWN = {"id", "unique_id", "create_date", "policy_id"}

Files = Mapping[str, str]
Step = Callable[[str], Files]


def asked(principal: str, grants: str) -> str:
    """A request."""
    head = f"account: prod\nprincipal: {principal}\nreason: So that the test has something\n"
    return f"{head}expires: 2027-01-15\ngrants:\n{grants}"


MANY = "- actions: [sqs:SendMessage]\n  resources:\n" + "".join(
    f'    - "arn:aws:sqs:us-east-1:{{account_id}}:a-queue-with-a-long-name-{n:04}"\n'
    for n in range(150)
)
FEW = (
    "- actions: [sns:Publish]\n"
    '  resources: ["arn:aws:sns:us-east-1:{account_id}:t-${aws:username}"]\n'
)
MANAGED = "- managed_policy: ReadOnlyAccess\n"
GROUPS = "- group: team\n- group: others\n"


def own(principal: str, more: str = "") -> str:
    """A principal of the estate's own, within a boundary where there may be one."""
    if not principal.startswith("group"):
        more += 'permissions_boundary: "arn:aws:iam::{id}:policy/bounds"\ntags: {team: "a b"}\n'
    if principal.startswith("role"):
        more += "description: Runs it\nmax_session: 7200\n"
    return declared(principal, more=f"path: /apps/\n{more}")


def estate(principal: str, *grants: str, is_own: bool = True) -> Step:
    """A step: what the principal has after it. Without grants, it is emptied."""

    def files(account_id: str) -> Files:
        found = {f"requests/{n}.yaml": asked(principal, text) for n, text in enumerate(grants)}
        if is_own:
            found["requests/own.yaml"] = own(principal).replace("{id}", account_id)
        return found

    return files


def shared_policy(grants: str) -> Step:
    """A customer managed policy, which somebody has."""
    policy = (
        f"kind: policy\naccount: prod\npolicy: shared\nreason: Several need it\ngrants:\n{grants}"
    )
    return lambda account_id: {"requests/policy.yaml": policy}


def case(name: str, module: str, *steps: Step, always: bool = False) -> Any:
    return pytest.param(module, steps, id=name, marks=() if always else every)


CASES = [
    case("role", "role/app", estate("role/app", MANY, FEW, MANAGED), always=True),
    case("role changed", "role/app", estate("role/app", FEW), estate("role/app", MANY, MANAGED)),
    case(
        "user of others",
        "user/alice",
        estate("user/alice", FEW, MANAGED, GROUPS, is_own=False),
        estate("user/alice", is_own=False),
    ),
    case(
        "user",
        "user/alice",
        estate("user/alice", MANY, MANAGED, GROUPS),
        estate("user/alice", FEW, "- group: team\n"),
    ),
    case("group", "group/team", estate("group/team", MANY, MANAGED), estate("group/team", FEW)),
    case(
        "group of others",
        "group/team",
        estate("group/team", MANY, FEW, is_own=False),
        estate("group/team", is_own=False),
    ),
    case(
        "role of others",
        "role/app",
        estate("role/app", MANY, MANAGED, is_own=False),
        estate("role/app", is_own=False),
    ),
    case(
        "policy",
        "policy/shared",
        shared_policy(FEW),
        shared_policy(FEW.replace("Publish", "Subscribe")),
    ),
]


@dataclass
class Side:
    """One of the accounts, and all that was seen there."""

    rig: Rig
    account: Account
    terraform: Terraform
    plans: list[Any]

    def modules(self, files: Files) -> dict[str, Module]:
        """The estate's modules in this account."""
        given = {"gitiam.yaml": config_text({"prod": self.account.id}), **files}
        return {str(key): module for key, module in modules_of(given).items()}

    def module(self, name: str, step: Step) -> Module:
        """What the step makes of the module; the one that takes all away, if it makes none."""
        files = step(self.account.id)
        key = f"prod/{name}"
        return self.modules(files)[key] if files else self.emptied(key)

    def apply(self, module: Module) -> dict[str, Any]:
        """Plan, look, apply."""
        extra = extra_files(module, (), Fate(), may_destroy=True) if module.is_empty else {}
        with self.terraform.workspace(module, extra) as workspace:
            workspace.apply(variables(module), check=lambda plan: None)
        state = json.loads(self.rig.state(module))
        assert state.pop("lineage")
        assert state.pop("serial") > 0
        return alike({"plan": self.plans[-1], "state": state}, self.account.id)

    def emptied(self, key: str) -> Module:
        """The module that takes all away."""
        files = {"gitiam.yaml": config_text({"prod": self.account.id})}
        files["requests/x.yaml"] = declared("role/other")
        return renderer_for(files).empty(ModuleKey.parse(key))

    def live(self) -> str:
        """What the crawl finds."""
        (found,) = crawl([self.account], AccountSessions(), NOW).values()
        assert isinstance(found, Snapshot)
        return snapshot_text(found).replace(self.account.id, "ACCOUNT")


def alike(value: Any, account_id: str) -> Any:
    """Without what is drawn, and with every account id written alike."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k != "timestamp"}
        return {
            k: "DRAWN" if k in _DRAWN and isinstance(v, str) else alike(v, account_id)
            for k, v in kept.items()
        }
    if isinstance(value, list):
        return [alike(item, account_id) for item in value]
    return value.replace(account_id, "ACCOUNT") if isinstance(value, str) else value


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `terraform show -json` says of each plan, as it comes."""
    seen: list[Any] = []
    show = Commands.show

    def kept(self: Commands) -> str:
        text = show(self)
        seen.append(json.loads(text))
        return text

    monkeypatch.setattr(Commands, "show", kept)
    return seen


def strangers(rig: Rig, module: Module, groups: Sequence[str] = ()) -> None:
    """What is there before gitiam: what the module is about where it is others', and a boundary."""
    iam = iam_of(rig.emulator, module.account.id)
    anything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anything]})
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_policy(PolicyName="bounds", PolicyDocument=document)
    for group in groups:
        iam.create_group(GroupName=group)
    if module.owns:
        return
    match module.key.kind:
        case Kind.ROLE:
            iam.create_role(RoleName=module.key.name, AssumeRolePolicyDocument=trust)
        case Kind.USER:
            iam.create_user(UserName=module.key.name)
        case Kind.GROUP:
            iam.create_group(GroupName=module.key.name)


@pytest.mark.parametrize(("name", "steps"), CASES)
def test_with_and_without_a_host(
    rig: Rig, plans: list[Any], name: str, steps: tuple[Step, ...]
) -> None:
    seen = {}
    ids = dict(zip(WAYS, fresh_accounts(len(WAYS)), strict=True))
    for way, (hosts, shortcut) in WAYS.items():
        with rig.open(hosts=hosts, shortcut=shortcut) as terraform:
            side = Side(rig, _account(ids[way]), terraform, plans)
            modules = [side.module(name, step) for step in steps]
            strangers(rig, modules[0], ["team", "others"] if name.startswith("user") else [])
            played = [side.apply(module) for module in modules]
            assert len(providers()) == hosts
        seen[way] = [*played, side.live()]
        # The other side begins with no state, as this one did.
        for file in rig.folder.rglob("*.tfstate*"):
            file.unlink()
    assert rig.said == []
    assert seen["host"] == seen["plain"]
    assert seen["shortcut"] == seen["plain"]
    assert len(plans) == len(WAYS) * len(steps)
    assert any(r["change"]["actions"] != ["no-op"] for r in plans[-1]["resource_changes"])


@every
def test_the_example_estate(rig: Rig, plans: list[Any]) -> None:
    """Every module of both accounts, in gitiam's order."""
    root = example_estate_dir()
    texts = {f"requests/{p.name}": p.read_text() for p in (root / "requests").rglob("*.yaml")}
    config = (root / "gitiam.yaml").read_text()
    seen = {}
    for number, (way, (hosts, shortcut)) in enumerate(WAYS.items()):
        ids = {"111122223333": f"20000000000{number}", "444455556666": f"30000000000{number}"}
        files = {path: _with(text, ids) for path, text in {"gitiam.yaml": config, **texts}.items()}
        modules = sorted(modules_of(files).values(), key=lambda module: module.order)
        assert len(modules) > 5
        back = {new: old for old, new in ids.items()}
        played = []
        with rig.open(hosts=2 * hosts, shortcut=shortcut) as terraform:
            for module in modules:
                strangers(rig, module)
                side = Side(rig, module.account, terraform, plans)
                played.append(_with(json.dumps(side.apply(module), sort_keys=True), back))
        accounts = {module.account.id: module.account for module in modules}.values()
        lives = [Side(rig, account, terraform, plans).live() for account in accounts]
        seen[way] = [*played, *(_with(live, back) for live in lives)]
        for file in rig.folder.rglob("*.tfstate*"):
            file.unlink()
    assert rig.said == []
    assert seen["host"] == seen["plain"]
    assert seen["shortcut"] == seen["plain"]


def _account(id_: str) -> Account:
    roles = (f"arn:aws:iam::{id_}:role/gitiam-{purpose}" for purpose in ROLES)
    return Account("prod", id_, roles=Roles(*roles))


def _with(text: str, ids: Mapping[str, str]) -> str:
    for old, new in ids.items():
        text = text.replace(old, new)
    return text
