"""What apply refuses, imports, and leaves behind: nothing is taken over, destroyed or doubled."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Module, Standing
from gitiam.sync.apply.applier import Applier
from gitiam.sync.apply.fate import IMPORT_FILE, OVERRIDE_FILE, Fate, extra_files
from gitiam.sync.apply.planner import Planner
from gitiam.sync.store.lease import Leases
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.terraform.workspace import TerraformError
from tests.support.modules import change, emptied, module
from tests.support.objects import Crash, CrashingObjects, MemoryObjects, ProcessObjects
from tests.support.terraform import Cloud, fake_terraform

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
ARN = "arn:aws:iam::111122223333:role/data-pipeline"
ACCESS = f"{ROLE} aws_iam_role_policy.inline"
OVERFLOW = "arn:aws:iam::111122223333:policy/gitiam/gitiam-role-data-pipeline-1"
OWN = "aws_iam_role.this"

INLINE = "aws_iam_role_policy.inline"

_ACCESS = {INLINE: "data-pipeline:gitiam"}
DECLARED = module(ROLE, "declared", creates={OWN: ARN}, imports={OWN: "data-pipeline", **_ACCESS})
CHANGED = module(ROLE, "changed", creates={OWN: ARN}, imports={OWN: "data-pipeline", **_ACCESS})
MOVED = module(ROLE, "moved", creates={OWN: ARN.replace(":role/", ":role/path/")})
ATTACHED = module(ROLE, "attached", imports=_ACCESS)
BARE_ATTACHED = module(ROLE, "nothing of its own")
BARE = module(ROLE, "bare", creates={OWN: ARN}, imports={OWN: "data-pipeline"})
OVERFLOWING = module(ROLE, "overflow", creates={'aws_iam_policy.overflow["1"]': OVERFLOW})
EMPTY = emptied(KEY)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud with nothing in it. Whatever happens, no state ever knows what does not exist."""
    yield Cloud(MemoryObjects())


def applier(cloud: Cloud, *, allow_destroy: bool = False) -> Applier:
    """A new run, as a new process would see the ledger; the runs before it have ended."""
    objects = ProcessObjects(cloud.objects)
    ledger = Ledger(objects)
    return Applier(
        fake_terraform(cloud, objects),
        ledger,
        cloud,
        ledger.standings(),
        {"actor": "x"},
        frozenset({ROLE, "prod/policy/logging"} if allow_destroy else ()),
        leases=Leases(objects, is_gone=lambda holder: True),
    )


def apply(cloud: Cloud, found: Module, *, allow_destroy: bool = False) -> None:
    applier(cloud, allow_destroy=allow_destroy).apply(change(found, "requests/x.yaml changed"))


def standing(cloud: Cloud) -> Standing | None:
    return Ledger(cloud.objects).standings().get(KEY)


def test_a_declared_role_is_made_and_recorded(cloud: Cloud) -> None:
    apply(cloud, DECLARED)
    assert cloud.exists == {ARN, ACCESS}
    assert standing(cloud) == Standing((DECLARED.digest,))
    ledger = Ledger(cloud.objects)
    record = ledger.record(KEY, ledger.standings()[KEY])
    assert record
    assert record.creates == {OWN: ARN}
    assert record.reasons == ("requests/x.yaml changed",)
    assert record.run == {"actor": "x"}


def test_live_iam_is_asked_only_about_what_is_to_be_made(cloud: Cloud) -> None:
    apply(cloud, ATTACHED)
    assert cloud.asked == []
    apply(cloud, DECLARED)
    assert cloud.asked == [ARN]
    apply(cloud, CHANGED)
    assert cloud.asked == [ARN]


