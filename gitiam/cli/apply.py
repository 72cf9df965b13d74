"""`gitiam apply`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.approving import Approvals, approvals_options, run_of, with_approvals
from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.destroying import destroy_option, go_ahead
from gitiam.cli.engine import EngineOptions, begin_search, engine_options, opened_engine
from gitiam.cli.pipeline import (
    allow_empty_option,
    announce,
    look,
    only,
    only_option,
    open_ledger,
    some,
)
from gitiam.cli.review import reviewed_option, shown_in
from gitiam.cli.style import style
from gitiam.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitiam.modules import Change


@click.command()
@only_option
@engine_options
@reviewed_option
@destroy_option("Let this principal or policy itself be destroyed")
@allow_empty_option
@click.option(
    "--at-most",
    type=click.IntRange(1),
    metavar="N",
    help="Apply so many modules, those that a request changed before all others; the rest stays"
    " pending, and the run ends with 11.",
)
@click.option(
    "--adopt",
    multiple=True,
    metavar="ACCOUNT/KIND/NAME",
    help="Take over the principal or policy of this module, if it exists already; may be given more"
    " than once.",
)
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
@approvals_options
@format_option("text", "json")
@estate_command
def apply(
    estate: EstateContext,
    only_: tuple[str, ...],
    engine: EngineOptions,
    adopt: tuple[str, ...],
    allow_destroy: tuple[str, ...],
    allow_empty: bool,
    at_most: int | None,
    break_locks: tuple[str, ...],
    lock_timeout: int,
    reviewed: tuple[Path, ...],
    approvals: Approvals,
    format_: str,
) -> None:
    """Apply the pending modules, and them alone.

    Pending is what differs from the ledger. A module that fails leaves the others alone, and stays
    pending; the run then ends with 1. Interrupt it when you like: the next apply goes on. What
    --at-most puts off lets the run end with 11; what --only leaves out is counted, and does not.

    \b
    Examples:
      gitiam apply
      gitiam apply --only prod/role/data-pipeline
      gitiam apply --jobs 4 --format json
      gitiam apply --at-most 500
      gitiam apply --adopt prod/role/data-pipeline
      gitiam apply --break-lock prod/role/data-pipeline
    """
    search = begin_search(estate)

    from gitiam.cli.progress import watching
    from gitiam.report import apply as report
    from gitiam.report.layout import printable
    from gitiam.sync.apply.applier import Applier
    from gitiam.sync.apply.intent import Intent
    from gitiam.sync.apply.run import trail
    from gitiam.sync.apply.schedule import BugError, Stopped, run_all
    from gitiam.sync.aws.live import LiveIam
    from gitiam.sync.aws.session import AccountSessions, Purpose
    from gitiam.sync.machine.process import Processes

    estate.refuse_the_past()
    shown = shown_in(reviewed)
    processes = Processes()
    ledger = open_ledger(estate, processes.is_stopping)
    pending = look(estate, ledger, allow_empty=allow_empty, share=True)
    standings = pending.standings
    chosen = only(pending.changes, only_, pending.names)
    destroyable = go_ahead(allow_destroy, pending.names)
    _refuse_idle(break_locks, only(chosen, break_locks, pending.names))
    only(chosen, adopt, pending.names)
    unchanged = pending.unchanged
    chosen, postponed = some(chosen, at_most)
    left = len(pending.changes) - len(chosen)
    chosen = with_approvals(estate, chosen, approvals)
    results = []
    stopped: BaseException | None = None
    if chosen:
        run = run_of(estate, approvals)
        with opened_engine(estate, chosen, engine, processes, search, lock_timeout) as opened:
            sessions = AccountSessions(run=trail(run))
            applier = Applier(
                opened.terraform,
                ledger,
                LiveIam(sessions),
                standings,
                run,
                destroyable.allowed,
                frozenset(break_locks),
                frozenset(adopt),
                intent=Intent(estate.now, shown, destroyable.named),
                say=lambda line: click.echo(printable(line), err=True),
            )
            announce(chosen, opened.jobs, hosted=engine.hosted)
            with watching(len(chosen), "applied") as watch:
                try:
                    results = run_all(
                        chosen,
                        applier.apply,
                        opened.jobs,
                        processes,
                        watch,
                        admit=lambda account: sessions.session(account, Purpose.APPLY),
                    )
                except Stopped as interrupt:
                    results, stopped = interrupt.results, interrupt
                except BugError as found:
                    results, stopped = found.results, found.bug
    if format_ == "json":
        click.echo(report.as_json(results, unchanged, left, datetime.now(UTC)))
    else:
        click.echo(report.as_text(results, unchanged, style, left=left))
    if stopped is not None:
        raise stopped
    if any(result.error for result in results):
        raise click.exceptions.Exit(ExitCode.ERROR)
    if postponed:
        raise click.exceptions.Exit(ExitCode.PENDING)


def _refuse_idle(break_locks: Sequence[str], used: Sequence[Change]) -> None:
    """A lock is broken only to apply: nobody else is to meet a state that is suddenly free."""
    idle = set(break_locks) - {str(change.key) for change in used}
    if idle:
        raise UsageError(
            f"{', '.join(sorted(idle))} is not to be applied now, so its lock is left alone",
            hint="--break-lock is for modules that are pending, and that --only does not leave out",
        )
