"""`gitiam ledger`: what people and machines get to see, and the exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitiam.cli.destroying import VARIABLE, go_ahead
from gitiam.cli.main import cli
from gitiam.errors import UsageError
from gitiam.models import ModuleKey
from gitiam.modules import Module, Record, Standing, StateVersion
from gitiam.sync.store.ledger import Ledger, marker_key, record_key
from gitiam.sync.store.objects import FolderObjects
from tests.support.estates import write_estate
from tests.support.modules import marker, module, record

ROLE, USER = "prod/role/data-pipeline", "dev/user/alice"
NOW = module(ROLE, "now", imports={"aws_iam_role_policy.inline": "data-pipeline:gitiam"})
ALICE = module(USER, "alice")
STATE = {
    "version": 4,
    "lineage": "1f2e",
    "serial": 3,
    "resources": [
        {"type": "aws_iam_role_policy", "name": "inline", "instances": [{"attributes": {}}]}
    ],
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["ledger", *arguments], standalone_mode=False)


def recorded(found: Module) -> Record:
    state = StateVersion("1f2e", 3) if found.imports else None
    return replace(record(found), state=state, imports=found.imports)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderObjects:
    """An estate with two modules that were applied, in which we are."""
    write_estate(tmp_path, {})
    monkeypatch.chdir(tmp_path)
    objects = FolderObjects(tmp_path / ".gitiam/store")
    for found in (NOW, ALICE):
        Ledger(objects).finish(found.key, recorded(found), Standing())
    objects.put(f"state/{ROLE}.tfstate", json.dumps(STATE).encode())
    objects.put(f"state/{ROLE}.tfstate.backup", b"{}")
    return objects


def test_list(store: FolderObjects) -> None:
    Ledger(store).begin(ALICE.key, marker(ALICE))
    lines = run("list").output.splitlines()
    assert lines == [
        f"{USER}           {ALICE.digest[:12]}  2026-11-23 12:00 UTC  tests  unfinished",
        f"{ROLE}  {NOW.digest[:12]}  2026-11-23 12:00 UTC  tests",
        "2 modules",
    ]


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        ([], [USER, ROLE]),
        (["--account", "prod"], [ROLE]),
        (["--principal", "user/alice"], [USER]),
        (["--account", "prod", "--principal", "user/alice"], []),
    ],
)
def test_list_for_machines(store: FolderObjects, arguments: list[str], listed: list[str]) -> None:
    found = json.loads(run("list", "--format", "json", *arguments).output)["modules"]
    assert [f"{entry['account']}/{entry['principal']}" for entry in found] == listed
    if ROLE in listed:
        assert found[-1] == {
            "account": "prod",
            "principal": "role/data-pipeline",
            "digest": NOW.digest,
            "applied_at": "2026-11-23T12:00:00.000000+00:00",
            "run": {"actor": "tests"},
            "unfinished": False,
            "held_by": None,
        }


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (["--account", "nope"], "there is no account nope in gitiam.yaml or in", "dev, prod"),
        (["--account", "prd"], "there is no account prd in", "Did you mean prod?"),
        (["--principal", "dave"], "dave names no principal", "role/dave or user/dave"),
        (["--principal", "users/dave"], "users/dave names no", "role/dave or user/dave"),
        (["--principal", "user/"], "user/ names no", "KIND/NAME"),
        (["--principal", "prod/user/a"], "prod/user/a names no", "role/a or user/a"),
    ],
)
def test_list_of_what_there_cannot_be(
    store: FolderObjects, arguments: list[str], said: str, hint: str
) -> None:
    refused = run("list", *arguments).exception
    assert isinstance(refused, UsageError)
    assert refused.message.startswith(said)
    assert hint in (refused.hint or "")


def test_list_knows_accounts_that_the_estate_has_forgotten(store: FolderObjects) -> None:
    old = replace(ALICE, key=replace(ALICE.key, account="old"))
    Ledger(store).finish(old.key, recorded(old), Standing())
    assert run("list", "--account", "old").output.endswith("\n1 module\n")


def test_list_of_nothing_says_that_it_is_nothing(store: FolderObjects) -> None:
    found = run("list", "--principal", "user/nobody")
    assert (found.exit_code, found.stdout) == (0, "0 modules\n")
    assert found.stderr == "the ledger holds nothing of user/nobody\n"


def test_show(store: FolderObjects) -> None:
    shown = run("show", ROLE).output
    assert shown.splitlines() == [
        ROLE,
        "  applied   2026-11-23 12:00 UTC by tests",
        f"  digest    {NOW.digest}",
        "  state     serial 3 of 1f2e",
        "            aws_iam_role_policy.inline",
        "  history",
        f"    2026-11-23 12:00 UTC  {NOW.digest[:12]}  tests  a reason",
    ]
    body = json.loads(run("show", ROLE, "--format", "json").output)
    assert body["record"]["digest"] == NOW.digest
    assert body["marker"] is None
    assert body["state"] == {"lineage": "1f2e", "serial": 3}
    assert [past["reasons"] for past in body["history"]] == [["a reason"]]


@pytest.mark.parametrize("name", ["prod/role/nobody", "nonsense"])
def test_show_of_nothing(store: FolderObjects, name: str) -> None:
    assert run("show", name).exception is not None


def test_a_machine_is_told_from_who_was_at_it(store: FolderObjects) -> None:
    run_of = {"actor": "root", "host": "vm"}
    Ledger(store).finish(NOW.key, replace(recorded(NOW), run=run_of), Standing((NOW.digest,)))
    assert "12:00 UTC  root on vm\n" in run("list").output
    assert "12:00 UTC by root on vm\n" in run("show", ROLE).output


def test_verify(store: FolderObjects) -> None:
    clean = run("verify")
    assert (clean.exit_code, clean.output) == (0, "2 modules looked at, nothing wrong\n")
    store.put(marker_key(ALICE.key), b"{")
    store.delete(f"state/{ROLE}.tfstate")
    wrong = run("verify")
    assert wrong.return_value == 1
    assert wrong.output.splitlines() == [
        f"{USER}: the marker {marker_key(ALICE.key)} cannot be read,"
        " so what was begun is not known",
        f"  gitiam ledger repair {USER}",
        f"{ROLE}: the Terraform state is gone",
        f"  gitiam ledger repair {ROLE}",
        "2 modules looked at, 2 faults",
    ]
    body = json.loads(run("verify", "--format", "json").output)
    assert (body["modules"], len(body["faults"])) == (2, 2)


def test_repair(store: FolderObjects) -> None:
    store.put(record_key(NOW.key, NOW.digest), b"{")
    store.delete(f"state/{ROLE}.tfstate")
    dry = run("repair", "--dry-run")
    what = f"{ROLE}: the unreadable record {NOW.digest[:12]} is moved aside"
    assert dry.output.splitlines()[0] == what
    assert dry.output.splitlines()[-1].endswith("not done: this was a dry run")
    assert store.get(record_key(NOW.key, NOW.digest)) == b"{"

    assert json.loads(run("repair", USER, "--format", "json").output)["done"] == []
    done = run("repair", ROLE)
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == what
    assert store.get(record_key(NOW.key, NOW.digest)) is None
    assert len(list(store.keys("broken/ledger/"))) == 1


@pytest.mark.parametrize("name", [ROLE, "prod/user/nobody"])
def test_a_state_that_is_still_json_is_found_and_mended(store: FolderObjects, name: str) -> None:
    """With a record, and without: then nobody knows what was made."""
    store.put(f"state/{name}.tfstate", json.dumps(STATE | {"version": 3}).encode())
    assert f"{name}: the Terraform state cannot be read" in run("verify").output
    assert f"{name}: it is marked as unfinished" in run("repair").output
    assert marker_key(ModuleKey.parse(name)) in store.keys("ledger/")
    assert run("repair").output == "0 repairs done\n"


def test_what_a_record_says_is_no_order_to_a_terminal(store: FolderObjects) -> None:
    odd = replace(recorded(NOW), run={"actor": "\x1b[2J##[error]"}, reasons=("\x1b]0;x\x07",))
    Ledger(store).finish(NOW.key, odd, Standing((NOW.digest,)))
    for shown in (run("list").output, run("show", ROLE).output):
        assert "\x1b" not in shown
        assert "##[" not in shown


# -- what may be destroyed ----------------------------------------------------------------------

KNOWN = {ROLE, USER}


@pytest.mark.parametrize(
    ("variable", "named", "allowed"),
    [
        ("", [], frozenset()),
        ("false", [], frozenset()),
        ("true", [], "all"),
        ("ALL", [ROLE], "all"),
        (f"{ROLE}, {USER}", [], frozenset(KNOWN)),
        (f"{ROLE}\n{USER}\n", [], frozenset(KNOWN)),
        (USER, [ROLE], frozenset(KNOWN)),
    ],
)
def test_what_may_be_destroyed(
    monkeypatch: pytest.MonkeyPatch, variable: str, named: list[str], allowed: object
) -> None:
    monkeypatch.setenv(VARIABLE, variable)
    assert go_ahead(named, KNOWN).allowed == allowed
    assert go_ahead(named, KNOWN).named >= set(named)


@pytest.mark.parametrize(
    ("variable", "named"), [("yes", []), ("", ["prod/role/x"]), ("true", ["x"])]
)
def test_a_stranger_is_not_to_be_destroyed(
    monkeypatch: pytest.MonkeyPatch, variable: str, named: list[str]
) -> None:
    monkeypatch.setenv(VARIABLE, variable)
    with pytest.raises(UsageError, match="there is no module"):
        go_ahead(named, KNOWN)
