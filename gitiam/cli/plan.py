"""`gitiam plan`."""

from __future__ import annotations

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
@format_option("text", "json")
@estate_command
def plan(estate: EstateContext, only_: tuple[str, ...], jobs: int | None, format_: str) -> None:
    """Show what Terraform would do in the pending modules. Changes nothing.

    Exits with 11 when modules are pending, 0 when none is.

    \b
    Examples:
      gitiam plan
      gitiam plan --only prod/role/data-pipeline --format json
    """
    from gitiam.cli.progress import watching
    from gitiam.report import apply as report
    from gitiam.sync.capacity import default_jobs
    from gitiam.sync.process import Processes
    from gitiam.sync.schedule import run_all
    from gitiam.sync.terraform import open_terraform

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
        config = estate.config
        processes = Processes()
        with (
            open_terraform(config.terraform, config.store, estate.root, processes) as terraform,
            watching(len(chosen), "planned") as watch,
        ):
            results = run_all(chosen, terraform.plan, jobs or default_jobs(), processes, watch)
    if format_ == "json":
        click.echo(report.plan_as_json(results, unchanged))
    else:
        click.echo(report.plan_as_text(results, unchanged, style))
    if any(result.error for result in results):
        raise click.exceptions.Exit(ExitCode.ERROR)
    if chosen:
        raise click.exceptions.Exit(ExitCode.PENDING)
