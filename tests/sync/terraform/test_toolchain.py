"""Terraform found, its version checked, and what is opened with it and closed again."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gitiam.config import LocalStore, TerraformConfig
from gitiam.errors import GitiamError
from gitiam.sync.machine.capacity import Capacity
from gitiam.sync.machine.process import Interrupted, Processes
from gitiam.sync.terraform import mirrors, toolchain
from gitiam.sync.terraform.provider.verified import Program
from gitiam.sync.terraform.toolchain import (
    BINARY_VARIABLE,
    Estate,
    _find_program,
    _kept,
    check_version,
    find_binary,
    open_terraform,
)

PLAIN = Capacity(2, 0, 2, plain={"GOGC": "300"})
HOSTED = replace(PLAIN, hosts=1, attached={"GOGC": "200"}, provider={"GOGC": "100"})


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A PATH and a folder for temporary files of the test's own, and no mirror. Gives the PATH."""
    found = tmp_path / "bin"
    found.mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("PATH", f"{found}:/usr/bin:/bin")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(mirrors, "_IMPLIED", ())
    monkeypatch.setattr(mirrors, "_PARENTS", ())
    yield found
    assert list((tmp_path / "tmp").iterdir()) == []


def program(path: Path, script: str = "") -> Path:
    """A script in place of Terraform; without one, it is version 1.11.4."""
    version = 'echo \'{"terraform_version": "1.11.4"}\''
    path.write_text(f"#!/bin/sh\n{script or version}\n", encoding="utf-8")
    path.chmod(0o700)
    return path


def estate(root: Path) -> Estate:
    return Estate(
        TerraformConfig(), LocalStore(), root, {"terraform.tf": "", ".terraform.lock.hcl": ""}
    )


# -- which program --------------------------------------------------------------------------


def test_terraform_goes_before_tofu_and_one_s_own_before_both(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(machine))
    with pytest.raises(GitiamError, match="neither terraform nor tofu") as raised:
        find_binary()
    assert BINARY_VARIABLE in (raised.value.hint or "")
    tofu = program(machine / "tofu")
    assert find_binary() == tofu
    terraform = program(machine / "terraform")
    assert find_binary() == terraform
    own = program(tmp_path / "own")
    monkeypatch.setenv(BINARY_VARIABLE, str(own))
    assert find_binary() == own
    own.chmod(0o600)
    with pytest.raises(GitiamError, match="is not a program"):
        find_binary()


@pytest.mark.parametrize("version", ["1.10.0", "1.11.4", "1.13.0-beta2", "2.0.0"])
def test_versions_that_do(machine: Path, version: str) -> None:
    check_version(
        program(machine / "t", f'echo \'{{"terraform_version": "{version}"}}\''), Processes()
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('echo \'{"terraform_version": "1.9.8"}\'', "is version 1.9.8; gitiam needs 1.10"),
        ('echo \'{"terraform_version": "0.15.0"}\'', "is version 0.15.0"),
        ('echo \'{"terraform_version": "x.y"}\'', "does not say"),
        ("echo '{\"terraform_version\": null}'", "does not say"),
        ("echo '[]'", "does not say"),
        ("echo Terraform v1.11.4", "does not say"),
        ("exit 3", "does not say"),
    ],
)
def test_versions_that_do_not(machine: Path, script: str, said: str) -> None:
    with pytest.raises(GitiamError, match=said):
        check_version(program(machine / "t", script), Processes())


