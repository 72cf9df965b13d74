"""Real policies on real parts: forty of AWS's own as raw grants, applied and crawled back."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from tests.support.managed import grants_of, managed_policies, size_of
from tests.support.world import World, day

#: Ten of any size up to this find room on a principal of any kind.
LARGEST = 5_000
SAMPLE = 40
PRINCIPALS = ["role/one", "role/two", "group/three", "user/four"]


def test_forty_policies_go_and_come_back(world: World) -> None:
    for principal in PRINCIPALS:
        world.declare(principal)
    names = list(_spread(_candidates(), 2 * SAMPLE))
    refused = _refused(world, names)
    sample = list(_spread([name for name in names if name not in refused], SAMPLE))
    assert len(set(sample)) == SAMPLE
    for path in (world.root / "requests/aws").glob("*.yaml"):
        path.unlink()
    for index, name in enumerate(sample):
        _ask(world, name, PRINCIPALS[index % len(PRINCIPALS)], day(30) if index % 2 else "never")
    assert world.gitiam("validate").code == 0

    ran = world.gitiam("apply", "--format", "json")
    assert (ran.code, sorted(ran.applied)) == (0, sorted(f"prod/{p}" for p in PRINCIPALS)), ran.err
    assert len(ran.started("apply")) == len(PRINCIPALS)
    drift = world.gitiam("drift", "--format", "json")
    assert (drift.code, drift.json["drift"], drift.json["unread"]) == (0, [], [])
    # Some of it fits into inline policies, and some does not.
    local = {p["PolicyName"] for p in world.iam().list_policies(Scope="Local")["Policies"]}
    assert {"gitiam-group-three-1", "gitiam-user-four-1"} <= local
    assert world.inline("role/one")


def _candidates() -> list[str]:
    """From the smallest to the largest, by name where they are of a size."""
    sizes = {name: size_of(document) for name, document in managed_policies().items()}
    return sorted((n for n in sizes if sizes[n] <= LARGEST), key=lambda name: (sizes[name], name))


def _spread(names: list[str], count: int) -> Iterator[str]:
    """Evenly over the sizes; the largest is among them."""
    for number in range(1, count + 1):
        yield names[number * len(names) // count - 1]


def _ask(world: World, name: str, principal: str, expires: str) -> str:
    grants = yaml.safe_dump(grants_of(managed_policies()[name]), sort_keys=False)
    return world.ask(f"aws/{name.lower()}", grants, principal=principal, expires=expires)


def _refused(world: World, names: list[str]) -> set[str]:
    """Those that gitiam would not take from anybody: full wildcards, actions that do not exist."""
    paths = {_ask(world, name, f"role/{name[:60]}", "never"): name for name in names}
    found = world.gitiam("validate", "--format", "json").json["findings"]
    return {paths[f["path"]] for f in found if f["severity"] == "error"}
