"""`gitiam crawl`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.accounts import account_option, chosen_accounts, read_live
from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.pipeline import relative
from gitiam.cli.style import style
from gitiam.errors import ExitCode

if TYPE_CHECKING:
    from gitiam.snapshot import Snapshot, Unread

SNAPSHOTS = Path(".gitiam/snapshots")


@click.command()
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Where to write ACCOUNT.json. [default: {SNAPSHOTS} in the estate's folder]",
)
@account_option
@format_option("text", "json")
@estate_command
def crawl(estate: EstateContext, out: Path | None, accounts: tuple[str, ...], format_: str) -> None:
    """Write a snapshot of live IAM, account by account.

    Reads users, groups, roles and customer managed policies with the account's `crawl` role. An
    account that cannot be read gets a file that says so, and the exit code is 1.

    \b
    Examples:
      gitiam crawl
      gitiam crawl --account prod --out /tmp/snapshots
      gitiam drift --snapshot .gitiam/snapshots
    """
    from gitiam.snapshot import Unread
    from gitiam.sync.aws.crawl import write_snapshots

    folder = out or estate.root / SNAPSHOTS
    found = read_live(estate, chosen_accounts(estate, accounts))
    write_snapshots(folder, found)
    if format_ == "json":
        body = [_as_json(one, folder) for _, one in sorted(found.items())]
        click.echo(json.dumps({"snapshots": body}, indent=2))
    else:
        for _, one in sorted(found.items()):
            click.echo(_as_text(one, folder))
    if any(isinstance(one, Unread) for one in found.values()):
        raise click.exceptions.Exit(ExitCode.ERROR)


def _as_json(one: Snapshot | Unread, folder: Path) -> dict[str, str | int]:
    from gitiam.snapshot import Unread

    body: dict[str, str | int] = {"account": one.account, "file": f"{folder / one.account}.json"}
    return {**body, "unread": one.reason} if isinstance(one, Unread) else {**body, **_counts(one)}


def _as_text(one: Snapshot | Unread, folder: Path) -> str:
    from gitiam.report.layout import printable
    from gitiam.snapshot import Unread

    if isinstance(one, Unread):
        return f"{style(one.account, 'failed')}: unread: {printable(one.reason)}"
    counts = ", ".join(f"{count:,} {what}" for what, count in _counts(one).items())
    return f"{style(one.account, 'place')}: {counts} → {relative(folder / one.account)}.json"


def _counts(snapshot: Snapshot) -> dict[str, int]:
    return {
        "users": len(snapshot.users),
        "groups": len(snapshot.groups),
        "roles": len(snapshot.roles),
        "policies": len(snapshot.policies),
    }
