"""Nothing is started that is not what the lock file names."""

from __future__ import annotations

import os
import shutil
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.terraform import mirrors
from gitiam.sync.terraform.mirrors import MIRROR_VARIABLE
from gitiam.sync.terraform.provider import package as packages
from gitiam.sync.terraform.provider import verified
from gitiam.sync.terraform.provider.package import package_hash
from gitiam.sync.terraform.provider.verified import Program, in_mirror, installed, lock_hashes
from tests.support.provider import (
    CONFIG,
    PROGRAM,
    Rig,
    apply,
    false_package,
    lock_of,
    lock_text,
)

NAME = PROGRAM


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror with a provider that leaves a trace when it is started; no other mirror is seen."""
    folder = false_package(tmp_path / "mirror", f"echo started >> {tmp_path}/trace\n")
    monkeypatch.setattr(mirrors, "_IMPLIED", ())
    monkeypatch.setattr(mirrors, "_PARENTS", ())
    monkeypatch.setenv(MIRROR_VARIABLE, str(tmp_path / "mirror"))
    return folder


def hash1(files: dict[str, bytes]) -> str:
    """Go's `dirhash.Hash1`, written from its documentation."""
    lines = [f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "h1:" + b64encode(sha256("".join(lines).encode()).digest()).decode()


@pytest.mark.terraform
def test_the_real_provider_is_what_the_lock_file_names(real_provider: Path) -> None:
    found = package_hash(real_provider.parent)
    assert found in lock_hashes(lock_text())
    assert in_mirror(CONFIG, lock_text()) == Program.at(real_provider)


def test_the_hash_is_over_names_and_contents(package: Path, tmp_path: Path) -> None:
    names = (NAME, "LICENSE.txt", "deep/note")
    wanted = hash1({name: (package / name).read_bytes() for name in names})
    assert package_hash(package) == wanted
    assert in_mirror(CONFIG, lock_of("h1:" + "A" * 43 + "=", wanted)) == Program.at(package / NAME)
    # A mirror may itself be reached by a link; `terraform init` makes such ones.
    (tmp_path / "link").symlink_to(package)
    assert package_hash(tmp_path / "link") == wanted


def test_files_are_read_in_pieces(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = package_hash(package)
    monkeypatch.setattr(packages, "_PIECE", 7)
    assert package_hash(package) == whole


def _change_a_byte(package: Path) -> None:
    program = package / NAME
    program.write_bytes(program.read_bytes()[:-1] + b" ")


def _add_a_file(package: Path) -> None:
    (package / "deep" / "more").touch()


def _rename(package: Path) -> None:
    (package / "LICENSE.txt").rename(package / "LICENCE.txt")


def _link_the_program(package: Path) -> None:
    (package / NAME).rename(package.parent / "program")
    (package / NAME).symlink_to(package.parent / "program")


def _link_a_folder(package: Path) -> None:
    (package / "more").symlink_to(package.parent)


def _link_to_nothing(package: Path) -> None:
    (package / "more").symlink_to("nothing")


def _pipe(package: Path) -> None:
    os.mkfifo(package / "pipe")


@pytest.mark.terraform
@pytest.mark.parametrize(
    "spoil",
    [
        *(_change_a_byte, _add_a_file, _rename),
        *(_link_the_program, _link_a_folder, _link_to_nothing, _pipe),
    ],
)
def test_what_was_tampered_with_is_not_started(
    package: Path, rig: Rig, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    lock = lock_of(package_hash(package))
    spoil(package)
    with pytest.raises(GitiamError, match=r"not the one in the lock file|a link or no file"):
        in_mirror(CONFIG, lock)
    (module,) = rig.roles("app")
    # With the real lock file nothing of this passes either; every module is told so.
    for hosts in (1, 0):
        with rig.open(hosts=hosts) as terraform:
            for _ in range(2):
                with pytest.raises(GitiamError, match=str(package)):
                    apply(terraform, module)
    assert not (tmp_path / "trace").exists()
    assert rig.state(module) == ""


@pytest.mark.terraform
def test_the_trace_would_be_seen(
    package: Path, rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same program, vouched for, is started: it greets with nothing, and gitiam steps aside."""
    monkeypatch.setattr(verified, "lock_hashes", lambda lock, source: {package_hash(package)})
    (module,) = rig.roles("app")
    with rig.open() as terraform, pytest.raises(GitiamError):
        apply(terraform, module)  # Terraform itself refuses it then
    assert (tmp_path / "trace").read_text() == "started\n"
    assert len(rig.said) == 1


def test_a_packed_mirror_is_left_to_terraform(package: Path) -> None:
    platform = package.name
    shutil.rmtree(package)
    (package.parents[1] / f"terraform-provider-aws_5.100.0_{platform}.zip").touch()
    assert in_mirror(CONFIG, lock_text()) is None


def test_two_programs_are_none(package: Path) -> None:
    shutil.copy(package / NAME, package / f"{NAME}2")
    assert in_mirror(CONFIG, lock_of(package_hash(package))) is None


def test_without_a_mirror_there_is_nothing_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrors, "_IMPLIED", ())
    monkeypatch.setattr(mirrors, "_PARENTS", ())
    assert in_mirror(CONFIG, lock_text()) is None


def test_what_init_has_installed(package: Path, tmp_path: Path) -> None:
    """It links to the mirror where it can."""
    assert installed(tmp_path, CONFIG) is None
    place = tmp_path / ".terraform/providers" / CONFIG.provider_source / CONFIG.provider_version
    place.mkdir(parents=True)
    (place / package.name).symlink_to(package)
    assert installed(tmp_path, CONFIG) == Program.at(package / NAME)


def _write_into(program: Path) -> None:
    status = program.stat()
    program.write_bytes(b"x" * status.st_size)
    os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))


def _put_in_its_place(program: Path) -> None:
    other = program.with_name("other")
    shutil.copy2(program, other)
    other.replace(program)


@pytest.mark.parametrize("change", [_write_into, _put_in_its_place, Path.unlink])
def test_what_changes_after_it_was_verified_is_not_started(
    package: Path, change: Callable[[Path], None]
) -> None:
    program = in_mirror(CONFIG, lock_of(package_hash(package)))
    assert program is not None
    assert program.unchanged() == package / NAME
    change(package / NAME)
    with pytest.raises(GitiamError, match=r"has changed since it was verified|is gone"):
        program.unchanged()


def test_only_whole_hashes_of_the_right_kind_count() -> None:
    good = "h1:" + "A" * 43 + "="
    others = (f"zh:{'a' * 64}", "h1:short=", f"h2:{'B' * 43}=", good[:-1])
    assert lock_hashes(lock_of(good, *others)) == {good}
    assert len(lock_hashes(lock_text())) == 14
