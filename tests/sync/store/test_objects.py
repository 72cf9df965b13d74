"""The two stores keep the same promises: a folder, and a bucket of the embedded AWS."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest

from gitiam.config import LocalStore, S3Store, Store
from gitiam.errors import GitiamError
from gitiam.files import read_regular, write_atomically
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.store import lock_file
from gitiam.sync.store.objects import FolderObjects, Held, Objects, at_once
from gitiam.sync.store.opened import open_objects
from gitiam.sync.store.s3_objects import S3Objects
from tests.support.emulator import use
from tests.support.objects import MemoryObjects

_buckets = count(1)


@pytest.fixture(params=["folder", "bucket", "bucket-root"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A new, empty store; the bucket's is below a prefix, or at its root."""
    if request.param == "folder":
        return LocalStore("here/store")
    emulator: Emulator = request.getfixturevalue("emulator")
    use(emulator, monkeypatch)
    bucket = f"objects-{next(_buckets)}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    prefix = "" if request.param == "bucket-root" else "/iam/prod/"
    return S3Store(bucket, "us-east-1", prefix, endpoint=emulator.url, path_style=True)


@pytest.fixture
def objects(store: Store, tmp_path: Path) -> Objects:
    return open_objects(store, tmp_path)


def test_an_empty_store(objects: Objects) -> None:
    assert list(objects.keys("")) == []
    assert list(objects.keys("ledger/")) == []
    assert objects.get("ledger/x.json") is None
    objects.delete("ledger/x.json")


def test_what_is_put_is_got(objects: Objects) -> None:
    for data in (b"", b"\x00\xff\r\n", b"x" * 100_000):
        objects.put("a/b/c.json", data)
        assert objects.get("a/b/c.json") == data
    assert objects.get("a/b/c") is None


def test_what_is_deleted_is_gone(objects: Objects) -> None:
    objects.put("a/b.json", b"1")
    objects.put("a/c.json", b"2")
    objects.delete("a/b.json")
    assert objects.get("a/b.json") is None
    assert list(objects.keys("a/")) == ["a/c.json"]


def test_keys_begin_with_the_prefix(objects: Objects) -> None:
    keys = {"ledger/prod/role/a/1.json", "ledger/prod/role/ab/2.json", "ledgers/x", "state/y"}
    for key in keys:
        objects.put(key, b"x")
    for prefix in ("", "ledger", "ledger/", "ledger/prod/role/a", "ledger/prod/role/a/", "x", "st"):
        assert set(objects.keys(prefix)) == {key for key in keys if key.startswith(prefix)}


def test_legal_names_are_legal_keys(objects: Objects) -> None:
    for name in ("a+b=c,d.e@f-g_h", "A" * 64, "..a", "x.tfstate"):
        key = f"state/prod/role/{name}/x.json"
        objects.put(key, name.encode())
        assert objects.get(key) == name.encode()
        assert key in set(objects.keys("state/"))


# -- comparing and changing in one step ---------------------------------------------------------


def test_only_what_is_not_there_is_created(objects: Objects) -> None:
    version = objects.create("a/b.json", b"1")
    assert version
    assert objects.read("a/b.json") == Held(b"1", version)
    assert objects.create("a/b.json", b"2") is None
    assert objects.get("a/b.json") == b"1"


def test_only_what_is_still_there_is_replaced(objects: Objects) -> None:
    assert objects.replace("a/b.json", b"2", "no version") is None
    first = objects.create("a/b.json", b"1")
    assert first
    second = objects.replace("a/b.json", b"2", first)
    assert second
    assert objects.replace("a/b.json", b"3", first) is None
    assert objects.read("a/b.json") == Held(b"2", second)
    objects.delete("a/b.json")
    assert objects.replace("a/b.json", b"3", second) is None
    assert objects.read("a/b.json") is None


def test_only_what_is_still_there_is_removed(objects: Objects) -> None:
    first = objects.create("a/b.json", b"1")
    assert first
    second = objects.replace("a/b.json", b"2", first)
    assert second
    assert not objects.remove("a/b.json", first)
    assert objects.get("a/b.json") == b"2"
    assert objects.remove("a/b.json", second)
    assert objects.get("a/b.json") is None
    assert objects.remove("a/b.json", second)


