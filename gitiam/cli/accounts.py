"""Which accounts a command is about, and reading them with progress, as `crawl` and `drift` do."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext
from gitiam.cli.style import style
from gitiam.errors import UsageError

if TYPE_CHECKING:
    from gitiam.config import Account
    from gitiam.snapshot import Snapshot, Unread
    from gitiam.sync.aws.crawl import Progress


def account_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--account`, which may be given more than once."""
    return click.option(
        "--account",
        "accounts",
        multiple=True,
        metavar="NAME",
        help="This account alone; may be given more than once.",
    )(function)


def chosen_accounts(estate: EstateContext, names: Sequence[str]) -> list[Account]:
    """The accounts of these names, or all; UsageError for a name that `gitiam.yaml` lacks."""
    known = estate.config.accounts
    for name in names:
        require_account(name, known, "gitiam.yaml")
    return [known[name] for name in dict.fromkeys(names or sorted(known))]


def require_account(name: str, known: Collection[str], where: str) -> None:
    """UsageError for an account that is not among these; `where` says who knows them."""
    if name in known:
        return
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(known))}"
    raise UsageError(f"there is no account {name} in {where}", hint=hint)


def read_live(
    estate: EstateContext, accounts: Sequence[Account]
) -> Mapping[str, Snapshot | Unread]:
    """Live IAM of these accounts, with progress on standard error."""
    from gitiam.sync.apply.run import this_run, trail
    from gitiam.sync.aws.crawl import crawl
    from gitiam.sync.aws.session import AccountSessions

    sessions = AccountSessions(run=trail(this_run()))
    with _watching(len(accounts)) as progress:
        return crawl(accounts, sessions, estate.now, progress)


@contextmanager
def _watching(total: int) -> Iterator[Progress]:
    """On a terminal one line that changes; elsewhere a line an account when it is done."""
    if sys.stderr.isatty():
        with _live() as progress:
            yield progress
        return
    count = 0

    def say(account: str, text: str) -> None:
        nonlocal count
        if text in ("done", "unread"):
            count += 1
            word = style("read", "applied") if text == "done" else style(text, "failed")
            click.echo(f"[{count}/{total}] {word} {account}", err=True)

    yield say


@contextmanager
def _live() -> Iterator[Progress]:
    from rich.console import Console
    from rich.text import Text

    reading: dict[str, str] = {}
    with Console(stderr=True).status("reading live IAM") as status:

        def say(account: str, text: str) -> None:
            reading[account] = text
            shown = ", ".join(f"{name}: {what}" for name, what in sorted(reading.items()))
            status.update(Text(f"reading live IAM ({shown})", overflow="ellipsis", no_wrap=True))

        yield say
