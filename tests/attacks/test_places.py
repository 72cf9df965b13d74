"""Folders with names that Terraform cannot be told: their states would lie somewhere else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitiam.cli.common import EstateContext
from gitiam.cli.engine import EngineOptions, opened_engine
from gitiam.cli.main import COMMANDS, cli
from gitiam.config import LocalStore
from gitiam.errors import GitiamError
from gitiam.sync.machine.process import Processes
from gitiam.sync.store.opened import open_objects
from tests.support.estates import write_estate

ODD = os.fsdecode(b"caf\xe9")


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder that other programs may well have made."""
    folder = tmp_path / ODD
    folder.mkdir()
    return folder


@pytest.mark.parametrize("command", ["validate", "changes", "plan", "apply", "render"])
def test_an_estate_there_is_refused(
    odd: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    assert command in COMMANDS
    write_estate(odd / "estate", {})
    for arguments in (["-C", str(odd / "estate"), command], [command, "-C", str(odd / "estate")]):
        ran = CliRunner().invoke(cli, arguments, standalone_mode=False)
        assert isinstance(ran.exception, GitiamError)
        assert ran.exception.message.startswith("the name of the estate's folder is not UTF-8")
    monkeypatch.chdir(odd / "estate")
    ran = CliRunner().invoke(cli, [command], standalone_mode=False)
    assert isinstance(ran.exception, GitiamError)
    assert not (odd / "estate" / ".gitiam").exists()


@pytest.mark.parametrize("name", [ODD, f"../{ODD}/store", "\ud800", "a\0b"])
def test_a_store_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(GitiamError, match="the name of the store's folder is not UTF-8"):
        open_objects(LocalStore(name), tmp_path)


def test_a_store_in_other_letters_is_a_store(tmp_path: Path) -> None:
    objects = open_objects(LocalStore("Ärger/本"), tmp_path)
    objects.put("x", b"1")
    assert objects.get("x") == b"1"


def test_temporary_files_there_are_refused(
    odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(odd))
    monkeypatch.setattr(tempfile, "tempdir", None)
    estate = EstateContext(write_estate(tmp_path / "estate", {}), None, None)
    with (
        pytest.raises(GitiamError, match="TMPDIR, is not UTF-8"),
        opened_engine(estate, [], EngineOptions(), Processes()),
    ):
        pass
    assert list(odd.iterdir()) == []
