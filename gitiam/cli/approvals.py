"""`gitiam approvals`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, against_option, format_option, requests_command
from gitiam.cli.hub import (
    connected,
    head_option,
    is_outdated,
    repository_option,
    require_proposed,
    run_address,
)
from gitiam.errors import ExitCode

if TYPE_CHECKING:
    from gitiam.approvals.standing import Standing
    from gitiam.review.github.client import Hub
    from gitiam.review.github.pulls import Pull


@click.command()
@click.argument("number", metavar="PR", type=click.IntRange(min=1))
@against_option("The request files as they are without the pull request.", required=True)
@head_option
@click.option("--status", is_flag=True, help="Set the commit's status on GitHub, too.")
@repository_option
@format_option("text", "json")
@requests_command
def approvals(
    estate: EstateContext,
    number: int,
    against: Path,
    head: str | None,
    status: bool,
    repository: str | None,
    format_: str,
) -> int:
    """Say whether a pull request is approved, and what is missing.

    What it needs is said by `approvals` in gitiam.yaml, and depends on the accounts and the risk
    of what it changes. What counts are approvals of its newest commit, by people who may write,
    and who neither opened it, nor wrote or pushed a commit, nor get the access.

    \b
    Examples:
      gitiam approvals 12 --requests pr/requests --against requests
      gitiam approvals 12 --requests pr/requests --against requests --status

    Exits with 0 when it is approved, else with 10.
    """
    from gitiam.approvals.words import explanation, sentence
    from gitiam.review.github.pulls import read_pull

    require_proposed(estate)
    hub = connected(repository)
    pull = read_pull(hub, number)
    if is_outdated(pull, head):
        return ExitCode.FINDINGS
    standing = _standing(estate, against, hub, pull)
    if status:
        from gitiam.review.github.status import set_status

        good = standing.is_approved
        set_status(hub, pull.head, sentence(standing), is_good=good, address=run_address())
    if format_ == "json":
        click.echo(json.dumps(standing.as_json(), indent=2))
    else:
        click.echo(explanation(standing), nl=False)
    return ExitCode.CLEAN if standing.is_approved else ExitCode.FINDINGS


def _standing(estate: EstateContext, against: Path, hub: Hub, pull: Pull) -> Standing:
    from gitiam.cli.standing import changed_requests, standing_on
    from gitiam.cli.telling import proposal, tell

    found = proposal(estate, EstateContext(estate.root, against, estate.now))
    told = tell(found.paths, found.estate, found.before)
    return standing_on(hub, pull, changed_requests(found, told), estate.config.approvals)
