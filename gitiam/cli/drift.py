"""`gitiam drift`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.accounts import account_option, chosen_accounts, read_live
from gitiam.cli.common import EstateContext, format_option, requests_command
from gitiam.cli.pipeline import open_ledger, recorded, renderer_for
from gitiam.cli.snapshots import read_snapshots
from gitiam.cli.style import shown, style
from gitiam.errors import ExitCode, GitiamError

if TYPE_CHECKING:
    from gitiam.drift import DriftReport, UnreadPart
    from gitiam.models import ModuleKey
    from gitiam.modules import Record


@click.command()
@click.option(
    "--snapshot",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Compare with what `gitiam crawl` wrote to this folder, instead of reading live IAM.",
)
@account_option
@format_option("text", "json", "markdown")
@requests_command
def drift(
    estate: EstateContext, folder: Path | None, accounts: tuple[str, ...], format_: str
) -> None:
    """Compare live IAM with what the estate says. Changes nothing.

    Says what is missing, changed, unmanaged, or still there though its request has expired; and
    what could not be compared, which is never taken for clean. What an apply of pending modules
    takes away is marked; what nobody asked for never is.

    Exits with 0 when everything was compared and nothing differs, 12 otherwise.

    \b
    Examples:
      gitiam drift
      gitiam drift --account prod --format json
      gitiam crawl && gitiam drift --snapshot .gitiam/snapshots
    """
    from gitiam.desired.expired import expired_state
    from gitiam.sync.drift.comparison import compare

    chosen = chosen_accounts(estate, accounts)
    live = read_snapshots(folder, chosen) if folder else read_live(estate, chosen)
    report = compare(
        estate.state,
        expired_state(estate.estate, estate.catalog, estate.now),
        live,
        estate.config,
        accounts=[account.name for account in chosen],
        pending=_pending(estate),
        unread=_unread_files(estate),
    )
    _print(report, format_)
    if not report.is_clean:
        raise click.exceptions.Exit(ExitCode.DRIFT)


def _pending(estate: EstateContext) -> Mapping[ModuleKey, Record | None]:
    """The modules that are not applied yet, with what was; none where the ledger is not at hand."""
    from gitiam.render.changes import behind

    try:
        ledger = open_ledger(estate)
        standings = ledger.standings()
        if not standings:
            return {}
        modules = renderer_for(estate).modules(estate.state)
        wanted = behind({key: module.digest for key, module in modules.items()}, standings)
        gone = standings.keys() - modules.keys()
        read = recorded(ledger, standings, [*(k for k in wanted if k in standings), *gone])
    except GitiamError as error:
        click.echo(f"what is pending is not marked: {shown(error.message)}", err=True)
        return {}
    return {key: read.get(key) for key in (*wanted, *gone)}


def _unread_files(estate: EstateContext) -> Iterator[UnreadPart]:
    """Files of the estate that could not be understood: what they ask for is not known."""
    from gitiam.drift import UnreadPart

    for finding in estate.estate.findings:
        if finding.blocks:
            yield UnreadPart(str(finding.location), finding.message)


def _print(report: DriftReport, format_: str) -> None:
    from gitiam.report import drift as told

    match format_:
        case "json":
            click.echo(told.as_json(report))
        case "markdown":
            click.echo(told.as_markdown(report))
        case _:
            click.echo(told.as_text(report, style))
