"""A hash that was remembered is believed as long as nobody can have touched the package."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from gitiam.errors import GitiamError, UsageError
from gitiam.sync.machine.folders import cache_folder, state_folder
from gitiam.sync.terraform import mirrors
from gitiam.sync.terraform.mirrors import MIRROR_VARIABLE
from gitiam.sync.terraform.provider import remembered
from gitiam.sync.terraform.provider.package import package_hash
from gitiam.sync.terraform.provider.verified import in_mirror
from tests.support.provider import CONFIG, PROGRAM, false_package, lock_of

Spoil = Callable[[Path], object]


class Ground:
    """A package in a mirror, a home of its own, and how often the package was read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing is remembered yet, and everything is settled at once."""
        self.mirror = folder / "mirror"
        self.package = false_package(self.mirror, "echo started\n")
        self.program = self.package / PROGRAM
        self.cache = folder / "cache" / "gitiam" / "verified"
        self.lock = lock_of(package_hash(self.package))
        self.read = 0
        monkeypatch.setattr(mirrors, "_IMPLIED", ())
        monkeypatch.setattr(mirrors, "_PARENTS", ())
        monkeypatch.setenv(MIRROR_VARIABLE, str(self.mirror))
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        monkeypatch.setattr(remembered, "package_hash", self._counted)
        monkeypatch.setattr(remembered, "_SETTLED", -(10**18))

    def _counted(self, folder: Path) -> str:
        self.read += 1
        return package_hash(folder)

    def look(self) -> int:
        """Find the provider once more; how often it was read for that."""
        before = self.read
        assert in_mirror(CONFIG, self.lock) is not None
        return self.read - before

    @property
    def kept(self) -> Path:
        """The file that remembers it."""
        (found,) = self.cache.iterdir()
        return found


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


def test_it_is_read_once(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [ground.look() for _ in range(3)] == [1, 0, 0]
    assert ground.kept.stat().st_mode & 0o7777 == 0o600
    assert ground.cache.stat().st_mode & 0o7777 == 0o700
    # Whoever comes by another way comes to the same place.
    (tmp_path / "link").symlink_to(ground.mirror)
    monkeypatch.setenv(MIRROR_VARIABLE, str(tmp_path / "link"))
    assert ground.look() == 0


def test_what_is_remembered_is_held_against_the_lock_file(ground: Ground) -> None:
    ground.look()
    with pytest.raises(GitiamError, match="not the one in the lock file"):
        in_mirror(CONFIG, lock_of("h1:" + "A" * 43 + "="))
    assert ground.look() == 0


def _write_into(package: Path) -> None:
    """As many bytes, and the time of modification set back."""
    program = package / PROGRAM
    status = program.stat()
    program.write_bytes(b"x" * status.st_size)
    os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))


def _put_in_its_place(package: Path) -> None:
    other = package.parent / "other"
    shutil.copy2(package / PROGRAM, other)
    other.write_bytes(b"x" * other.stat().st_size)
    shutil.copystat(package / PROGRAM, other)
    other.replace(package / PROGRAM)


def _link_in_its_place(package: Path) -> None:
    (package / PROGRAM).rename(package.parent / "program")
    (package / PROGRAM).symlink_to(package.parent / "program")


CHANGES: dict[str, Spoil] = {
    "another byte": _write_into,
    "another program": _put_in_its_place,
    "a link": _link_in_its_place,
    "one more file": lambda package: (package / "deep" / "more").touch(),
    "one more link": lambda package: (package / "deep" / "more").symlink_to("note"),
    "one file fewer": lambda package: (package / "deep" / "note").unlink(),
    "another name": lambda package: (package / "LICENSE.txt").rename(package / "LICENCE.txt"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(ground: Ground, change: str) -> None:
    assert [ground.look(), ground.look()] == [1, 0]
    CHANGES[change](ground.package)
    for _ in range(2):
        with pytest.raises(GitiamError, match=r"not the one in the lock file|a link or no file"):
            in_mirror(CONFIG, ground.lock)


def test_another_package_in_the_same_place_is_read(ground: Ground) -> None:
    ground.look()
    shutil.copytree(ground.package, ground.package.with_name("copy"))
    shutil.rmtree(ground.package)
    ground.package.with_name("copy").rename(ground.package)
    assert [ground.look(), ground.look()] == [1, 0]


def test_what_changes_while_it_is_read_is_not_remembered(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(folder: Path) -> str:
        found = ground._counted(folder)
        ground.program.touch()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(remembered, "package_hash", touched)
        ground.look()
    assert not ground.cache.exists()


def test_what_was_changed_just_now_is_not_remembered(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "_SETTLED", 10**18)
    assert [ground.look(), ground.look()] == [1, 1]
    # One file suffices, whichever it is.
    newest = max(path.stat().st_ctime_ns for path in ground.package.rglob("*"))
    (ground.package / "deep" / "note").chmod(0o600)
    monkeypatch.setattr(remembered, "_SETTLED", 0)
    monkeypatch.setattr(time, "time_ns", lambda: newest)
    assert [ground.look(), ground.look()] == [1, 1]


OPEN: dict[str, Callable[[Ground], Path]] = {
    "the program": lambda ground: ground.program,
    "another file": lambda ground: ground.package / "deep" / "note",
    "a folder in it": lambda ground: ground.package / "deep",
    "its folder": lambda ground: ground.package,
    "a folder above": lambda ground: ground.package.parents[1],
    "the mirror": lambda ground: ground.mirror,
}


@pytest.mark.parametrize("place", OPEN)
@pytest.mark.parametrize("bit", [0o020, 0o002])
def test_a_package_that_others_may_write_is_read_anew(ground: Ground, place: str, bit: int) -> None:
    path = OPEN[place](ground)
    usual = path.stat().st_mode
    path.chmod(usual | bit)
    assert [ground.look(), ground.look()] == [1, 1]
    assert not ground.cache.exists()
    # Nor is believed what was remembered while it was guarded.
    path.chmod(usual)
    assert [ground.look(), ground.look()] == [1, 0]
    if path.is_dir():
        path.chmod(usual | bit)
        assert ground.look() == 1


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the file, or the folder, is somebody else's."""
    look = Path.lstat

    def lstat(self: Path) -> os.stat_result | SimpleNamespace:
        found = look(self)
        if self != path:
            return found
        names = [name for name in dir(found) if name.startswith("st_")]
        return SimpleNamespace(**{name: getattr(found, name) for name in names} | {"st_uid": 12345})

    monkeypatch.setattr(Path, "lstat", lstat)


