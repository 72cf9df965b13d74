"""Providers, true and false, and Terraform on top of them, as gitiam opens it for a run."""

from __future__ import annotations

import os
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gitiam.config import LocalStore, TerraformConfig
from gitiam.modules import Module
from gitiam.outcomes import Outcome
from gitiam.shipped import templates_dir
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.aws.session import Purpose
from gitiam.sync.machine.capacity import Capacity
from gitiam.sync.machine.process import Processes
from gitiam.sync.terraform.mirrors import find_mirror, this_platform
from gitiam.sync.terraform.provider.package import program_in
from gitiam.sync.terraform.toolchain import Estate, open_terraform
from gitiam.sync.terraform.workspace import Terraform, Variables
from tests.support.descendants import descendants
from tests.support.emulator import use
from tests.support.estates import Files
from tests.support.states import modules_of

CONFIG = TerraformConfig()
ROLES = ("plan", "apply", "crawl")
#: What the program in a false package is called.
PROGRAM = "terraform-provider-aws_v5.100.0_x5"


def lock_text() -> str:
    """The lock file that every module gets."""
    return (templates_dir() / "terraform" / "lock.hcl").read_text(encoding="utf-8")


def package_of(mirror: Path, config: TerraformConfig = CONFIG) -> Path:
    """Where an unpacked provider lies in a mirror."""
    return mirror / config.provider_source / config.provider_version / this_platform()


def false_provider(path: Path, script: str) -> Path:
    """A program that is no provider: a shell script."""
    path.write_text(f"#!/bin/sh\n{textwrap.dedent(script)}", encoding="utf-8")
    path.chmod(0o700)
    return path


def false_package(mirror: Path, script: str) -> Path:
    """A package in a mirror, with files and folders, whose program is no provider."""
    folder = package_of(mirror)
    (folder / "deep").mkdir(parents=True)
    false_provider(folder / PROGRAM, script)
    (folder / "LICENSE.txt").write_bytes(b"free\r\n")
    (folder / "deep" / "note").write_bytes(b"")
    return folder


def lock_of(*hashes: str) -> str:
    """A lock file with these hashes for the provider."""
    listed = "\n".join(f'    "{value}",' for value in hashes)
    return f'provider "{CONFIG.provider_source}" {{\n  hashes = [\n{listed}\n  ]\n}}\n'


def greeting(protocol: object = 5, socket: str = "/nowhere") -> str:
    """The line of go-plugin's handshake."""
    return f"1|{protocol}|unix|{socket}|grpc|"


@pytest.fixture(scope="session")
def real_provider() -> Path:
    """The provider's program in the mirror of this machine."""
    mirror = find_mirror(CONFIG)
    program = program_in(package_of(mirror)) if mirror else None
    if program is None:
        pytest.skip("there is no mirror that holds the provider unpacked")
    return program


def providers() -> dict[int, str]:
    """The providers that run below this process, by process id."""
    found = descendants(os.getpid()).items()
    return {pid: command for pid, command in found if is_provider(command)}


def is_provider(command: str) -> bool:
    """Whether a command line is that of a provider, and not of the shell that guards it."""
    return Path(command.split(" ")[0]).name.startswith("terraform-provider-")


def config_text(accounts: dict[str, str]) -> str:
    """A `gitiam.yaml` of accounts, by name and id, each with roles of its own."""
    lines = ["accounts:"]
    for name, id_ in accounts.items():
        lines += [f'  {name}:\n    id: "{id_}"\n    roles:']
        lines += [f"      {p}: arn:aws:iam::{id_}:role/gitiam-{p}" for p in ROLES]
    lines += ["requests:", f"  expiry: {{never_accounts: [{', '.join(accounts)}]}}", ""]
    return "\n".join(lines)


