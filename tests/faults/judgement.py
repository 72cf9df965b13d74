"""What must be so after a fault and one clean apply, and how an error may speak."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from gitiam.cli.main import COMMANDS
from tests.faults.scenarios import store_of
from tests.support.world import Ran, World

_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNSPEAKABLE = ("Traceback", "bug:", "goroutine ", "panic:", 'File "', "errored.tfstate", "\x1b")
#: Longer than this, nobody reads it.
_LONGEST = 1_100


@dataclass(frozen=True, slots=True)
class Reference:
    """What there is after a run without a fault; accounts and digests without their numbers."""

    live: Any
    ledger: tuple[str, ...]
    states: dict[str, tuple[str, ...]]


def as_it_is(world: World) -> Reference:
    """Live IAM, the ledger's entries and what each state knows."""
    objects = _objects(world)
    states = {
        key: _addresses(data, world.accounts["prod"])
        for key, data in objects.items()
        if key.startswith("state/") and key.endswith(".tfstate")
    }
    kept = (k for k in objects if k.startswith("ledger/"))
    ledger = sorted({_DIGEST.sub("DIGEST", k) for k in kept})
    return Reference(_live(world), tuple(ledger), {k: v for k, v in states.items() if v})


def wrong_afterwards(world: World, reference: Reference | None) -> list[str]:
    """All that is not as it should be."""
    commands = ["changes", "drift", *(["ledger verify"] if "ledger" in COMMANDS else [])]
    ran = world.ended(world.start(*commands, program=["-m", "tests.faults.in_turn"]))
    wrong = [
        "{command} ends with {code}: {out} {err}".format(**ended)[:600]
        for ended in json.loads(ran.out)
        if ended["code"]
    ]
    objects = _objects(world)
    left = [k for k in objects if k.endswith(("applying.json", ".tflock")) or "/.tmp" in k]
    if left:
        wrong.append(f"left behind: {left}")
    if reference is not None:
        now = as_it_is(world)
        for what in ("live", "ledger", "states"):
            is_now, was = getattr(now, what), getattr(reference, what)
            if is_now != was:
                wrong.append(f"{what}: {_difference(is_now, was)}")
    return wrong


def wrong_words(ran: Ran, *, killed: bool) -> list[str]:
    """What is wrong with how it ended, and with what it said."""
    wrong = []
    if ran.code not in (0, 1) and not killed:
        wrong.append(f"it ended with {ran.code}: {ran.err[-400:]}")
    said = [ran.err]
    if ran.out:
        said += ran.failed.values()
        wrong += [f"no advice: {text}" for text in ran.failed.values() if ". " not in text]
        wrong += [f"too long: {text}" for text in ran.failed.values() if len(text) > _LONGEST]
    elif ran.code == 1 and "hint:" not in ran.err:
        wrong.append(f"no advice: {ran.err}")
    wrong += [
        f"it says {sign!r}: {text[-400:]}" for text in said for sign in _UNSPEAKABLE if sign in text
    ]
    return wrong


def _objects(world: World) -> dict[str, bytes]:
    """All that is in the store."""
    folder = world.root / ".gitiam/store"
    if folder.is_dir():
        files = (path for path in folder.rglob("*") if path.is_file())
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}
    bucket = store_of(world)
    found = bucket.objects.filter(Prefix="gitiam/")
    return {o.key.removeprefix("gitiam/"): o.get()["Body"].read() for o in found}


def _addresses(data: bytes, account: str) -> tuple[str, ...]:
    resources = json.loads(data).get("resources", [])
    return tuple(
        sorted(
            f"{r['type']}.{r['name']}[{i.get('index_key', '')}]".replace(account, "ACCOUNT")
            for r in resources
            for i in r["instances"]
        )
    )


def _live(world: World) -> Any:
    """Everything in the account, without times and made-up ids."""
    iam = world.iam()
    kinds: list[Any] = ["Role", "User", "Group", "LocalManagedPolicy"]
    found: Any = iam.get_account_authorization_details(Filter=kinds, MaxItems=1000)
    assert not found.get("IsTruncated")
    lists = {
        name: found[name]
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    }
    for policy in lists["Policies"]:
        # Where an answer was lost, the provider's SDK asks for a version once more. It counts for
        # nothing, and the provider removes the oldest before there are too many.
        versions = policy["PolicyVersionList"]
        policy["PolicyVersionList"] = [v for v in versions if v["IsDefaultVersion"]]
    text = json.dumps(_timeless(lists), sort_keys=True, default=str)
    return json.loads(text.replace(world.accounts["prod"], "ACCOUNT"))


def _timeless(value: Any) -> Any:
    """Without what differs between two runs; a policy's versions without their numbers."""
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in _CHANCE}
    if isinstance(value, list):
        return sorted(
            (_timeless(v) for v in value), key=lambda v: json.dumps(v, default=str, sort_keys=True)
        )
    return value


_CHANCE = {
    *("CreateDate", "UpdateDate", "RoleId", "UserId", "GroupId", "PolicyId", "VersionId"),
    # moto counts what is attached again as one more.
    *(
        "AttachmentCount",
        "RoleLastUsed",
        "DefaultVersionId",
        "InstanceProfileList",
        "PasswordLastUsed",
    ),
}


def _difference(now: Any, then: Any) -> str:
    if isinstance(now, dict) and isinstance(then, dict):
        keys = sorted({*now, *then}, key=str)
        parts = [
            f"{k}: {_difference(now.get(k), then.get(k))}"
            for k in keys
            if now.get(k) != then.get(k)
        ]
        return "; ".join(parts)[:600]
    return f"{json.dumps(now, default=str)[:300]} and not {json.dumps(then, default=str)[:300]}"