@pytest.mark.parametrize("place", OPEN)
def test_a_package_of_somebody_else_is_read_anew(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    ground.look()
    give_away(OPEN[place](ground), monkeypatch)
    assert [ground.look(), ground.look()] == [1, 1]


@pytest.mark.parametrize("bit", [0o020, 0o002])
def test_a_memory_that_others_may_write_is_not_believed(ground: Ground, bit: int) -> None:
    ground.look()
    ground.kept.chmod(0o600 | bit)
    # It is written anew, as the folder is the user's own.
    assert [ground.look(), ground.look()] == [1, 0]
    ground.cache.chmod(0o700 | bit)
    assert [ground.look(), ground.look()] == [1, 1]


def test_a_memory_of_somebody_else_is_not_believed(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.look()
    for path in (ground.kept, ground.cache):
        with monkeypatch.context() as patched:
            give_away(path, patched)
            assert [ground.look(), ground.look()] == [1, 1]
        assert ground.look() == 0


def _link(kept: Path) -> None:
    kept.rename(kept.parents[1] / "elsewhere")
    kept.symlink_to(kept.parents[1] / "elsewhere")


FORGERIES: dict[str, Spoil] = {
    "empty": lambda kept: kept.write_bytes(b""),
    "cut": lambda kept: kept.write_bytes(kept.read_bytes()[:-1]),
    "no seal": lambda kept: kept.write_bytes(kept.read_bytes().split()[0]),
    "no text": lambda kept: kept.write_bytes(b"\xff\xfe \xff"),
    "another hash": lambda kept: kept.write_bytes(b"h1:A" + kept.read_bytes()[4:]),
    "a link": _link,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_memory_that_is_broken_or_forged_is_not_believed(ground: Ground, forgery: str) -> None:
    ground.look()
    FORGERIES[forgery](ground.kept)
    assert [ground.look(), ground.look()] == [1, 0]


def test_what_somebody_else_has_sealed_is_not_believed(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.look()
    own = ground.kept.read_bytes()
    monkeypatch.setenv("XDG_STATE_HOME", str(ground.mirror.parent / "stranger"))
    assert [ground.look(), ground.look()] == [1, 0]
    assert ground.kept.read_bytes() != own


def test_a_home_where_nothing_can_be_written_is_no_error(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.cache.parents[1].write_text("a file")
    assert [ground.look(), ground.look()] == [1, 1]
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr(Path, "home", _none)
    assert ground.look() == 1


def _none() -> Path:
    raise RuntimeError("no home")


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "XDG_STATE_HOME"])
def test_the_folders_are_found_as_xdg_says(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"XDG_CACHE_HOME": cache_folder, "XDG_STATE_HOME": state_folder}[variable]
    monkeypatch.setenv(variable, str(tmp_path))
    assert found() == tmp_path / "gitiam"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for word in ("", "relative"):
        monkeypatch.setenv(variable, word)
        assert found().is_relative_to(tmp_path / "home")


def test_it_is_switched_off(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITIAM_CACHE", "off")
    assert [ground.look(), ground.look()] == [1, 1]
    assert not ground.cache.exists()
    monkeypatch.delenv("GITIAM_CACHE")
    assert [ground.look(), ground.look()] == [1, 0]
    monkeypatch.setenv("GITIAM_CACHE", "off")
    assert ground.look() == 1
    monkeypatch.setenv("GITIAM_CACHE", "perhaps")
    with pytest.raises(UsageError):
        ground.look()