@pytest.mark.parametrize("script", ["trap '' INT; sleep 600", "sleep 600 & wait; sleep 600"])
def test_a_program_that_never_answers(
    machine: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(toolchain, "VERSION_SECONDS", 0.2)
    monkeypatch.setattr("gitiam.sync.machine.process.GRACE", 0.2)
    with pytest.raises(GitiamError, match=r"/t did not say within 0 seconds which version it is"):
        check_version(program(machine / "t", script), Processes())


# -- what is opened -------------------------------------------------------------------------


def test_plain_terraform_has_its_settings_and_no_host(machine: Path, tmp_path: Path) -> None:
    program(machine / "terraform")
    with open_terraform(estate(tmp_path), Processes(), PLAIN) as terraform:
        assert terraform.hosts is None
        assert terraform.cli_config.read_text().startswith("provider_installation")
        assert terraform.commands(tmp_path).environment["GOGC"] == "300"
        folder = terraform.cli_config.parent
    assert not folder.exists()


def test_gitiam_s_own_environment_goes_before_the_settings(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(machine / "terraform")
    monkeypatch.setenv("GOGC", "77")
    monkeypatch.setenv("SECRET", "x")
    with open_terraform(estate(tmp_path), Processes(), PLAIN) as terraform:
        seen = terraform.commands(tmp_path).environment
    assert seen["GOGC"] == "77"
    assert "SECRET" not in seen


def test_a_cli_configuration_that_is_there_is_used(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(machine / "terraform")
    own = tmp_path / "own.rc"
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    with open_terraform(estate(tmp_path), Processes(), PLAIN) as terraform:
        assert terraform.cli_config != own  # it names nothing yet
    own.touch()
    with open_terraform(estate(tmp_path), Processes(), PLAIN) as terraform:
        assert terraform.cli_config == own


def test_a_terraform_that_is_too_old_leaves_nothing_behind(machine: Path, tmp_path: Path) -> None:
    program(machine / "terraform", 'echo \'{"terraform_version": "1.9.8"}\'')
    with (
        pytest.raises(GitiamError, match=r"needs 1\.10"),
        open_terraform(estate(tmp_path), Processes(), HOSTED),
    ):
        pytest.fail("it was opened")


def test_without_grpc_plain_terraform_does_it(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(machine / "terraform")
    monkeypatch.setitem(sys.modules, "grpc", None)
    for name in [
        name for name in sys.modules if name.startswith("gitiam.sync.terraform.provider.")
    ]:
        if name.rpartition(".")[2] in ("hosts", "plugin", "relay"):
            monkeypatch.delitem(sys.modules, name)
    said: list[str] = []
    with open_terraform(estate(tmp_path), Processes(), HOSTED, say=said.append) as terraform:
        assert terraform.hosts is None
    (line,) = said
    assert line.startswith("without the provider host: ")
    assert line.endswith("; plain Terraform does it, slower")


def test_what_waits_for_an_interrupt_is_not_kept_waiting(machine: Path, tmp_path: Path) -> None:
    program(machine / "terraform")
    processes = Processes()
    processes.stop()
    with pytest.raises(Interrupted), open_terraform(estate(tmp_path), processes, PLAIN):
        pytest.fail("it was opened")


# -- which provider -------------------------------------------------------------------------


def init_that(machine: Path, does: str) -> None:
    """A Terraform whose `init` does this, in the folder that it is started in."""
    program(machine / "terraform", f"[ \"$1\" = version ] && exec echo '{_VERSION}'\n{does}")


_VERSION = '{"terraform_version": "1.11.4"}'


def test_without_a_mirror_init_installs_the_provider(machine: Path, tmp_path: Path) -> None:
    """In a folder that has what decides about it, and nothing else."""
    config = TerraformConfig()
    place = f".terraform/providers/{config.provider_source}/{config.provider_version}"
    place += f"/{mirrors.this_platform()}"
    init_that(
        machine,
        f'echo "$*" > {tmp_path}/asked; ls -A > {tmp_path}/there\n'
        f"mkdir -p {place} && touch {place}/terraform-provider-aws_v5",
    )
    asked = estate(tmp_path)
    with open_terraform(asked, Processes(), PLAIN) as terraform:
        folder = terraform.cli_config.parent / "provider"
        found = _find_program(asked, terraform, folder, is_own=False)
        assert found.path == (folder / place / "terraform-provider-aws_v5").resolve()
    assert (tmp_path / "there").read_text().split() == [".terraform.lock.hcl", "terraform.tf"]
    asked_for = (tmp_path / "asked").read_text().split()
    assert asked_for[0] == "init"
    assert {"-lockfile=readonly", "-backend=false"} <= set(asked_for)


@pytest.mark.parametrize(
    ("does", "said"), [("exit 0", "has left no provider"), ("echo 'Error: no' >&2; exit 1", "no")]
)
def test_an_init_that_installs_none_is_an_error(
    machine: Path, tmp_path: Path, does: str, said: str
) -> None:
    init_that(machine, does)
    with (
        open_terraform(estate(tmp_path), Processes(), HOSTED) as terraform,
        pytest.raises(GitiamError, match=said),
    ):
        _find_program(estate(tmp_path), terraform, tmp_path / "provider", is_own=False)


def test_the_provider_is_looked_for_once_and_not_for_ever_in_vain() -> None:
    asked = []

    def find() -> Program:
        asked.append(threading.get_ident())
        raise GitiamError("not there")

    ask = _kept(find)
    for _ in range(6):
        with pytest.raises(GitiamError, match="not there"):
            ask()
    assert len(asked) == 3

    def find_at_last() -> Program:
        asked.append(0)
        if len(asked) == 4:
            raise GitiamError("not there")
        return Program.at(Path(os.devnull))

    ask = _kept(find_at_last)
    with pytest.raises(GitiamError, match="not there"):
        ask()
    assert ask().path == ask().path == Path(os.devnull)
    assert len(asked) == 5
