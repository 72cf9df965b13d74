"""`gitiam changes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.pipeline import (
    files_of,
    open_ledger,
    pending_changes,
    renderer_for,
    require_valid,
)
from gitiam.cli.style import style
from gitiam.errors import ExitCode

if TYPE_CHECKING:
    from gitiam.models import ModuleKey
    from gitiam.modules import Change, Module


@click.command()
@click.option(
    "--against",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Compare with the request files of this folder instead of the ledger: a preview that needs"
    " no credentials.",
)
@format_option("text", "json", "markdown")
@estate_command
def changes(estate: EstateContext, against: Path | None, format_: str) -> None:
    """Show which modules are pending, and why.

    Exits with 11 when modules are pending, 0 when none is. With --against it previews what a pull
    request changes, and exits with 0.

    \b
    Examples:
      gitiam changes
      gitiam changes --format json
      gitiam changes --requests pr/requests --against requests --format markdown
    """
    require_valid(estate)
    renderer = renderer_for(estate)
    modules = renderer.modules(estate.state)
    before: Mapping[ModuleKey, Module] | None = None
    if against is None:
        ledger = open_ledger(estate)
        standings = ledger.standings()
        found = pending_changes(estate, ledger, modules, renderer, standings)
        total = len({*modules, *standings})
    else:
        other = EstateContext(estate.root, against, estate.now)
        before = renderer.modules(other.state)
        found = _preview(estate, other, modules, before)
        total = len({*modules, *before})
    _print(found, total - len(found), before, format_)
    if found and against is None:
        raise click.exceptions.Exit(ExitCode.PENDING)


def _preview(
    estate: EstateContext,
    other: EstateContext,
    modules: Mapping[ModuleKey, Module],
    before: Mapping[ModuleKey, Module],
) -> tuple[Change, ...]:
    """How the request files of one folder differ from those of another."""
    from gitiam.render.changes import pending, record_of, standing_of

    return pending(
        modules,
        standing_of(before),
        renderer_for(estate).empty,
        lambda key: record_of(before[key]) if key in before else None,
        files_of(estate),
    )


def _print(
    found: Sequence[Change],
    unchanged: int,
    before: Mapping[ModuleKey, Module] | None,
    format_: str,
) -> None:
    from gitiam.report import changes as report

    match format_:
        case "json":
            click.echo(report.as_json(found, unchanged))
        case "markdown":
            click.echo(report.as_markdown(found, unchanged, before))
        case _:
            click.echo(report.as_text(found, unchanged, style))
