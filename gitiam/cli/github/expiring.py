"""`gitiam github expiring`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gitiam.cli.chat import tell_chat
from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.hub import connected, repository_option
from gitiam.cli.style import shown
from gitiam.errors import ExitCode

if TYPE_CHECKING:
    from gitiam.models import Request
    from gitiam.report.expiring import Asked
    from gitiam.review.github.client import Hub
    from gitiam.review.github.sticky import Written


@click.command()
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(1, 366),
    default=7,
    show_default=True,
    help="Tell of what ends within so many days.",
)
@repository_option
@format_option("text", "json")
@estate_command
def expiring(estate: EstateContext, days: int, repository: str | None, format_: str) -> int:
    """Keep one issue that says which access ends soon, and calls those who asked for it.

    Whoever opened the pull request that brought a file is mentioned beside it. The issue's text is
    the same as long as the files are, so that GitHub tells each of them once. It is closed when
    nothing ends soon. The token needs `issues: write`, `contents: read` and `pull-requests: read`.

    \b
    Examples:
      gitiam github expiring
      gitiam github expiring --days 14 --format json
    """
    from gitiam.report.expiring import ending

    _warn_of_unread(estate)
    requests = ending(estate.estate.requests, estate.now, days)
    written = _tell(estate, requests, connected(repository), days)
    if format_ == "json":
        body = {
            "did": written.did if written else "nothing",
            "expiring": [
                {"path": r.path, "expires": r.expires.isoformat() if r.expires else None}
                for r in requests
            ],
            "issue": written.address if written else None,
        }
        click.echo(json.dumps(body, indent=2))
    else:
        click.echo(f"issue {written.did}: {written.address}" if written else "no issue is needed")
    return ExitCode.CLEAN


def _warn_of_unread(estate: EstateContext) -> None:
    for path in dict.fromkeys(f.location.path for f in estate.estate.findings if f.blocks):
        click.echo(f"not looked at, as it cannot be read: {shown(path)}", err=True)


def _tell(
    estate: EstateContext, requests: Sequence[Request], hub: Hub, days: int
) -> Written | None:
    from gitiam.chat import Event
    from gitiam.report import chat
    from gitiam.report import expiring as told
    from gitiam.review.github.single_issue import close_issue, tell_issue

    if not requests:
        return close_issue(hub, told.MARKER, told.LABEL, told.closed_text(days))
    asked = {one.path: _asked(hub, one.path) for one in requests[: told.MOST]}
    text = told.issue_text(requests, asked, days)
    written = tell_issue(hub, told.MARKER, told.LABEL, told.TITLE, text)
    if written.did != "unchanged":
        message = chat.expiring(told.chat_lines(requests), written.address)
        tell_chat(estate.config, os.environ, Event.EXPIRING, message)
    return written


def _asked(hub: Hub, path: str) -> Asked:
    from gitiam.report.expiring import Asked
    from gitiam.review.github.requesters import requester_of

    found = requester_of(hub, path)
    return Asked(found.login, found.pull)
