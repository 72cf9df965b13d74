"""`gitiam plan`."""

from __future__ import annotations

from pathlib import Path

import click

from gitiam.cli.common import EstateContext, format_option, requests_command
from gitiam.cli.destroying import destroy_option, go_ahead
from gitiam.cli.engine import EngineOptions, begin_search, engine_options, opened_engine
from gitiam.cli.pipeline import (
    allow_empty_option,
    look,
    only,
    only_option,
    open_ledger,
)
from gitiam.cli.review import refuse_unfit, save
from gitiam.cli.style import style
from gitiam.errors import ExitCode, GitiamError


@click.command()
@only_option
@engine_options
@destroy_option("Plan as an apply would that may destroy this principal or policy itself")
@click.option(
    "--save",
    "record",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is shown to this file, for `gitiam apply --reviewed`.",
)
@format_option("text", "json")
@allow_empty_option
@requests_command
def plan(
    estate: EstateContext,
    only_: tuple[str, ...],
    engine: EngineOptions,
    allow_destroy: tuple[str, ...],
    allow_empty: bool,
    record: Path | None,
    format_: str,
) -> None:
    """Show what an apply would do in the pending modules. Changes nothing.

    A plan has a digest over all that it changes; where an apply would stop, the plan says why.
    Exits with 11 when modules are pending, 0 when none is.

    \b
    Examples:
      gitiam plan
      gitiam plan --only prod/role/data-pipeline --format json
      gitiam plan --save reviewed.json
    """
    search = begin_search(estate)

    from gitiam.cli.progress import watching
    from gitiam.report import plan as report
    from gitiam.sync.apply.planner import Planner
    from gitiam.sync.apply.run import this_run, trail
    from gitiam.sync.apply.schedule import BugError, run_all
    from gitiam.sync.aws.session import AccountSessions, Purpose
    from gitiam.sync.machine.process import Processes

    if record is not None:
        refuse_unfit(record)
    ledger = open_ledger(estate)
    pending = look(estate, ledger, allow_empty=allow_empty)
    chosen = only(pending.changes, only_, pending.names)
    destroyable = go_ahead(allow_destroy, pending.names)
    unchanged, left = pending.unchanged, len(pending.changes) - len(chosen)
    results = []
    trouble: Exception | None = None
    run = this_run()
    if chosen:
        processes = Processes()
        with (
            opened_engine(estate, chosen, engine, processes, search) as opened,
            watching(len(chosen), "planned") as watch,
        ):
            planner = Planner(opened.terraform, ledger, pending.standings, run, destroyable.allowed)
            sessions = AccountSessions(run=trail(run))
            try:
                results = run_all(
                    chosen,
                    planner.plan,
                    opened.jobs,
                    processes,
                    watch,
                    admit=lambda account: sessions.session(account, Purpose.PLAN),
                )
            except BugError as found:
                results, trouble = found.results, found.bug
    if record is not None and trouble is None:
        try:
            save(record, results, run)
        except GitiamError as error:
            trouble = error
    if format_ == "json":
        click.echo(report.as_json(results, unchanged, estate.now, left))
    else:
        click.echo(report.as_text(results, unchanged, style, left=left))
    if trouble is not None:
        raise trouble
    if any(result.error for result in results):
        raise click.exceptions.Exit(ExitCode.ERROR)
    if chosen:
        raise click.exceptions.Exit(ExitCode.PENDING)
