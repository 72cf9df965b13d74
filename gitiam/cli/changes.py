"""`gitiam changes`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, against_option, format_option, requests_command
from gitiam.cli.pipeline import allow_empty_option, announce, look, open_ledger, preview
from gitiam.cli.style import style
from gitiam.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitiam.modules import Change


@click.command()
@against_option(
    "Compare with the request files of this folder instead of the ledger: a preview that needs"
    " no credentials.",
)
@click.option(
    "--shards",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Divide what is pending among so many machines at the most; prints JSON for a job matrix.",
)
@click.option(
    "--shard-size",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="With --shards: begin another shard only where there are so many modules for each.",
)
@click.option(
    "--save",
    "record",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is pending to this file too, as JSON, for `gitiam github applied`.",
)
@format_option("text", "json", "markdown")
@allow_empty_option
@requests_command
def changes(
    estate: EstateContext,
    against: Path | None,
    shards: int | None,
    shard_size: int,
    record: Path | None,
    allow_empty: bool,
    format_: str,
) -> None:
    """Show which modules are pending, and why.

    Exits with 11 when modules are pending, 0 when none is. With --against it previews what a pull
    request changes, and exits with 0.

    \b
    Examples:
      gitiam changes
      gitiam changes --format json
      gitiam changes --requests pr/requests --against requests --format markdown
      gitiam changes --shards 8 --shard-size 50
    """
    if shards is not None and (against is not None or format_ == "markdown"):
        raise UsageError(
            "--shards divides what is pending, as JSON: not with --against or Markdown"
        )
    if record is not None and against is not None:
        raise UsageError("--save is for what is pending; it goes without --against")
    if against is not None:
        other = EstateContext(estate.root, against, estate.now)
        previewed = preview(estate, other, allow_empty=allow_empty)
        _print(previewed.changes, previewed.unchanged, format_)
        return
    found = look(estate, open_ledger(estate), allow_empty=allow_empty)
    if record is not None:
        from gitiam.files import write_atomically
        from gitiam.report.changes import as_json

        write_atomically(record, f"{as_json(found.changes, found.unchanged)}\n".encode())
    if shards is not None:
        from gitiam.render.shards import shards as divided
        from gitiam.report.changes import shards_as_json

        count = min(shards, -(-len(found.changes) // shard_size)) or 1
        click.echo(shards_as_json(divided(found.changes, count), len(found.changes)))
    else:
        announce(found.changes)
        _print(found.changes, found.unchanged, format_)
    if found.changes:
        raise click.exceptions.Exit(ExitCode.PENDING)


def _print(found: Sequence[Change], unchanged: int, format_: str) -> None:
    from gitiam.report import changes as report

    match format_:
        case "json":
            click.echo(report.as_json(found, unchanged))
        case "markdown":
            click.echo(report.as_markdown(found, unchanged))
        case _:
            click.echo(report.as_text(found, unchanged, style))
