"""What somebody has written into the store, and what reading it must not do."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Marker, Module, Record, Standing
from gitiam.sync.apply.applier import Applier
from gitiam.sync.machine.process import Processes, exchange
from gitiam.sync.store.inspection import Inspection
from gitiam.sync.store.lease import Leases
from gitiam.sync.store.ledger import Ledger, record_key
from gitiam.sync.store.objects import FolderObjects
from gitiam.sync.store.state import lock_in_bucket, state_key
from tests.support.modules import change, marker, module, record
from tests.support.objects import MemoryObjects
from tests.support.terraform import Cloud, fake_terraform

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
OWN, ARN = "aws_iam_role.this", "arn:aws:iam::111122223333:role/data-pipeline"
NOW = module(ROLE, "now", creates={OWN: ARN}, imports={OWN: "data-pipeline"})
NEXT = module(ROLE, "next", creates={OWN: ARN}, imports={OWN: "data-pipeline"})


def apply(cloud: Cloud, found: Module) -> None:
    ledger = Ledger(cloud.objects)
    Applier(
        fake_terraform(cloud, cloud.objects),
        ledger,
        cloud,
        ledger.standings(),
        allow_destroy="all",
        leases=Leases(cloud.objects, is_gone=lambda holder: True),
    ).apply(change(found))


# -- times --------------------------------------------------------------------------------------

NO_TIMES = ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-23", "", "soon"]


@pytest.mark.parametrize("moment", NO_TIMES)
def test_a_record_of_no_time_is_one_that_cannot_be_read(moment: str) -> None:
    """Beside a marker its history would be written, under its time."""
    cloud = Cloud(MemoryObjects())
    apply(cloud, NOW)
    raw = json.dumps(asdict(record(NOW)) | {"applied_at": moment}).encode()
    cloud.objects.put(record_key(KEY, NOW.digest), raw)
    assert Ledger(cloud.objects).page(KEY).record is None
    Ledger(cloud.objects).begin(KEY, marker(NOW))
    faults = Inspection(Ledger(cloud.objects)).faults(Inspection(Ledger(cloud.objects)).catalogue())
    assert "unreadable-record" in [fault.flaw for fault in faults]
    apply(cloud, NEXT)
    assert Ledger(cloud.objects).standings() == {KEY: Standing((NEXT.digest,))}


def test_the_later_of_two_records_is_the_later_one_in_utc() -> None:
    ledger = Ledger(MemoryObjects())
    for found, at in ((NOW, "2026-11-23T13:00:00+09:00"), (NEXT, "2026-11-23T12:00:00+00:00")):
        ledger.objects.put(record_key(KEY, found.digest), record(found, at).as_text().encode())
    found_record = ledger.page(KEY).record
    assert found_record is not None
    assert found_record.digest == NEXT.digest


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_the_first_and_the_last_time_have_a_place_in_the_history(moment: str) -> None:
    ledger = Ledger(MemoryObjects())
    ledger.remember(KEY, Record.from_text(record(NOW, moment).as_text()))
    assert Inspection(ledger).catalogue().strays == []


@pytest.mark.parametrize("moment", NO_TIMES)
def test_a_marker_of_no_time_stops_nobody(moment: str) -> None:
    cloud = Cloud(MemoryObjects())
    Ledger(cloud.objects).begin(KEY, replace(marker(NOW), started_at=moment, renewed_at=moment))
    apply(cloud, NOW)
    assert Ledger(cloud.objects).standings() == {KEY: Standing((NOW.digest,))}


# -- what becomes an argument, or a file --------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "aws_iam_role.a\0b",
        "-help",
        "-help.this",
        "aws_iam_role",
        "aws_iam_role.this -x",
        'aws_iam_policy.overflow["\n"]',
        "module.x.aws_iam_role.this",
        "",
    ],
)
def test_an_address_is_none_that_a_command_could_misread(address: str) -> None:
    for part in ("creates", "imports"):
        for whole, kind in ((record(NOW), Record), (marker(NOW), Marker)):
            body = json.loads(whole.as_text())
            body[part] = {address: "x"}
            with pytest.raises(ValueError, match="no address"):
                kind.from_text(json.dumps(body))
            body[part] = {OWN: "x\0y"}
            with pytest.raises(ValueError, match="no address"):
                kind.from_text(json.dumps(body))


@pytest.mark.parametrize(
    "path", ["../x", "policies/../../x", "/etc/x", "policies//x", ".", "a\0", "policies/..", ""]
)
def test_a_remembered_file_lies_in_the_folder_of_its_module(path: str) -> None:
    for whole, kind in ((record(NOW), Record), (marker(NOW), Marker)):
        body = json.loads(whole.as_text()) | {"files": {path: "x"}}
        with pytest.raises(ValueError, match="no file of a module"):
            kind.from_text(json.dumps(body))


def test_what_gitiam_writes_is_read() -> None:
    indexed = {'aws_iam_policy.overflow["1"]': ARN, "aws_iam_role.this": "a+=,.@-_"}
    files = {"main.tf": "", ".terraform.lock.hcl": "", "policies/overflow-1.json": ""}
    for whole in (replace(record(NOW), imports=indexed, files=files),):
        assert Record.from_text(whole.as_text()) == whole
    begun = replace(marker(NOW), imports=indexed, files=files)
    assert Marker.from_text(begun.as_text()) == begun


@pytest.mark.parametrize("name", ["a\0b", "-help", "", "a b", "x" * 65, 5, None, ["a"]])
def test_a_lock_has_an_id_that_a_command_can_be_given(name: Any) -> None:
    objects = MemoryObjects()
    objects.put(f"{state_key(KEY)}.tflock", json.dumps({"ID": name}).encode())
    with pytest.raises(GitiamError, match="the lock on the state of prod/role/data-pipeline"):
        lock_in_bucket(objects, KEY)


def test_a_lock_of_terraform_is_read() -> None:
    objects, name = MemoryObjects(), "9db590f1-b6fe-c5f2-2678-8804f089deba"
    objects.put(f"{state_key(KEY)}.tflock", json.dumps({"ID": name}).encode())
    lock = lock_in_bucket(objects, KEY)
    assert lock is not None
    assert lock.id == name


def test_a_kept_principal_with_a_damaged_state_is_no_bug() -> None:
    """Its access goes resource by resource, and each becomes an argument."""
    cloud = Cloud(MemoryObjects())
    apply(cloud, NOW)
    body = json.loads(cloud.objects.get(state_key(KEY)) or b"")
    body["resources"][0]["type"] = "a\0b"
    cloud.objects.put(state_key(KEY), json.dumps(body).encode())
    Ledger(cloud.objects).begin(KEY, marker(NOW))
    faults = Inspection(Ledger(cloud.objects)).faults(Inspection(Ledger(cloud.objects)).catalogue())
    assert "damaged-state" in [fault.flaw for fault in faults]


@pytest.mark.parametrize("argument", ["a\0b", "a\ud800"])
def test_an_argument_that_none_can_have_is_an_error_and_no_bug(
    tmp_path: Path, argument: str
) -> None:
    for environment in ({}, {"X": argument}):
        arguments = ["/bin/true"] if environment else ["/bin/true", argument]
        with pytest.raises(GitiamError, match="cannot be started"):
            Processes().run(arguments, folder=tmp_path, environment=environment)
        with pytest.raises(GitiamError, match="cannot be started"):
            exchange(arguments, folder=tmp_path, environment=environment)


# -- what is neither a file nor a folder --------------------------------------------------------


def link(path: Path) -> None:
    """The same folder, or file, somewhere else."""
    elsewhere = path.parent.parent.parent.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def loop(path: Path) -> None:
    link(path)
    path.unlink()
    path.symlink_to(path)


def pipe(path: Path) -> None:
    link(path)
    path.unlink()
    os.mkfifo(path)


@pytest.fixture
def store(tmp_path: Path) -> FolderObjects:
    """A folder with one module that was applied."""
    objects = FolderObjects(tmp_path / "here" / "is" / "the" / "store")
    Ledger(objects).finish(KEY, record(NOW), Standing())
    objects.put(state_key(KEY), b"{}")
    return objects


@pytest.mark.parametrize("damage", [link, loop, pipe])
@pytest.mark.parametrize("key", ["ledger", "ledger/prod", "ledger/prod/role", f"ledger/{ROLE}"])
def test_nothing_hides_a_folder_of_the_ledger(
    store: FolderObjects, key: str, damage: Callable[[Path], None]
) -> None:
    """An account that nobody sees any more would keep its access."""
    damage(store.folder / key)
    for look in (Ledger(store).standings, lambda: Ledger(store).page(KEY)):
        with pytest.raises(GitiamError, match=re.escape(f"store/{key} is neither a file nor a")):
            look()


@pytest.mark.parametrize("damage", [link, loop, pipe])
def test_nothing_stands_for_a_file_of_the_store(
    store: FolderObjects, damage: Callable[[Path], None]
) -> None:
    for key in (record_key(KEY, NOW.digest), state_key(KEY)):
        held = store.read(key)
        assert held
        damage(store.folder / key)
        ways: list[Callable[[], object]] = [
            lambda key=key: store.get(key),  # type: ignore[misc]
            lambda key=key: store.put(key, b""),  # type: ignore[misc]
            lambda key=key: store.delete(key),  # type: ignore[misc]
            lambda key=key: store.is_busy(key),  # type: ignore[misc]
            lambda key=key: store.create(key, b""),  # type: ignore[misc]
            lambda key=key, held=held: store.replace(key, b"", held.version),  # type: ignore[misc]
            lambda: list(store.keys("")),
        ]
        for way in ways:
            with pytest.raises(GitiamError, match="is neither a file nor a folder"):
                way()
        (store.folder / key).unlink()


def test_the_store_itself_may_be_a_link(store: FolderObjects, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store.folder)
    assert Ledger(FolderObjects(tmp_path / "link")).standings() == Ledger(store).standings()


def test_what_a_writer_has_just_renamed_is_passed_over(
    store: FolderObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file system does not say what an entry is, a file that has gone is neither."""

    class Gone:
        name, path = ".x", str(store.folder / ".x")

        def is_dir(self, *, follow_symlinks: bool) -> bool:
            return False

        def is_file(self, *, follow_symlinks: bool) -> bool:
            return False

    class Entries(list[Gone], AbstractContextManager[Any]):
        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(os, "scandir", lambda _: Entries([Gone()]))
    assert list(store.keys("")) == []


