"""A state that was lost, damaged or put back is noticed, told, and made anew from the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Module, Record, Standing, StateVersion
from gitiam.outcomes import Outcome
from gitiam.sync.apply.applier import Applier
from gitiam.sync.apply.fate import IMPORT_FILE
from gitiam.sync.store.lease import Leases
from gitiam.sync.store.ledger import Ledger, record_key
from gitiam.sync.store.state import State, read_state
from tests.support.modules import change, emptied, module, record
from tests.support.objects import Crash, MemoryObjects, ProcessObjects
from tests.support.terraform import Cloud, fake_terraform

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
ARN = "arn:aws:iam::111122223333:role/data-pipeline"
OVERFLOW = "arn:aws:iam::111122223333:policy/gitiam/gitiam-role-data-pipeline-1"
OWN, INLINE, MORE = (
    "aws_iam_role.this",
    "aws_iam_role_policy.inline",
    'aws_iam_policy.overflow["1"]',
)
STATE = f"state/{ROLE}.tfstate"

_ALL = {OWN: "data-pipeline", INLINE: "data-pipeline:gitiam", MORE: OVERFLOW}
LARGE = module(ROLE, "large", creates={OWN: ARN, MORE: OVERFLOW}, imports=_ALL)
SMALL = module(ROLE, "small", creates={OWN: ARN}, imports={OWN: "data-pipeline"})
EMPTY = emptied(KEY)


def apply(cloud: Cloud, found: Module) -> Outcome:
    """A new run; those before it have ended."""
    objects = ProcessObjects(cloud.objects)
    ledger = Ledger(objects)
    applier = Applier(
        fake_terraform(cloud, objects),
        ledger,
        cloud,
        ledger.standings(),
        allow_destroy="all",
        leases=Leases(objects, is_gone=lambda holder: True),
    )
    return applier.apply(change(found))


def lose(cloud: Cloud) -> None:
    cloud.objects.delete(STATE)


def empty(cloud: Cloud) -> None:
    cloud.objects.put(STATE, b"")


def truncate(cloud: Cloud) -> None:
    cloud.objects.put(STATE, (cloud.objects.get(STATE) or b"")[:50])


def put_back(cloud: Cloud) -> None:
    """What the state was before anything was made."""
    body = json.loads(cloud.objects.get(STATE) or b"")
    body |= {"serial": body["serial"] - 1, "identities": {}, "resources": []}
    cloud.objects.put(STATE, json.dumps(body).encode())


def exchange(cloud: Cloud) -> None:
    """The state of another module, by mistake."""
    other = module("prod/role/other", "other", creates={OWN: ARN + "2"})
    apply(cloud, other)
    cloud.objects.put(STATE, cloud.objects.get("state/prod/role/other.tfstate") or b"")


def age(cloud: Cloud) -> None:
    """A format of long ago, which Terraform would translate, or refuse."""
    body = json.loads(cloud.objects.get(STATE) or b"")
    cloud.objects.put(STATE, json.dumps(body | {"version": 3}).encode())


def nest(cloud: Cloud) -> None:
    """All of it in a module inside of the module: Terraform would have it destroyed."""
    body = json.loads(cloud.objects.get(STATE) or b"")
    for resource in body["resources"]:
        resource["module"] = "module.inner"
    cloud.objects.put(STATE, json.dumps(body).encode())


def double(cloud: Cloud) -> None:
    body = json.loads(cloud.objects.get(STATE) or b"")
    body["resources"] *= 2
    cloud.objects.put(STATE, json.dumps(body).encode())


DAMAGES = {
    lose: "is gone",
    empty: "is gone",
    truncate: "cannot be read",
    age: "cannot be read (ValueError: its format is not 4)",
    nest: "cannot be read (ValueError: aws_iam_policy.overflow belongs to a module",
    double: "cannot be read (ValueError: aws_iam_policy.overflow stands in it twice)",
    put_back: "is an old one: serial",
    exchange: "is another one",
}


@pytest.fixture
def cloud() -> Cloud:
    """A module that was applied."""
    cloud = Cloud(MemoryObjects())
    apply(cloud, LARGE)
    cloud.asked.clear()
    return cloud


@pytest.mark.parametrize(("damage", "said"), DAMAGES.items())
@pytest.mark.parametrize("wanted", [SMALL, EMPTY, module(ROLE, "other", creates=LARGE.creates)])
def test_it_is_made_anew(
    cloud: Cloud, damage: Callable[[Cloud], None], said: str, wanted: Module
) -> None:
    damage(cloud)
    outcome = apply(cloud, wanted)
    (note,) = outcome.notes
    assert said in note
    ours = {identity for identity in cloud.exists if not identity.endswith("2")}
    assert ours == set(wanted.creates.values())
    assert cloud.twice == []
    assert cloud.state(KEY).keys() == wanted.imports.keys()
    expected = None if wanted.is_empty else Standing((wanted.digest,))
    assert Ledger(cloud.objects).standings().get(KEY) == expected
    # What was there is kept, and another module's things are as they were.
    assert bool(list(cloud.objects.keys("broken/"))) == (damage not in (lose,))
    assert (ARN + "2" in cloud.exists) == (damage is exchange)


def test_what_is_still_wanted_is_imported_and_what_is_not_is_brought_in_to_go(cloud: Cloud) -> None:
    lose(cloud)
    apply(cloud, SMALL)
    assert IMPORT_FILE in cloud.runs[-1][1]
    assert sorted(cloud.brought_in) == [f"{MORE} {OVERFLOW}", f"{INLINE} data-pipeline:gitiam"]


def test_a_membership_that_has_changed_is_brought_in_as_it_was() -> None:
    """Its address stays the same, so that only what it is called tells what was given."""
    groups = "aws_iam_user_group_membership.groups"
    cloud = Cloud(MemoryObjects())
    apply(cloud, module("prod/user/a", "both", imports={groups: "a/one/two"}))
    cloud.objects.delete("state/prod/user/a.tfstate")
    apply(cloud, module("prod/user/a", "one", imports={groups: "a/one"}))
    assert cloud.brought_in == [f"{groups} a/one/two"]


def test_the_record_of_an_older_gitiam_tells_at_least_what_was_made(cloud: Cloud) -> None:
    ledger = Ledger(cloud.objects)
    now = ledger.page(KEY).record
    assert now
    old = replace(now, state=None, files={}, imports={})
    cloud.objects.put(record_key(KEY, LARGE.digest), old.as_text().encode())
    lose(cloud)
    other = module(ROLE, "other", creates=LARGE.creates)
    assert apply(cloud, other).notes
    assert cloud.exists >= {ARN, OVERFLOW}
    assert cloud.twice == []


def test_a_dead_run_and_a_lost_state_together(cloud: Cloud) -> None:
    """The marker tells what it made beyond the record; the record the rest."""
    second = 'aws_iam_policy.overflow["2"]'
    arn = OVERFLOW.replace("-1", "-2")
    larger = module(ROLE, "larger", creates={**LARGE.creates, second: arn})
    cloud.failing[ROLE] = Crash()
    with pytest.raises(Crash):
        apply(cloud, larger)
    cloud.failing.clear()
    assert arn in cloud.exists
    lose(cloud)
    apply(cloud, SMALL)
    assert cloud.exists == {ARN}
    assert cloud.twice == []


def test_it_may_die_while_it_mends(cloud: Cloud) -> None:
    lose(cloud)
    cloud.failing[ROLE] = Crash()
    more = module(ROLE, "more", creates=SMALL.creates, imports={INLINE + "2": "x"})
    with pytest.raises(Crash):
        apply(cloud, more)
    cloud.failing.clear()
    apply(cloud, EMPTY)
    assert cloud.exists == set()


def test_what_was_taken_out_of_the_state_by_hand_is_brought_in_again(cloud: Cloud) -> None:
    """As by `terraform state rm`: one thing is still wanted, another is not."""
    cloud.save(KEY, {INLINE: cloud.state(KEY)[INLINE]})
    apply(cloud, SMALL)
    assert cloud.exists == {ARN}
    assert cloud.twice == []


def test_a_state_that_somebody_is_at_work_on_is_left_alone(cloud: Cloud) -> None:
    """What cannot be read may be half written."""
    truncate(cloud)
    lock = {"ID": "1", "Who": "alice@laptop", "Created": "2026-11-23T12:00:00Z"}
    cloud.objects.put(f"{STATE}.tflock", json.dumps(lock).encode())
    before = cloud.objects.get(STATE)
    with pytest.raises(GitiamError, match="is locked by alice@laptop"):
        apply(cloud, SMALL)
    assert cloud.objects.get(STATE) == before
    assert Ledger(cloud.objects).standings()[KEY] == Standing((LARGE.digest,))


def test_a_state_as_it_was_left_is_not_touched(cloud: Cloud) -> None:
    outcome = apply(cloud, SMALL)
    assert outcome.notes == []
    assert cloud.brought_in == []
    assert list(cloud.objects.keys("broken/")) == []


# -- what counts as damage ----------------------------------------------------------------------

GOOD = State(StateVersion("a", 5))
SEEN: list[tuple[State, Record | None, bool]] = [
    (State(), None, False),
    (GOOD, None, False),
    (State(broken="x"), None, True),
    (GOOD, replace(record(LARGE), state=StateVersion("a", 5)), False),
    (GOOD, replace(record(LARGE), state=StateVersion("a", 4)), False),
    (GOOD, replace(record(LARGE), state=StateVersion("a", 6)), True),
    (GOOD, replace(record(LARGE), state=StateVersion("b", 5)), True),
    (State(), replace(record(LARGE), state=StateVersion("a", 5)), True),
    (GOOD, record(LARGE), False),
    (State(), record(LARGE), True),
    (State(), record(module(ROLE, "attached")), False),
]


@pytest.mark.parametrize(("state", "then", "is_damaged"), SEEN)
def test_damage(state: State, then: Record | None, is_damaged: bool) -> None:
    assert (state.damage(then) is not None) == is_damaged


@pytest.mark.parametrize(
    "raw",
    [
        *(b"{", b"[]", b"1", b"\xff", b"[" * 100_000, b'{"lineage": "a"}'),
        *(b'{"lineage": 1, "serial": 1}', b'{"lineage": "a", "serial": true}'),
        b'{"lineage": "a", "serial": 1, "resources": [{}]}',
        b'{"version": 4, "lineage": "a", "serial": -1, "resources": []}',
        b'{"version": 4, "lineage": "a", "serial": 1, "resources": {}}',
        b'{"version": 4, "lineage": "a", "serial": 1}',
    ],
)
def test_what_is_no_state_is_broken(raw: bytes) -> None:
    assert read_state(raw).broken


def state_with(*resources: Any, version: Any = 4) -> bytes:
    body = {"version": version, "lineage": "a", "serial": 1, "resources": resources}
    return json.dumps(body).encode()


ONE = {"attributes": {"id": "app"}}
ROLE_IN_STATE = {"mode": "managed", "type": "aws_iam_role", "name": "this", "instances": [ONE]}
DATA_IN_STATE = {"mode": "data", "type": "aws_iam_role", "name": "this", "instances": [ONE]}
LATER = {**ONE, "deposed": "1a2b3c4d"}


def test_what_terraform_writes_is_whole() -> None:
    indexed = [{**ONE, "index_key": key} for key in ("0", 0, 1)]
    many = {**ROLE_IN_STATE, "name": "many", "instances": indexed}
    replaced = {**ROLE_IN_STATE, "name": "replaced", "instances": [ONE, LATER]}
    state = read_state(state_with(ROLE_IN_STATE, DATA_IN_STATE, many, replaced))
    assert state.broken is None
    assert state.addresses == {
        *("aws_iam_role.this", "aws_iam_role.replaced"),
        *('aws_iam_role.many["0"]', "aws_iam_role.many[0]", "aws_iam_role.many[1]"),
    }


@pytest.mark.parametrize("version", [None, 3, 5, "4", 4.0, True])
def test_another_format_is_broken(version: Any) -> None:
    assert read_state(state_with(ROLE_IN_STATE)).broken is None
    assert read_state(state_with(ROLE_IN_STATE, version=version)).broken


@pytest.mark.parametrize(
    "resource",
    [
        {"module": "module.inner"},
        {"module": ""},
        {"mode": "unmanaged"},
        {"type": None},
        {"type": "a\0b"},
        {"type": "-help"},
        {"name": "this this"},
        {"name": ""},
        {"instances": None},
        {"instances": {}},
        {"instances": [ONE, ONE]},
        {"instances": [LATER, LATER]},
        {"instances": [{**ONE, "index_key": "a"}, {**ONE, "index_key": "a"}]},
        {"instances": [{**ONE, "index_key": ["a"]}]},
        {"instances": [{**ONE, "index_key": True}]},
        {"instances": [{"attributes": None}]},
        {"instances": [{"attributes": []}]},
        {"instances": [{"attributes": "x"}]},
        {"instances": [{}]},
        {"instances": ["x"]},
    ],
)
def test_a_damaged_resource_breaks_the_state(resource: dict[str, Any]) -> None:
    for whole in (ROLE_IN_STATE, DATA_IN_STATE):
        assert read_state(state_with(whole | resource)).broken


def test_a_resource_that_stands_twice_breaks_the_state() -> None:
    assert read_state(state_with(ROLE_IN_STATE, ROLE_IN_STATE)).broken
    assert read_state(state_with(DATA_IN_STATE, DATA_IN_STATE)).broken


def test_what_was_not_made_to_the_end_is_told_apart() -> None:
    roles = [{**ONE, "index_key": "a", "status": "tainted"}, {**ONE, "index_key": "b"}]
    resource = {"type": "aws_iam_policy", "name": "overflow", "instances": roles}
    data = {"mode": "data", "type": "x", "name": "y", "instances": [ONE]}
    state = read_state(state_with(resource, data))
    assert state.tainted == {'aws_iam_policy.overflow["a"]'}
    assert state.addresses == {f'aws_iam_policy.overflow["{name}"]' for name in "ab"}