# -- what exists already ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "arn"), [(DECLARED, ARN), (OVERFLOWING, OVERFLOW)], ids=["role", "overflow"]
)
def test_what_exists_already_is_not_taken_over(cloud: Cloud, found: Module, arn: str) -> None:
    cloud.exists.add(arn)
    with pytest.raises(GitiamError, match="exists already, and was not made by gitiam") as error:
        apply(cloud, found)
    assert arn in str(error.value)
    assert cloud.runs == []
    assert standing(cloud) is None


def test_a_refusal_leaves_what_was_applied_before(cloud: Cloud) -> None:
    apply(cloud, ATTACHED)
    cloud.exists.add(ARN)
    with pytest.raises(GitiamError, match="exists already"):
        apply(cloud, DECLARED)
    assert standing(cloud) == Standing((ATTACHED.digest,))


def test_what_the_state_knows_is_gitiams_own(cloud: Cloud) -> None:
    """The ledger was lost, the state was not."""
    apply(cloud, DECLARED)
    for key in list(cloud.objects.keys("ledger/")):
        cloud.objects.delete(key)
    apply(cloud, DECLARED)
    assert cloud.runs == [(ROLE, []), (ROLE, [])]
    assert standing(cloud) == Standing((DECLARED.digest,))


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"resources": [{}]}', b'{"resources": 1}'])
def test_a_state_that_cannot_be_read_makes_nothing_gitiams_own(cloud: Cloud, raw: bytes) -> None:
    """No record tells what it held; it is kept for whoever wants to find out."""
    cloud.exists.add(ARN)
    cloud.objects.put(f"state/{ROLE}.tfstate", raw)
    with pytest.raises(GitiamError, match="exists already, and was not made by gitiam"):
        apply(cloud, DECLARED)
    assert cloud.runs == []
    (kept,) = cloud.objects.keys("broken/")
    assert kept.startswith(f"broken/state/{ROLE}.tfstate.2")
    assert cloud.objects.get(kept) == raw


# -- a run that died ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "arn", "imported"),
    [(BARE, ARN, "data-pipeline"), (OVERFLOWING, OVERFLOW, OVERFLOW)],
    ids=["role", "overflow"],
)
def test_what_a_dead_run_made_is_imported(
    cloud: Cloud, found: Module, arn: str, imported: str
) -> None:
    cloud.failing[ROLE] = Crash()
    with pytest.raises(Crash):
        apply(cloud, found)
    assert cloud.exists == {arn}
    assert standing(cloud) == Standing((), unfinished=True)
    cloud.failing.clear()
    files = extra_files(found, list(found.creates), Fate(), may_destroy=False)
    (block,) = json.loads(files[IMPORT_FILE])["import"]
    assert block == {"to": next(iter(found.creates)), "id": imported}
    apply(cloud, found)
    assert cloud.runs[-1] == (ROLE, [IMPORT_FILE])
    assert standing(cloud) == Standing((found.digest,))
    assert cloud.exists == {arn}


def test_it_may_die_again_and_again(cloud: Cloud) -> None:
    cloud.failing[ROLE] = Crash()
    for found in (DECLARED, CHANGED):
        with pytest.raises(Crash):
            apply(cloud, found)
    cloud.failing.clear()
    apply(cloud, CHANGED)
    assert cloud.exists == {ARN, ACCESS}
    assert standing(cloud) == Standing((CHANGED.digest,))


def test_what_a_dead_run_made_goes_when_nobody_wants_it_any_more(cloud: Cloud) -> None:
    cloud.failing[ROLE] = Crash()
    with pytest.raises(Crash):
        apply(cloud, ATTACHED)
    assert cloud.exists == {ACCESS}
    cloud.failing.clear()
    apply(cloud, EMPTY)
    assert cloud.exists == set()
    assert standing(cloud) is None


def test_what_failed_and_is_in_the_state_needs_no_import(cloud: Cloud) -> None:
    cloud.failing[ROLE] = TerraformError("Throttling")
    with pytest.raises(TerraformError, match="Throttling"):
        apply(cloud, DECLARED)
    cloud.failing.clear()
    apply(cloud, DECLARED)
    assert cloud.runs[-1] == (ROLE, [])
    assert standing(cloud) == Standing((DECLARED.digest,))


