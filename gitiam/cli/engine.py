"""The options that say how Terraform is run, and Terraform opened accordingly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitiam.cli.common import EstateContext
from gitiam.files import require_utf8

if TYPE_CHECKING:
    from gitiam.modules import Change
    from gitiam.sync.machine.process import Processes
    from gitiam.sync.terraform.provider.verified import MirrorSearch
    from gitiam.sync.terraform.workspace import Terraform

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How many modules at once, in how many MiB of memory, with or without the provider host."""

    jobs: int | None = None
    memory: int | None = None
    hosted: bool = True


@dataclass(frozen=True, slots=True)
class Engine:
    """Terraform, ready to run, and how many modules it shall run at once."""

    terraform: Terraform
    jobs: int


def engine_options(function: F) -> F:
    """Gives a command `--jobs`, `--memory` and `--provider-host`, as `EngineOptions`."""

    def command(
        *args: Any, jobs: int | None, memory: int | None, provider_host: bool, **kwargs: Any
    ) -> Any:
        return function(*args, engine=EngineOptions(jobs, memory, provider_host), **kwargs)

    update_wrapper(command, function)
    for option in (_HOST, _MEMORY, _JOBS):
        command = option(command)
    return command  # type: ignore[return-value]


_JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="How many modules at a time. [default: what cores and memory allow]",
)
_MEMORY = click.option(
    "--memory",
    type=click.IntRange(1),
    metavar="MIB",
    envvar="GITIAM_MEMORY",
    show_envvar=True,
    help="The most memory that the run may take, with Terraform and its providers. [default: what"
    " is free]",
)
_HOST = click.option(
    "--provider-host/--no-provider-host",
    default=True,
    show_default=True,
    envvar="GITIAM_PROVIDER_HOST",
    show_envvar=True,
    help="Start the provider once for many Terraforms, and not several times in each.",
)


def begin_search(estate: EstateContext) -> MirrorSearch | None:
    """Look for the provider, and hash it, while the estate is read and judged.

    For the provider and the lock file that its modules will most likely have. Whoever takes what
    was found asks whether it was for those that they have.
    """
    from gitiam.config import TerraformConfig
    from gitiam.shipped import templates_dir
    from gitiam.sync.terraform.provider.verified import MirrorSearch

    # Reading gitiam.yaml takes longer than the search may wait; most say nothing of Terraform.
    terraform = TerraformConfig() if _has_usual_provider(estate) else estate.config.terraform
    folders = (estate.root / "templates", templates_dir())
    likely = [folder / "terraform" / "lock.hcl" for folder in folders]
    if terraform.lock_file is not None:
        likely = [estate.root / terraform.lock_file]
    for file in likely:
        with suppress(OSError, UnicodeDecodeError):
            return MirrorSearch(terraform, file.read_text(encoding="utf-8"))
    return None


def _has_usual_provider(estate: EstateContext) -> bool:
    try:
        return b"terraform" not in (estate.root / "gitiam.yaml").read_bytes()
    except OSError:
        return False


@contextmanager
def opened_engine(
    estate: EstateContext,
    chosen: Sequence[Change],
    options: EngineOptions,
    processes: Processes,
    search: MirrorSearch | None = None,
    lock_timeout: int | None = None,
) -> Iterator[Engine]:
    """Terraform for these changes, as long as the block lasts.

    GitiamError for a folder of temporary files whose name Terraform could not be told.
    """
    from gitiam.sync.machine.capacity import capacity
    from gitiam.sync.terraform.toolchain import Estate, open_terraform
    from gitiam.sync.terraform.workspace import LOCK_TIMEOUT

    require_utf8(Path(gettempdir()), "the folder for temporary files, TMPDIR,")
    config = estate.config
    files: dict[str, str] = next((dict(c.module.files) for c in chosen if c.module.files), {})
    accounts = len({change.key.account for change in chosen})
    bears = capacity(
        accounts=accounts,
        jobs=options.jobs,
        memory=options.memory,
        # Where every change is blocked, no Terraform runs.
        hosted=options.hosted and bool(files),
    )
    opened = open_terraform(
        Estate(config.terraform, config.store, estate.root, files, search),
        processes,
        bears,
        lock_timeout=LOCK_TIMEOUT if lock_timeout is None else lock_timeout,
        say=lambda line: click.echo(line, err=True),
    )
    with opened as terraform:
        yield Engine(terraform, bears.jobs)
