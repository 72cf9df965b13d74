"""`gitiam github drift`."""

from __future__ import annotations

import json
import os
from datetime import UTC, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.chat import tell_chat
from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.hub import connected, repository_option, run_address
from gitiam.errors import ExitCode, GitiamError

if TYPE_CHECKING:
    from gitiam.drift import DriftReport
    from gitiam.report.drift_issue import Told
    from gitiam.review.github.sticky import Written

#: In days: how long a request lasts that adopts something, unless the estate allows less.
_ADOPTED = 30


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@repository_option
@format_option("text", "json")
@estate_command
def drift(estate: EstateContext, file: Path, repository: str | None, format_: str) -> int:
    """Keep one issue that says where live IAM and the estate differ, and what to do about it.

    FILE is what `gitiam drift --format json` printed. The issue is written anew each time, closed
    when everything was compared and nothing differs, and opened again when something does. An
    account of gitiam.yaml that was not read keeps it open. A FILE that is missing or broken is an
    error, and the issue stays as it was. The token needs `issues: write`.

    \b
    Examples:
      gitiam github drift drift.json
      gitiam github drift drift.json --repository example/access --format json
    """
    from gitiam.load.drift import read_drift, with_unnamed_accounts

    accounts = frozenset(estate.config.accounts)
    report = with_unnamed_accounts(read_drift(_bytes(file)), accounts)
    _refuse_strangers(report, accounts)
    written = _tell(estate, report, repository)
    if format_ == "json":
        body = {
            "clean": report.is_clean,
            "did": written.did if written else "nothing",
            "issue": written.address if written else None,
        }
        click.echo(json.dumps(body, indent=2))
    else:
        click.echo(f"issue {written.did}: {written.address}" if written else "no issue is needed")
    return ExitCode.CLEAN


def _bytes(file: Path) -> bytes:
    from gitiam.files import read_regular

    try:
        return read_regular(file)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise GitiamError(
            f"{file} cannot be read: {why}", hint="The issue stays as it was"
        ) from error


def _refuse_strangers(report: DriftReport, accounts: frozenset[str]) -> None:
    """A report of another estate says nothing of this one."""
    named = {*report.read_at, *(item.account for item in report.items)}
    if strange := sorted(named - accounts):
        raise GitiamError(
            f"the report is about {strange[0]}, which gitiam.yaml does not have",
            hint="It is of another estate, or of another commit",
        )


def _tell(estate: EstateContext, report: DriftReport, repository: str | None) -> Written | None:
    from gitiam.chat import Event
    from gitiam.report import drift_issue
    from gitiam.report.chat import drifted
    from gitiam.review.github.single_issue import close_issue, tell_issue

    hub, run = connected(repository), run_address()
    marker, label = drift_issue.MARKER, drift_issue.LABEL
    if report.is_clean:
        return close_issue(hub, marker, label, drift_issue.clean_text(report, run))
    text = drift_issue.issue_text(report, _told(estate, report, run))
    written = tell_issue(hub, marker, label, drift_issue.TITLE, text)
    tell_chat(estate.config, os.environ, Event.DRIFT, drifted(report, written.address))
    return written


def _told(estate: EstateContext, report: DriftReport, run: str | None) -> Told:
    """For each principal the request that would adopt what is live, where one can be written."""
    from gitiam.forms.adoption import adoption_for
    from gitiam.report.drift_issue import Adoptable, Told

    expires = _expires(estate)
    found = {}
    for place, items in groupby(report.items, lambda item: (item.account, item.principal)):
        account = estate.config.accounts[place[0]]
        adoption, settled = adoption_for(items, account, estate.catalog, expires)
        if adoption is not None:
            found[place] = Adoptable(adoption, settled)
    return Told(found, run)


def _expires(estate: EstateContext) -> str:
    """A day that the estate allows for access of any risk."""
    policy = estate.config.requests
    days = min(_ADOPTED, policy.expiry_max_days, *policy.expiry_by_risk.values())
    return (estate.now.astimezone(UTC).date() + timedelta(days=days - 1)).isoformat()