def test_what_somebody_else_made_after_a_failure_before_it_is_still_not_gitiams(
    cloud: Cloud,
) -> None:
    """A marker tells what was absent when gitiam began; what was there then, is not its own."""
    apply(cloud, ATTACHED)
    cloud.failing[ROLE] = TerraformError("Throttling")
    failing = module(ROLE, "with overflow", creates={'aws_iam_policy.overflow["1"]': OVERFLOW})
    with pytest.raises(TerraformError):
        apply(cloud, failing)
    cloud.failing.clear()
    cloud.exists.add(ARN)
    with pytest.raises(GitiamError, match="exists already"):
        apply(cloud, DECLARED)


def test_the_marker_stays_until_an_apply_ends_well(cloud: Cloud) -> None:
    apply(cloud, ATTACHED)
    cloud.failing[ROLE] = TerraformError("no")
    with pytest.raises(TerraformError):
        apply(cloud, DECLARED)
    assert standing(cloud) == Standing((ATTACHED.digest,), unfinished=True)
    marker = Ledger(cloud.objects).marker(KEY)
    assert marker
    assert marker.digest == DECLARED.digest
    assert marker.absent == (OWN,)
    assert marker.creates == {OWN: ARN}
    cloud.failing.clear()
    apply(cloud, DECLARED)
    assert Ledger(cloud.objects).marker(KEY) is None


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_write_of_the_store_doubles_nothing(after: bool) -> None:
    """Marker, state, history, record, marker: the next run ends well after each, once and alike."""
    at = 0
    while True:
        at += 1
        store = MemoryObjects()
        cloud = Cloud(CrashingObjects(store, at, after=after))
        try:
            apply(cloud, DECLARED)
        except Crash:
            pass
        else:
            break
        cloud.objects = store
        apply(cloud, DECLARED)
        assert cloud.exists == {ARN, ACCESS}
        assert cloud.state(KEY) == {OWN: ARN, INLINE: ACCESS}
        assert standing(cloud) == Standing((DECLARED.digest,))
    assert at > 4


# -- what would destroy a principal -------------------------------------------------------------


@pytest.mark.parametrize("found", [ATTACHED, BARE_ATTACHED], ids=["access", "none"])
def test_a_principal_that_is_still_asked_for_is_let_go(cloud: Cloud, found: Module) -> None:
    """It stays, with or without the option, and gitiam no longer knows it as its own."""
    apply(cloud, DECLARED)
    apply(cloud, found, allow_destroy=True)
    assert ARN in cloud.exists
    assert standing(cloud) == Standing((found.digest,))
    apply(cloud, EMPTY)
    assert cloud.exists == {ARN}
    assert standing(cloud) is None


def test_a_principal_is_kept_though_its_access_goes(cloud: Cloud) -> None:
    found = EMPTY
    apply(cloud, DECLARED)
    with pytest.raises(GitiamError, match=f"would destroy {ARN} itself") as error:
        apply(cloud, found)
    assert "its access was taken away, and it was kept" in str(error.value)
    assert "--allow-destroy" in str(error.value)
    assert cloud.exists == {ARN}
    assert standing(cloud) == Standing((DECLARED.digest,), unfinished=True)
    apply(cloud, found, allow_destroy=True)
    assert cloud.exists == set()
    assert standing(cloud) is None


def test_the_marker_tells_what_waits_for_a_decision_from_what_failed(cloud: Cloud) -> None:
    def kept() -> str:
        left = Ledger(cloud.objects).marker(KEY)
        assert left is not None
        return left.kept

    apply(cloud, DECLARED)
    for _ in range(2):
        with pytest.raises(GitiamError, match="would destroy"):
            apply(cloud, EMPTY)
        assert kept() == ARN
    # It is wanted again, and that fails: now it is not known what is live.
    cloud.failing[ROLE] = TerraformError("no")
    with pytest.raises(TerraformError):
        apply(cloud, CHANGED)
    assert kept() == ""