def test_of_many_who_create_or_replace_at_once_one_comes_through(objects: Objects) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: objects.create("x", b"%d" % n), range(8)))
        (version,) = [v for v in made if v]
        swapped = list(pool.map(lambda n: objects.replace("x", b"n%d" % n, version), range(8)))
    (after,) = [v for v in swapped if v]
    held = objects.read("x")
    assert held
    assert held.version == after


def test_an_answer_that_was_lost_is_not_taken_for_a_refusal(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Botocore asks again, and is told that its own object is in the way."""
    use(emulator, monkeypatch)
    boto3.client("s3").create_bucket(Bucket="lost-answers")
    store = S3Store("lost-answers", "us-east-1", endpoint=emulator.url, path_style=True)
    objects = open_objects(store, tmp_path)
    assert isinstance(objects, S3Objects)
    real = objects.client.put_object

    def lossy(**arguments: Any) -> Any:
        real(**arguments)
        return real(**arguments)

    monkeypatch.setattr(objects.client, "put_object", lossy)
    first = objects.create("a", b"1")
    assert first
    assert objects.replace("a", b"2", first)
    assert objects.create("a", b"3") is None


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_state_that_terraform_has_locked_is_busy(tmp_path: Path, is_locked: bool) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("state/x.tfstate", b"{}")
    program = "import fcntl, sys; file = open(sys.argv[1], 'r+b');"
    program += "fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB);"
    program += "print('locked', flush=True); sys.stdin.read()"
    if not is_locked:
        assert not objects.is_busy("state/x.tfstate")
        assert not objects.is_busy("state/y.tfstate")
        return
    arguments = [sys.executable, "-c", program, str(tmp_path / "state/x.tfstate")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"locked\n"
        assert objects.is_busy("state/x.tfstate")
        other.communicate(b"")
    assert not objects.is_busy("state/x.tfstate")


def test_independent_calls_are_made_at_once_where_the_store_is_distant() -> None:
    meeting = threading.Barrier(3)
    objects = MemoryObjects()
    objects.is_distant = True
    calls = [lambda n=n: (meeting.wait(20.0), n)[1] for n in range(3)]
    assert at_once(objects, *calls) == [0, 1, 2]


def test_more_keys_than_one_page_holds(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    boto3.client("s3").create_bucket(Bucket="pages")
    store = S3Store("pages", "us-east-1", endpoint=emulator.url, path_style=True)
    objects = open_objects(store, tmp_path)
    wanted = {f"ledger/{n:04}" for n in range(1_003)}
    for key in wanted:
        objects.put(key, b"")
    assert set(objects.keys("ledger/")) == wanted


# -- a store that cannot be read is never an empty one ------------------------------------------


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("", encoding="utf-8")
    objects = FolderObjects(tmp_path / "store")
    for call in (
        lambda: list(objects.keys("ledger/")),
        lambda: objects.get("ledger/x"),
        lambda: objects.put("ledger/x", b""),
        lambda: objects.delete("ledger/x"),
    ):
        with pytest.raises(GitiamError, match="store") as error:
            call()
        assert error.value.hint


def test_an_object_that_is_a_folder(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a/b", b"x")
    with pytest.raises(GitiamError):
        objects.get("a")
    with pytest.raises(GitiamError):
        objects.delete("a")


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Who opens a pipe waits until somebody writes into it."""
    objects = FolderObjects(tmp_path)
    objects.put("ledger/x.json", b"x")
    (tmp_path / "ledger/x.json").unlink()
    os.mkfifo(tmp_path / "ledger/x.json")
    everything = (
        *(objects.get, objects.read, lambda key: objects.create(key, b"")),
        lambda key: list(objects.keys("ledger/")),
    )
    for call in everything:
        with pytest.raises(GitiamError, match=r"ledger/x\.json is neither a file nor a folder"):
            call("ledger/x.json")
    with pytest.raises(OSError, match="no regular file"):
        read_regular(tmp_path / "ledger/x.json")


def test_a_bucket_that_does_not_exist(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    store = S3Store("nobody-made-it", "us-east-1", endpoint=emulator.url, path_style=True)
    objects = open_objects(store, tmp_path)
    for call in (
        lambda: list(objects.keys("ledger/")),
        lambda: objects.get("ledger/x"),
        lambda: objects.put("ledger/x", b""),
    ):
        with pytest.raises(GitiamError, match="nobody-made-it") as error:
            call()
        assert error.value.hint


def test_objects_are_encrypted_with_the_key_that_was_named(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(emulator, monkeypatch)
    s3 = boto3.client("s3")
    for name, key, wanted in [("plain", None, "AES256"), ("keyed", "alias/state", "aws:kms")]:
        bucket = f"{name}-{next(_buckets)}"
        s3.create_bucket(Bucket=bucket)
        store = S3Store(bucket, "us-east-1", "", key, emulator.url, path_style=True)
        open_objects(store, tmp_path).put("x", b"1")
        assert s3.head_object(Bucket=bucket, Key="x")["ServerSideEncryption"] == wanted


# -- the lock that a folder has -----------------------------------------------------------------


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process has the lock, and keeps it."""
    program = "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX);"
    program += "print('locked', flush=True); sys.stdin.read()"
    arguments = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"locked\n"
        yield
        other.communicate(b"")


@pytest.mark.parametrize("is_stopping", [False, True])
def test_a_lock_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_stopping: bool
) -> None:
    bounds = {"LOCK_WAIT": 0.3, "LAST_WAIT": 60.0}
    if is_stopping:
        bounds = {"LOCK_WAIT": 60.0, "LAST_WAIT": 0.3}
    for name, seconds in bounds.items():
        monkeypatch.setattr(lock_file, name, seconds)
    objects = FolderObjects(tmp_path, lambda: is_stopping)
    with held(tmp_path / ".lock"):
        for call in (
            lambda: objects.create("x", b"1"),
            lambda: objects.replace("x", b"2", "a version"),
            lambda: objects.remove("x", "a version"),
        ):
            with pytest.raises(GitiamError, match=r"/\.lock has been locked by another") as error:
                call()
            assert "fuser" in str(error.value.hint)
    assert objects.create("x", b"1")


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        with held(tmp_path / ".lock"):
            made = pool.submit(objects.create, "x", b"1")
            with pytest.raises(TimeoutError):
                made.result(0.3)
        assert made.result(20.0)


# -- nobody else looks into a folder ------------------------------------------------------------


def open_to_others(folder: Path) -> list[Path]:
    return [path for path in [folder, *folder.rglob("*")] if path.stat().st_mode & 0o077]


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_whatever_the_umask_a_store_is_its_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    objects = FolderObjects(tmp_path / "a/b/store")
    objects.put("ledger/prod/role/x/1.json", b"x")
    assert objects.create("ledger/prod/role/y/1.json", b"x")
    other = FolderObjects(tmp_path / "other/store")
    assert other.create("x", b"x")
    assert open_to_others(tmp_path) == [tmp_path]


@pytest.mark.usefixtures("no_umask")
def test_folders_of_an_earlier_version_are_closed_and_no_others(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for name in ("store", "store/state", "store/ledger", "store/mine", "elsewhere"):
        (tmp_path / name).mkdir(mode=0o755)
    (store / "history").symlink_to(tmp_path / "elsewhere")
    FolderObjects(store).put("ledger/x", b"x")
    closed = {path.name for path in (store, *store.iterdir()) if not path.stat().st_mode & 0o077}
    assert closed == {"state", "ledger"}


# -- a file is the old one or the new one -------------------------------------------------------


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "x.json"
    write_atomically(target, b"old")

    def broken(source: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(GitiamError, match="No space left"):
        FolderObjects(tmp_path).put("x.json", b"new")
    monkeypatch.undo()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_half_written_file_is_no_object(tmp_path: Path) -> None:
    """What a killed process leaves beside the file has a hidden name."""
    FolderObjects(tmp_path).put("ledger/x.json", b"1")
    (tmp_path / "ledger" / ".x.json.abc123").write_bytes(b"half")
    assert list(FolderObjects(tmp_path).keys("ledger/")) == ["ledger/x.json"]