def send_to(principal: str, queue: str, account: str = "prod") -> str:
    """A request for an inline policy of one statement."""
    return textwrap.dedent(f"""\
        account: {account}
        principal: {principal}
        reason: So that the test has something to see
        expires: 2027-01-15
        grants:
          - actions: [sqs:SendMessage]
            resources: ["arn:aws:sqs:us-east-1:{{account_id}}:{queue}"]
        """)


def declared(principal: str, account: str = "prod", more: str = "") -> str:
    """A principal that the estate owns; roles trust Lambda."""
    trust = "trust: [{service: lambda.amazonaws.com}]\n" if principal.startswith("role/") else ""
    return (
        f"kind: principal\naccount: {account}\nprincipal: {principal}\n"
        f"reason: The estate owns it, so that the test can\n{trust}{more}"
    )


@dataclass
class Rig:
    """A folder for states, accounts that are empty, and what was said about the host."""

    folder: Path
    emulator: Emulator
    accounts: dict[str, str]
    said: list[str] = field(default_factory=list)
    processes: Processes = field(default_factory=Processes)

    def modules(self, files: Files) -> dict[str, Module]:
        """The modules of an estate, by name."""
        given = {"gitiam.yaml": config_text(self.accounts), **files}
        return {str(key): module for key, module in modules_of(given).items()}

    def roles(self, *names: str, account: str = "prod", queue: str = "q") -> list[Module]:
        """One module for each declared role, with one statement each."""
        files = {}
        for name in names:
            files[f"requests/{name}.yaml"] = declared(f"role/{name}", account)
            files[f"requests/{name}-q.yaml"] = send_to(f"role/{name}", f"{queue}-{name}", account)
        found = self.modules(files)
        return [found[f"{account}/role/{name}"] for name in names]

    @contextmanager
    def open(
        self,
        *,
        hosts: int = 1,
        jobs: int = 2,
        config: TerraformConfig = CONFIG,
        shortcut: bool = True,
    ) -> Iterator[Terraform]:
        """Terraform as a run has it: with so many hosts at most; with none, by the shortcut.

        Without that, too, it is plain Terraform, and nothing of gitiam's is in between.
        """
        files = {"terraform.tf": "", ".terraform.lock.hcl": lock_text()}
        files["terraform.tf"] = next(iter(self.modules(_ANY).values())).files["terraform.tf"]
        go = {"GOGC": "400"}
        bears = Capacity(jobs, hosts, jobs, attached=go, provider=go, plain=go)
        estate = Estate(config, LocalStore(), self.folder, files)
        opened = open_terraform(
            estate, self.processes, bears, lock_timeout=20, say=self.said.append
        )
        with opened as terraform:
            yield terraform if shortcut else replace(terraform, shortcut=lambda: None)

    def state(self, module: Module) -> str:
        """A module's state as it lies there; empty where there is none."""
        file = self.folder / LocalStore().folder / "state" / f"{module.key}.tfstate"
        return file.read_text(encoding="utf-8") if file.exists() else ""


_ANY = {"requests/any.yaml": declared("role/any"), "requests/q.yaml": send_to("role/any", "q")}


def variables(module: Module, run: str = "1") -> Variables:
    """Those of an apply, with the account's role."""
    return Variables(module.account.roles.apply, Purpose.APPLY, run)


def apply(terraform: Terraform, module: Module, run: str = "1") -> Outcome:
    """One module, without anything around it."""
    with terraform.workspace(module) as workspace:
        return workspace.apply(variables(module, run))


@pytest.fixture
def rig(
    emulator: Emulator,
    fresh_account: str,
    other_account: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Rig]:
    """Two empty accounts, `prod` and `dev`; and nothing is left running, or lying about."""
    folder = Path(tempfile.mkdtemp(prefix="g-"))
    (folder / "tmp").mkdir()
    use(emulator, monkeypatch)
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield Rig(folder, emulator, {"prod": fresh_account, "dev": other_account})
    assert providers() == {}
    assert list((folder / "tmp").iterdir()) == []
    shutil.rmtree(folder)