# -- names --------------------------------------------------------------------------------------

NO_MODULES = [
    "prod/role/x\n::warning::pwned \x1b[31mred",
    "prod/role/x\n",
    "prod/role/r\u00e9gis",
    "prod/role/a b",
    "prod/role/..",
    f"prod/role/{'x' * 65}",
    f"prod/group/{'x' * 129}",
    "prod/queue/x",
    "Prod/role/x",
    "prod\n/role/x",
    f"{'p' * 64}/role/x",
]


@pytest.mark.parametrize("name", NO_MODULES)
def test_what_no_request_can_name_is_no_module(name: str) -> None:
    """And never passed over: a listing that lacks something is no proof that all is well."""
    with pytest.raises(ValueError, match=r"."):
        ModuleKey.parse(name)
    ledger = Ledger(MemoryObjects())
    key = f"ledger/{name}/{NOW.digest}.json"
    ledger.objects.put(key, record(NOW).as_text().encode())
    with pytest.raises(GitiamError, match="which gitiam did not write"):
        ledger.standings()
    ledger.objects.put(f"state/{name}.tfstate", b"")
    ledger.objects.put(f"history/{name}/20261123T120000.000000Z-{'1' * 12}.json", b"")
    catalogue = Inspection(ledger).catalogue()
    assert catalogue.modules == []
    assert len(catalogue.strays) == 3
    faults = Inspection(ledger).faults(catalogue)
    assert [fault.flaw for fault in faults] == ["stray-object"] * 3
