"""`gitiam apply`."""

from __future__ import annotations

import signal

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
from gitiam.errors import ExitCode


@click.command()
@only_option
@jobs_option
@click.option("--allow-destroy", is_flag=True, help="Let principals themselves be destroyed.")
@format_option("text", "json")
@estate_command
def apply(
    estate: EstateContext,
    only_: tuple[str, ...],
    jobs: int | None,
    allow_destroy: bool,
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
    require_valid(estate)
    renderer = renderer_for(estate)
    modules = renderer.modules(estate.state)
    ledger = open_ledger(estate)
    standings = ledger.standings()
    changes = pending_changes(estate, ledger, modules, renderer, standings)
    chosen = only(changes, only_, {str(key) for key in {*modules, *standings}})
    unchanged = len({*modules, *standings}) - len(changes)
    results = []
    if chosen:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        config = estate.config
        processes = Processes()
        run = this_run()
        with open_terraform(config.terraform, config.store, estate.root, processes) as terraform:
            live = LiveIam(AccountSessions(run=run.get("id", "")))
            applier = Applier(terraform, ledger, live, standings, run, allow_destroy)
            jobs = jobs or default_jobs()
            with watching(len(chosen), "applied") as watch:
                results = run_all(chosen, applier.apply, jobs, processes, watch)
    if format_ == "json":
        click.echo(report.as_json(results, unchanged))
    else:
        click.echo(report.as_text(results, unchanged, style))
    if any(result.error for result in results):
        raise click.exceptions.Exit(ExitCode.ERROR)
