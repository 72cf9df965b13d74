"""`gitiam audit`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitiam.cli.common import EstateContext, estate_command, format_option, parse_instant
from gitiam.cli.hub import connected, repository_option
from gitiam.cli.pipeline import open_ledger
from gitiam.cli.style import style
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.approvals.record import Approved
    from gitiam.auditing.asking import Approvals
    from gitiam.auditing.drifting import Drifted
    from gitiam.auditing.reading import Reader
    from gitiam.auditing.values import Audit, Books, Chronicle, Source


def _principal(_ctx: click.Context, _option: Any, text: str | None) -> str | None:
    """A mistyped name would look like somebody who never had anything."""
    from gitiam.models import ModuleKey

    try:
        return None if text is None else ModuleKey.parse(f"any/{text}").principal
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not role/NAME, user/NAME, group/NAME or policy/NAME"
        ) from None


def _resource(_ctx: click.Context, _option: Any, text: str | None) -> str | None:
    if text is None or text.startswith(("arn:", "*", "?")):
        return text
    raise click.BadParameter(f"{text!r} is no ARN, such as arn:aws:s3:::orders/*")


@click.command()
@click.option(
    "--principal",
    metavar="KIND/NAME",
    callback=_principal,
    help="What this principal or policy had.",
)
@click.option("--account", metavar="NAME", help="What there was in this account.")
@click.option("--person", metavar="NAME", help="What this person asked for, or approved.")
@click.option(
    "--since",
    metavar="DATE",
    callback=parse_instant,
    help="What had not ended before this date.",
)
@click.option(
    "--until", metavar="DATE", callback=parse_instant, help="What had begun before this date."
)
@click.option(
    "--resource",
    metavar="ARN",
    callback=_resource,
    help="What may open this resource; * and ? stand for others.",
)
@click.option(
    "--drift",
    "drift_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="What `gitiam drift --format json` printed: marked where it is about a permission.",
)
@click.option("--base", metavar="REF", help="The main branch. [default: origin's, else main]")
@click.option("--offline", is_flag=True, help="Do not ask GitHub for the approvals.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file, whole or not at all.",
)
@repository_option
@format_option("text", "csv", "json", "html")
@estate_command
def audit(
    estate: EstateContext,
    principal: str | None,
    account: str | None,
    person: str | None,
    since: datetime | None,
    until: datetime | None,
    resource: str | None,
    drift_file: Path | None,
    base: str | None,
    offline: bool,
    output: Path | None,
    repository: str | None,
    format_: str,
) -> None:
    """List every permission there ever was, from git, the ledger and GitHub. Changes nothing.

    Each version of each file that the main branch ever had, for each principal and account: who
    asked for it and why, who approved it, which run applied it and when, when it ended and how.
    What cannot be read is listed as such. GitHub is asked, with GITHUB_TOKEN, for those approvals
    that the ledger does not hold.

    Exits with 0, or with 12 when something could not be asked or is incomplete; every format says
    what.

    \b
    Examples:
      gitiam audit --format html --output audit.html
      gitiam audit --principal role/data-pipeline --since 2026-10-01 --until 2027-01-01
      gitiam audit --resource 'arn:aws:s3:::orders/*' --format csv
      gitiam audit --person alice --format json
    """
    from gitiam.auditing.asking import with_approvals
    from gitiam.auditing.choosing import Choice
    from gitiam.auditing.drifting import with_drift
    from gitiam.auditing.joining import permissions_of
    from gitiam.auditing.values import Audit, Source

    drifted = _drifted(drift_file)
    chronicle, books = _chronicle(estate, base), _books(estate)
    permissions = permissions_of(chronicle, books, _reader(estate), estate.now)
    choice = Choice(principal, account, None, since, until, resource)
    asked = None if offline else _asked(repository)
    chosen, approvals = with_approvals(choice.of(permissions), asked)
    chosen = replace(Choice(), person=person).of(chosen)
    sources = [_source("git", chronicle.gaps), _source("ledger", books.gaps), approvals]
    sources.append(drifted.source if drifted else Source("drift", "not given"))
    if drifted:
        chosen = with_drift(chosen, drifted)
    found = Audit(estate.now, chosen, tuple(sources))
    _write(found, format_, output)
    if not found.is_complete:
        raise click.exceptions.Exit(ExitCode.DRIFT)


def _chronicle(estate: EstateContext, base: str | None) -> Chronicle:
    """What git knows; where it cannot be asked, that is a gap."""
    from gitiam.auditing.values import Chronicle
    from gitiam.sync.undo.chronicle import chronicle
    from gitiam.sync.undo.git import open_repository
    from gitiam.sync.undo.revert import find_base
    from gitiam.sync.undo.workshop import open_workshop

    try:
        repository = open_repository(estate.root)
        found = find_base(repository, base)
        with open_workshop(repository) as workshop:
            return chronicle(workshop, repository, found.commit)
    except GitiamError as error:
        if base is not None:
            raise
        return Chronicle({}, {}, (f"could not be asked: {error}",))


def _books(estate: EstateContext) -> Books:
    """What the ledger knows; where it cannot be asked, that is a gap."""
    from gitiam.auditing.values import Books
    from gitiam.sync.store.past import books_of

    try:
        return books_of(open_ledger(estate))
    except GitiamError as error:
        return Books({}, (f"could not be asked: {error}",), is_read=False)


def _reader(estate: EstateContext) -> Reader:
    from gitiam.auditing.reading import Reader
    from gitiam.desired.compute import resolver_of

    return Reader(estate.config, resolver_of(estate.estate, estate.catalog))


def _asked(repository: str | None) -> Approvals | None:
    """GitHub, where a token says that it may be asked."""
    if repository is None or not os.environ.get("GITHUB_TOKEN"):
        return None
    from gitiam.review.github.past import approved_by

    hub = connected(repository)

    def ask(commit: str) -> Approved | None:
        return approved_by(hub, commit)

    return ask


def _drifted(file: Path | None) -> Drifted | None:
    from gitiam.auditing.drifting import parse_drift

    if file is None:
        return None
    try:
        return parse_drift(file.read_bytes().decode())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be read: {error}", hint="gitiam drift --format json > FILE writes one"
        ) from None


def _source(name: str, gaps: Iterable[str]) -> Source:
    from gitiam.auditing.values import Source

    found = tuple(gaps)
    return Source(name, "incomplete" if found else "read", found)


def _write(found: Audit, format_: str, output: Path | None) -> None:
    from gitiam.files import write_atomically

    text = _told(found, format_, is_file=output is not None)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        write_atomically(output, text.encode() if text.endswith("\n") else f"{text}\n".encode())
    except OSError as error:
        raise GitiamError(f"{output} cannot be written: {error.strerror}") from error


def _told(found: Audit, format_: str, *, is_file: bool) -> str:
    from gitiam.report import audit as told
    from gitiam.report.audit_page import as_html
    from gitiam.report.layout import plain

    match format_:
        case "json":
            return told.as_json(found)
        case "csv":
            return told.as_csv(found)
        case "html":
            return as_html(found)
        case _:
            return told.as_text(found, plain if is_file else style)
