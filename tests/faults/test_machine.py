"""The machine fails: no disk, no right to write, a Terraform that is none. AWS stays as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.judgement import wrong_words
from tests.faults.scenarios import SEND
from tests.support.thorough import mostly_later
from tests.support.world import Ran, World


@pytest.fixture(autouse=True)
def role(world: World) -> None:
    """There is something to do."""
    world.declare("role/app")
    world.ask("send", SEND)


def refused(world: World) -> str:
    """What apply says, when nothing may have come of it; then the machine is mended."""
    ran = world.gitiam("apply", "--format", "json")
    assert ran.code == 1, ran.out + ran.err
    assert not wrong_words(ran, killed=False)
    assert world.iam().list_roles()["Roles"] == []
    return _said(ran)


def _said(ran: Ran) -> str:
    return "; ".join(ran.failed.values()) if ran.out else ran.err


def goes_on(world: World) -> None:
    """The next apply does it."""
    ran = world.gitiam("apply")
    assert ran.code == 0, ran.out + ran.err
    assert world.gitiam("drift").code == 0


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """A file system of its own at this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = subprocess.run(
        ["mount", *options, str(folder)], capture_output=True, text=True, check=False
    )
    if mount.returncode:
        pytest.skip(f"this machine does not let us mount: {mount.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def small_disk(folder: Path, free: int = 0) -> Iterator[None]:
    """A disk of 1 MB with so many bytes left."""
    with mounted(folder, "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        ballast = folder / "ballast"
        with ballast.open("wb") as file:
            file.write(b"x" * (1024 * 1024 - free))
        yield


# -- disks ---------------------------------------------------------------------------------------


def test_the_folder_for_temporary_files_is_full(world: World) -> None:
    """Nearly so: one that is quite full is passed over, for `/tmp`."""
    with contextmanager(small_disk)(world.folder / "tmp", free=24 * 1024):
        said = refused(world)
    assert "no space left on device" in said.lower()
    assert "ree some space" in said
    goes_on(world)


def test_the_store_is_full(world: World) -> None:
    with contextmanager(small_disk)(world.root / ".gitiam/store"):
        said = refused(world)
    assert "No space left on device" in said
    goes_on(world)


def test_the_disk_is_full_when_terraform_writes_its_state(world: World) -> None:
    """AWS has done it; the next apply finds it again."""
    state = world.root / ".gitiam/store/state"
    with contextmanager(small_disk)(state, free=4096):
        ran = world.gitiam("apply", "--format", "json")
        assert ran.code == 1
        said = _said(ran)
        assert not wrong_words(ran, killed=False)
    assert "no space left on device" in said.lower()
    assert "ree some space" in said
    goes_on(world)
    assert [r["RoleName"] for r in world.iam().list_roles()["Roles"]] == ["app"]


def test_the_store_is_read_only(world: World) -> None:
    store = world.root / ".gitiam/store"
    with mounted(store, "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs"):
        said = refused(world)
    assert "Read-only file system" in said
    goes_on(world)


def test_a_file_is_where_the_store_should_be(world: World) -> None:
    (world.root / ".gitiam").mkdir(exist_ok=True)
    store = world.root / ".gitiam/store"
    store.write_text("not a folder", encoding="utf-8")
    said = refused(world)
    assert "store/ledger cannot be used: Not a directory" in said
    assert "move it away" in said
    store.unlink()
    goes_on(world)


def test_there_is_no_folder_for_temporary_files(world: World) -> None:
    tmp = world.folder / "tmp"
    with mounted(tmp, "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs"):
        # Python looks further, into /tmp and the folder that it runs in.
        ran = world.gitiam("apply", "--format", "json")
    assert ran.code in (0, 1)
    assert not wrong_words(ran, killed=False)


# -- programs ------------------------------------------------------------------------------------


def script(text: str) -> Callable[[World, Path], None]:
    def write(world: World, path: Path) -> None:
        path.write_text(f"#!/bin/sh\n{text.format(real=world.real_terraform)}\n", encoding="utf-8")
        path.chmod(0o700)

    return write


def another_architecture(world: World, path: Path) -> None:
    """An ELF file for a machine that this is not."""
    header = bytearray(Path(shutil.which("true") or "/bin/true").resolve().read_bytes()[:4096])
    header[18:20] = b"\xf3\x00" if os.uname().machine != "riscv64" else b"\x3e\x00"
    path.write_bytes(bytes(header))
    path.chmod(0o700)


def not_executable(world: World, path: Path) -> None:
    script("exit 0")(world, path)
    path.chmod(0o600)


PROGRAMS: dict[str, tuple[Callable[[World, Path], None], str, str]] = {
    "missing": (lambda world, path: None, "is not a program", "Install Terraform 1.10"),
    "not executable": (not_executable, "is not a program", "Install Terraform 1.10"),
    "too old": (
        script("""echo '{{"terraform_version": "1.5.7"}}'"""),
        "is version 1.5.7; gitiam needs 1.10 or later",
        "Install a newer one, or set GITIAM_TERRAFORM",
    ),
    "something else": (script("echo hello"), "does not say which version", "Terraform or OpenTofu"),
    "of another architecture": (
        another_architecture,
        "Exec format error",
        "another kind of machine",
    ),
    "killed for its memory": (
        script('case "$1" in apply|plan|init) kill -9 $$;; esac; exec {real} "$@"'),
        "Terraform was killed by signal 9 (SIGKILL)",
        "ran out of memory: apply with fewer --jobs",
    ),
}


@pytest.mark.parametrize(
    "name", mostly_later({"missing", "too old", "killed for its memory"}, PROGRAMS)
)
def test_a_terraform_that_does_not_serve(world: World, name: str) -> None:
    make, says, hint = PROGRAMS[name]
    program = world.folder / "another-terraform"
    make(world, program)
    world.variables["GITIAM_TERRAFORM"] = str(program)
    said = refused(world)
    assert says in said
    assert hint in said
    del world.variables["GITIAM_TERRAFORM"]
    goes_on(world)


def test_no_terraform_at_all(world: World) -> None:
    world.variables |= {"GITIAM_TERRAFORM": "", "PATH": "/nowhere"}
    assert "neither terraform nor tofu is on the PATH" in refused(world)


def test_a_provider_that_is_not_the_one_in_the_lock_file(world: World) -> None:
    lock = world.root / "terraform.lock.hcl"
    shipped = Path(__file__).parents[2] / "templates/terraform/lock.hcl"
    text = shipped.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if '"h1:' not in line and '"zh:' not in line]
    lines[-2:-2] = [f'    "h1:{"A" * 43}=",']
    lock.write_text("\n".join(lines) + "\n", encoding="utf-8")
    world.configure(terraform={"lock_file": "terraform.lock.hcl"})
    said = refused(world)
    assert "lock file" in said


def test_a_provider_that_is_nowhere(world: World) -> None:
    """Neither in a mirror nor in a registry: one that listens nowhere."""
    source = "127.0.0.1:9/hashicorp/aws"
    world.configure(terraform={"provider_source": source, "provider_version": "5.100.0"})
    ran = world.gitiam("apply", "--format", "json")
    assert ran.code == 1, ran.out + ran.err
    assert not wrong_words(ran, killed=False)
