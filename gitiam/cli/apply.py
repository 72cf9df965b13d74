"""`gitiam apply`."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.pipeline import (
    jobs_option,
    only,
    only_option,
    open_ledger,
    pending_changes,
    renderer_for,
    require_valid,
)
from gitiam.cli.style import style
from gitiam.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitiam.modules import Change


@click.command()
@only_option
@jobs_option
@click.option(
    "--allow-destroy",
    is_flag=True,
    envvar="GITIAM_ALLOW_DESTROY",
    show_envvar=True,
    help="Let principals themselves be destroyed.",
)
@click.option("--allow-empty", is_flag=True, help="Let an estate without requests end all access.")
@click.option(
    "--break-lock",
    "break_locks",
    multiple=True,
    metavar="ACCOUNT/KIND/NAME",
    help="Take away the lock that a dead run left on this module; may be given more than once.",
)
@click.option(
    "--lock-timeout",
    type=click.IntRange(0, 3600),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another run's lock on a state.",
)
@format_option("text", "json")
@estate_command
def apply(
    estate: EstateContext,
    only_: tuple[str, ...],
    jobs: int | None,
    allow_destroy: bool,
    allow_empty: bool,
    break_locks: tuple[str, ...],
    lock_timeout: int,
    format_: str,
) -> None:
    """Apply the pending modules, and them alone.

    Pending is what differs from the ledger. A module that fails leaves the others alone, and stays
    pending; the run then ends with 1. Interrupt it when you like: the next apply goes on.

    \b
    Examples:
      gitiam apply
      gitiam apply --only prod/role/data-pipeline
      gitiam apply --jobs 4 --format json
      gitiam apply --break-lock prod/role/data-pipeline
    """
    from gitiam.cli.progress import watching
    from gitiam.report import apply as report
    from gitiam.sync.apply import Applier
    from gitiam.sync.capacity import default_jobs
    from gitiam.sync.live import LiveIam
    from gitiam.sync.process import Processes
    from gitiam.sync.run import this_run
    from gitiam.sync.schedule import run_all
    from gitiam.sync.session import AccountSessions
    from gitiam.sync.terraform import open_terraform

    estate.refuse_the_past()
    if estate.requests is not None:
        raise UsageError(
            "apply takes the requests of the estate, and no others",
            hint="`gitiam plan --requests DIR` shows what those of another folder would do",
        )
    require_valid(estate, allow_empty=allow_empty)
    renderer = renderer_for(estate)
    modules = renderer.modules(estate.state)
    ledger = open_ledger(estate)
    standings = ledger.standings()
    changes = pending_changes(estate, ledger, modules, renderer, standings)
    known = {str(key) for key in {*modules, *standings}}
    chosen = only(changes, only_, known)
    _refuse_idle(break_locks, only(chosen, break_locks, known))
    unchanged = len({*modules, *standings}) - len(changes)
    results = []
    if chosen:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        config = estate.config
        processes = Processes()
        run = this_run()
        opened = open_terraform(
            config.terraform, config.store, estate.root, processes, lock_timeout
        )
        with opened as terraform:
            live = LiveIam(AccountSessions(run=run.get("id", "")))
            applier = Applier(
                terraform, ledger, live, standings, run, allow_destroy, frozenset(break_locks)
            )
            jobs = jobs or default_jobs()
            with watching(len(chosen), "applied") as watch:
                results = run_all(chosen, applier.apply, jobs, processes, watch)
    if format_ == "json":
        click.echo(report.as_json(results, unchanged))
    else:
        click.echo(report.as_text(results, unchanged, style))
    if any(result.error for result in results):
        raise click.exceptions.Exit(ExitCode.ERROR)


def _refuse_idle(break_locks: Sequence[str], used: Sequence[Change]) -> None:
    """A lock is broken only to apply: nobody else is to meet a state that is suddenly free."""
    idle = set(break_locks) - {str(change.key) for change in used}
    if idle:
        raise UsageError(
            f"{', '.join(sorted(idle))} is not to be applied now, so its lock is left alone",
            hint="--break-lock is for modules that are pending, and that --only does not leave out",
        )
