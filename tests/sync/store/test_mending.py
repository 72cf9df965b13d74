"""What `ledger verify` finds in a store, and what `ledger repair` makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from gitiam.errors import GitiamError
from gitiam.ledgers import Flaw
from gitiam.models import ModuleKey
from gitiam.modules import Holder, Module, Record, Standing
from gitiam.sync.apply.applier import Applier
from gitiam.sync.store.holders import this_holder
from gitiam.sync.store.inspection import Inspection
from gitiam.sync.store.lease import Clock, Leases
from gitiam.sync.store.ledger import Ledger, marker_key, record_key
from gitiam.sync.store.mending import Mending
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.modules import change, emptied, marker, module
from tests.support.objects import Crash, CrashingObjects, MemoryObjects, ProcessObjects
from tests.support.terraform import Cloud, fake_terraform

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
ARN = "arn:aws:iam::111122223333:role/data-pipeline"
OWN, INLINE = "aws_iam_role.this", "aws_iam_role_policy.inline"
_ALL = {OWN: "data-pipeline", INLINE: "data-pipeline:gitiam"}
NOW = module(ROLE, "now", creates={OWN: ARN}, imports=_ALL)
OTHER = module("prod/user/alice", "alice", imports={"aws_iam_user_policy.inline": "alice:gitiam"})
STATE = f"state/{ROLE}.tfstate"


def apply(cloud: Cloud, found: Module) -> None:
    """A new run; those before it have ended."""
    ledger = Ledger(cloud.objects)
    Applier(
        fake_terraform(cloud),
        ledger,
        cloud,
        ledger.standings(),
        allow_destroy="all",
        leases=Leases(cloud.objects, is_gone=lambda holder: True),
    ).apply(change(found))


def flaws(cloud: Cloud) -> set[tuple[str, Flaw]]:
    inspection = Inspection(Ledger(cloud.objects))
    return {(fault.where, fault.flaw) for fault in inspection.faults(inspection.catalogue())}


def mend(cloud: Cloud, *break_locks: str, dry: bool = False) -> list[str]:
    """Mend every module; what was said to be done."""
    return _mend(Ledger(cloud.objects), *break_locks, dry=dry)


def _mend(ledger: Ledger, *break_locks: str, dry: bool = False) -> list[str]:
    catalogue = Inspection(ledger).catalogue()
    mending = Mending(ledger, frozenset(break_locks), dry)
    return [deed.what for key in catalogue.modules for deed in mending.mend(key, catalogue)]


def record(cloud: Cloud) -> Record:
    found = Ledger(cloud.objects).page(KEY).record
    assert found
    return found


# -- damages ------------------------------------------------------------------------------------


def several_records(cloud: Cloud) -> None:
    old = replace(record(cloud), digest="0" * 64, applied_at="2020-01-01T00:00:00.000000+00:00")
    cloud.objects.put(record_key(KEY, old.digest), old.as_text().encode())


def unreadable_record(cloud: Cloud) -> None:
    cloud.objects.put(record_key(KEY, NOW.digest), b"{")


def record_of_another(cloud: Cloud) -> None:
    cloud.objects.put(record_key(KEY, "0" * 64), record(cloud).as_text().encode())
    cloud.objects.delete(record_key(KEY, NOW.digest))


def unreadable_marker(cloud: Cloud) -> None:
    cloud.objects.put(marker_key(KEY), b"\xff")


def lost_record(cloud: Cloud) -> None:
    cloud.objects.delete(record_key(KEY, NOW.digest))


def lost_state(cloud: Cloud) -> None:
    cloud.objects.delete(STATE)


def broken_state(cloud: Cloud) -> None:
    cloud.objects.put(STATE, b'{"version": 4')


def forgetful_state(cloud: Cloud) -> None:
    """Somebody has taken the role out of it by hand: `terraform state rm`."""
    cloud.save(KEY, {INLINE: f"{ROLE} {INLINE}"})


def failed_run(cloud: Cloud) -> None:
    cloud.failing[ROLE] = TerraformError("Throttling")
    with pytest.raises(TerraformError):
        apply(cloud, module(ROLE, "more", creates=NOW.creates, imports={**_ALL, "x.y": "z"}))
    cloud.failing.clear()


def dead_run(cloud: Cloud) -> None:
    """One that began to apply what is applied already, and died."""
    gone = replace(this_holder(), started="1")
    Ledger(cloud.objects).begin(KEY, replace(marker(NOW), holder=gone))


@dataclass(frozen=True)
class Damage:
    """How the store is damaged, what is found, and whether a repair leaves the module pending."""

    do: Callable[[Cloud], None]
    found: set[Flaw]
    is_pending: bool = True
    is_mended: bool = True


DAMAGES = [
    Damage(several_records, {Flaw.SEVERAL_RECORDS}),
    Damage(unreadable_record, {Flaw.UNREADABLE_RECORD}),
    Damage(record_of_another, {Flaw.UNREADABLE_RECORD}),
    Damage(unreadable_marker, {Flaw.UNREADABLE_MARKER}),
    Damage(lost_record, {Flaw.ORPHAN_STATE}),
    Damage(lost_state, {Flaw.DAMAGED_STATE}),
    Damage(broken_state, {Flaw.DAMAGED_STATE}),
    Damage(forgetful_state, {Flaw.MISSING_RESOURCES}),
    Damage(failed_run, {Flaw.UNFINISHED}, is_mended=False),
    Damage(dead_run, {Flaw.UNFINISHED}, is_pending=False),
]
every_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.do.__name__)


@pytest.fixture
def cloud() -> Cloud:
    """Two modules that were applied."""
    return applied()


def applied() -> Cloud:
    cloud = Cloud(MemoryObjects())
    apply(cloud, NOW)
    apply(cloud, OTHER)
    return cloud


def test_nothing_is_wrong(cloud: Cloud) -> None:
    assert flaws(cloud) == set()
    assert mend(cloud) == []


def test_nothing_is_wrong_when_all_has_been_emptied(cloud: Cloud) -> None:
    apply(cloud, emptied(KEY))
    assert flaws(cloud) == set()


@every_damage
def test_it_is_found_and_mended(cloud: Cloud, damage: Damage) -> None:
    damage.do(cloud)
    assert flaws(cloud) == {(ROLE, flaw) for flaw in damage.found}

    before = dict(cloud.objects.held)  # type: ignore[attr-defined]
    would = mend(cloud, dry=True)
    assert cloud.objects.held == before  # type: ignore[attr-defined]
    assert bool(would) == damage.is_mended
    assert sorted(mend(cloud)) == sorted(would)

    standing = Ledger(cloud.objects).standings()[KEY]
    assert (standing.digest != NOW.digest) == damage.is_pending
    # Twice is not worse than once, and nothing is thrown away that says what is there.
    assert mend(cloud) == []
    assert Ledger(cloud.objects).standings()[KEY] == standing
    if standing.digest != NOW.digest:
        apply(cloud, NOW)
    assert flaws(cloud) == set()
    assert cloud.exists == {ARN, f"{ROLE} {INLINE}", "prod/user/alice aws_iam_user_policy.inline"}
    assert cloud.twice == []


@every_damage
@pytest.mark.parametrize("after", [False, True])
def test_a_repair_may_die_at_any_write(damage: Damage, after: bool) -> None:
    """It never makes a module look clean that is not."""
    at = 0
    while True:
        at += 1
        cloud = applied()
        damage.do(cloud)
        try:
            _mend(Ledger(CrashingObjects(cloud.objects, at, after=after)))
        except Crash:
            pass
        else:
            break
        # Nobody else's process has our number: what died here looks alive.
        for key in cloud.objects.keys("ledger/"):
            if key.endswith("applying.json") and key == marker_key(KEY):
                left = Ledger(cloud.objects)
                try:
                    found = left.marker(KEY)
                except GitiamError:
                    continue
                assert found
                gone = Holder("", "", 0, "", "") if found.holder else None
                left.begin(KEY, replace(found, holder=gone, renewed_at="2020-01-01T00:00:00+00:00"))
        if flaws(cloud):
            mend(cloud)
        if Ledger(cloud.objects).standings().get(KEY) != Standing((NOW.digest,)):
            apply(cloud, NOW)
        assert flaws(cloud) == set()
        assert ARN in cloud.exists
        assert cloud.twice == []
    assert (at > 1) == damage.is_mended


def test_what_is_being_applied_is_left_in_peace(cloud: Cloud) -> None:
    several_records(cloud)
    lost_state(cloud)
    lease, _ = Leases(cloud.objects).take(KEY, marker(NOW))
    assert flaws(cloud) == set()
    assert mend(cloud) == []
    entry = next(
        e
        for e in Inspection(Ledger(cloud.objects)).entries(
            [KEY], Inspection(Ledger(cloud.objects)).catalogue()
        )
    )
    assert entry.held_by
    assert this_holder().host in entry.held_by
    lease.let_go(lease.marker)
    assert flaws(cloud)


def test_a_lock_is_broken_only_where_that_was_said(cloud: Cloud) -> None:
    lock = {"ID": "1", "Who": "alice@laptop", "Created": "2026-11-23T12:00:00Z"}
    cloud.objects.put(f"{STATE}.tflock", json.dumps(lock).encode())
    inspection = Inspection(Ledger(cloud.objects))
    (fault,) = inspection.faults(inspection.catalogue())
    assert fault.flaw is Flaw.STATE_LOCK
    assert "alice@laptop since 2026-11-23T12:00" in fault.what
    assert f"--break-lock {ROLE}" in fault.remedy
    assert mend(cloud) == []
    assert mend(cloud, ROLE) == ["the lock on its state is taken away"]
    assert flaws(cloud) == set()
    assert Ledger(cloud.objects).standings()[KEY] == Standing((NOW.digest,))


@pytest.mark.parametrize(
    "key",
    ["ledger/README.md", "state/x", "state/prod/robot/x.tfstate", "history/prod/role/x/notes.txt"],
)
def test_an_object_that_gitiam_did_not_write_is_named_and_left(cloud: Cloud, key: str) -> None:
    cloud.objects.put(key, b"x")
    assert flaws(cloud) == {(key, Flaw.STRAY_OBJECT)}
    assert mend(cloud) == []
    assert cloud.objects.get(key) == b"x"


def test_the_life_of_a_module(cloud: Cloud) -> None:
    apply(cloud, replace(NOW, digest="f" * 64))
    inspection = Inspection(Ledger(cloud.objects))
    found = inspection.biography(KEY, inspection.catalogue())
    assert [past.digest for past in found.history] == [NOW.digest, "f" * 64]
    assert found.entry.record == found.history[-1]
    assert found.addresses == (OWN, INLINE)
    assert found.state is not None
    with pytest.raises(GitiamError, match="nothing of prod/role/nobody"):
        inspection.biography(ModuleKey.parse("prod/role/nobody"), inspection.catalogue())


def test_several_are_read_at_a_time_where_the_store_is_distant(cloud: Cloud) -> None:
    objects = ProcessObjects(cloud.objects)
    objects.is_distant = True
    several_records(cloud)
    inspection = Inspection(Ledger(objects))
    (fault,) = inspection.faults(inspection.catalogue())
    assert fault.flaw is Flaw.SEVERAL_RECORDS
    assert Clock().timestamp()


def test_a_record_whose_history_was_lost_in_a_crash_gets_it_before_it_is_replaced(
    cloud: Cloud,
) -> None:
    """Where the store is distant, both are written at once, and only the record may have been."""
    then = record(cloud)
    for key in list(cloud.objects.keys(f"history/{ROLE}/")):
        cloud.objects.delete(key)
    dead_run(cloud)
    apply(cloud, replace(NOW, digest="f" * 64))
    inspection = Inspection(Ledger(cloud.objects))
    found = inspection.biography(KEY, inspection.catalogue())
    assert [past.digest for past in found.history] == [then.digest, "f" * 64]