def test_a_plan_says_that_a_principal_is_kept_and_how_an_apply_ends(cloud: Cloud) -> None:
    """Nothing is left to plan, so no Terraform is asked."""
    apply(cloud, DECLARED)
    with pytest.raises(GitiamError, match="would destroy"):
        apply(cloud, EMPTY)
    ledger = Ledger(cloud.objects)
    planner = Planner(fake_terraform(cloud, cloud.objects), ledger, ledger.standings())
    runs = len(cloud.runs)
    outcome = planner.plan(change(EMPTY))
    assert len(cloud.runs) == runs
    assert outcome.kept == ARN
    assert outcome.notes == [
        f"{ARN} itself is kept until --allow-destroy {ROLE}; without that, an apply ends with 1"
    ]


def test_a_principal_is_not_made_anew_elsewhere(cloud: Cloud) -> None:
    apply(cloud, DECLARED)
    runs = len(cloud.runs)
    with pytest.raises(GitiamError, match=f"would destroy {ARN} itself.*nothing was done"):
        apply(cloud, MOVED)
    assert len(cloud.runs) == runs
    assert standing(cloud) == Standing((DECLARED.digest,))


def test_a_shared_policy_is_kept_whole(cloud: Cloud) -> None:
    """It has no access apart from itself."""
    arn = "arn:aws:iam::111122223333:policy/logging"
    policy = module("prod/policy/logging", "p", creates={"aws_iam_policy.this": arn})
    apply(cloud, policy)
    with pytest.raises(GitiamError, match=f"would destroy {arn} itself.*nothing was done"):
        apply(cloud, emptied(policy.key))
    assert cloud.exists == {arn}
    apply(cloud, emptied(policy.key), allow_destroy=True)
    assert cloud.exists == set()


def test_it_is_refused_though_the_run_that_made_it_died(cloud: Cloud) -> None:
    cloud.failing[ROLE] = Crash()
    with pytest.raises(Crash):
        apply(cloud, DECLARED)
    cloud.failing.clear()
    with pytest.raises(GitiamError, match="would destroy"):
        apply(cloud, EMPTY)


def test_it_is_refused_though_a_run_that_was_allowed_to_has_died(cloud: Cloud) -> None:
    apply(cloud, DECLARED)
    store = cloud.objects
    cloud.objects = CrashingObjects(store, 1, after=True)
    with pytest.raises(Crash):
        apply(cloud, EMPTY, allow_destroy=True)
    cloud.objects = store
    with pytest.raises(GitiamError, match="would destroy"):
        apply(cloud, EMPTY)


@pytest.mark.parametrize("found", [EMPTY, DECLARED], ids=["empty", "declared"])
def test_access_alone_may_always_be_taken_away(cloud: Cloud, found: Module) -> None:
    apply(cloud, OVERFLOWING)
    apply(cloud, found)
    assert standing(cloud) == (None if found.is_empty else Standing((found.digest,)))


def test_the_guard_is_lifted_in_the_module_only_on_request(cloud: Cloud) -> None:
    """Replacing a principal in place, as for another description, is destroying it too."""
    apply(cloud, DECLARED)
    apply(cloud, CHANGED)
    assert cloud.runs[-1] == (ROLE, [])
    apply(cloud, DECLARED, allow_destroy=True)
    assert cloud.runs[-1] == (ROLE, [OVERRIDE_FILE])
    files = extra_files(DECLARED, [], Fate(), may_destroy=True)
    assert json.loads(files[OVERRIDE_FILE]) == {
        "resource": {"aws_iam_role": {"this": {"lifecycle": {"prevent_destroy": False}}}}
    }
    assert extra_files(ATTACHED, [], Fate(), may_destroy=True) == {}
