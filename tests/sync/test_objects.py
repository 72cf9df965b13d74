"""The two stores keep the same promises: a folder, and a bucket of the embedded AWS."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import boto3
import pytest

from gitiam.config import LocalStore, S3Store, Store
from gitiam.errors import GitiamError
from gitiam.files import write_atomically
from gitiam.sync.emulator import Emulator
from gitiam.sync.objects import FolderObjects, Objects
from gitiam.sync.stores import open_objects
from tests.support.emulator import use

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
