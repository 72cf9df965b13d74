"""Finds Terraform and the provider, and makes them ready for a run."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gitiam.config import Store, TerraformConfig
from gitiam.errors import GitiamError
from gitiam.sync.machine.capacity import Capacity
from gitiam.sync.machine.process import Processes, TooLongError, inherited_environment
from gitiam.sync.terraform.mirrors import cli_configuration
from gitiam.sync.terraform.provider.verified import MirrorSearch, Program, installed
from gitiam.sync.terraform.shortcut import Shortcuts
from gitiam.sync.terraform.text_check import ROOT_FILE
from gitiam.sync.terraform.workspace import LOCK_TIMEOUT, Terraform

if TYPE_CHECKING:
    from gitiam.sync.terraform.provider.hosts import Hosts

BINARY_VARIABLE = "GITIAM_TERRAFORM"
OLDEST = (1, 10)
#: How long the program may take to say which version it is.
VERSION_SECONDS = 60.0

#: With `ROOT_FILE`, what decides which provider a module gets.
LOCK_FILE = ".terraform.lock.hcl"

_MOST_FAILURES = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class Estate:
    """What Terraform must know of the estate; `files` are those of any of its modules.

    `search` is begun by whoever expects that a module will run.
    """

    config: TerraformConfig
    store: Store
    root: Path
    files: Mapping[str, str]
    search: MirrorSearch | None = None


@contextmanager
def open_terraform(
    estate: Estate,
    processes: Processes,
    capacity: Capacity,
    *,
    lock_timeout: int = LOCK_TIMEOUT,
    say: Say = lambda line: None,
) -> Iterator[Terraform]:
    """Terraform, and the providers that it shares, for as long as the block lasts.

    `say` is told in a line when the provider host cannot be used.
    """
    binary = find_binary()
    own = os.environ.get("TF_CLI_CONFIG_FILE", "")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gitiam-")))
        is_own = bool(own) and Path(own).is_file()
        cli_config = Path(own).absolute() if is_own else folder / "terraform.rc"
        if not is_own:
            cli_config.write_text(cli_configuration(estate.config), encoding="utf-8")
        terraform = Terraform(
            binary=binary,
            cli_config=cli_config,
            store=estate.store,
            root=estate.root,
            processes=processes,
            lock_timeout=lock_timeout,
            attached=capacity.attached,
            plain=capacity.plain,
            plain_jobs=threading.Semaphore(capacity.plain_jobs),
            say=say,
        )
        if estate.files:
            estate = replace(estate, search=None if is_own else _search(estate))
        find = _kept(partial(_find_program, estate, terraform, folder / "provider", is_own))
        if capacity.hosts:
            hosts = _hosts(estate.config, find, capacity, say)
            if hosts is not None:
                stack.callback(hosts.close)
                hosts.prepare()
                terraform = replace(terraform, hosts=hosts)
        elif not is_own:
            shortcuts = Shortcuts(estate.config, find)
            stack.callback(shortcuts.close)
            terraform = replace(terraform, shortcut=shortcuts.find)
        check_version(binary, processes)
        yield terraform


def _search(estate: Estate) -> MirrorSearch:
    """The one that was begun, if it was for the lock file that the modules have after all."""
    lock = estate.files[LOCK_FILE]
    if estate.search is not None and estate.search.is_for(estate.config, lock):
        return estate.search
    return MirrorSearch(estate.config, lock)


def _hosts(
    config: TerraformConfig, program: Callable[[], Program], capacity: Capacity, say: Say
) -> Hosts | None:
    try:
        from gitiam.sync.terraform.provider.hosts import Hosts
    except ImportError as error:  # grpcio is not there for every machine
        say(f"without the provider host: {error}; plain Terraform does it, slower")
        return None
    environment = {**capacity.provider, **inherited_environment()}
    return Hosts(config, program, environment, capacity.hosts, say)


def _kept(find: Callable[[], Program]) -> Callable[[], Program]:
    """What is found is kept; so is a failure that comes again and again, for all other modules.

    Once more, since the registry may have been away for a moment.
    """
    found: list[Program] = []
    failures: list[Exception] = []

    def ask() -> Program:
        if len(failures) >= _MOST_FAILURES:
            raise failures[-1]
        if not found:
            try:
                found.append(find())
            except Exception as error:
                failures.append(error)
                raise
        return found[0]

    return ask


def _find_program(estate: Estate, terraform: Terraform, folder: Path, is_own: bool) -> Program:
    """The provider's program, verified; by gitiam in a mirror of its finding, else by Terraform."""
    if not is_own and estate.search is not None:
        found = estate.search.result()
        if found is not None:
            return found
    folder.mkdir(exist_ok=True)
    for name in (ROOT_FILE, LOCK_FILE):
        (folder / name).write_text(estate.files[name], encoding="utf-8")
    terraform.commands(folder).init(["-backend=false"])
    found = installed(folder, estate.config)
    if found is None:
        raise GitiamError("`terraform init` has left no provider")
    return found


def find_binary() -> Path:
    """`GITIAM_TERRAFORM`, else `terraform`, else `tofu` on the PATH; GitiamError for none."""
    own = os.environ.get(BINARY_VARIABLE)
    for name in [own] if own else ["terraform", "tofu"]:
        found = shutil.which(name)
        if found:
            return Path(found).absolute()
    raise GitiamError(
        f"{own} is not a program" if own else "neither terraform nor tofu is on the PATH",
        hint=f"Install Terraform 1.10 or later, or set {BINARY_VARIABLE} to where it is",
    )


def check_version(binary: Path, processes: Processes) -> None:
    """GitiamError when the program is too old for S3's own state locks, or does not answer."""
    try:
        finished = processes.run(
            [binary, "version", "-json"],
            folder=Path(),
            environment={**inherited_environment(), "CHECKPOINT_DISABLE": "1"},
            longest=VERSION_SECONDS,
        )
    except TooLongError:
        raise GitiamError(
            f"{binary} did not say within {VERSION_SECONDS:.0f} seconds which version it is",
            hint=f"Is it Terraform or OpenTofu? {BINARY_VARIABLE} says which one to use",
        ) from None
    try:
        text = str(json.loads(finished.stdout)["terraform_version"])
        version = tuple(int(part) for part in text.split("-")[0].split("."))
    except (ValueError, KeyError, TypeError):
        raise GitiamError(
            f"{binary} does not say which version it is", hint="Is it Terraform or OpenTofu?"
        ) from None
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise GitiamError(
            f"{binary} is version {text}; gitiam needs {oldest} or later",
            hint=f"Install a newer one, or set {BINARY_VARIABLE} to where it is",
        )
