"""`gitiam github tidy`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.hub import connected, repository_option
from gitiam.cli.style import shown
from gitiam.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitiam.models import Request
    from gitiam.review.github.client import Hub
    from gitiam.review.github.proposing import Proposed
    from gitiam.review.github.removing import Merged


@click.command()
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(1, 3660),
    default=7,
    show_default=True,
    help="Remove what ended so many days ago, or more.",
)
@click.option(
    "--merge", is_flag=True, help="Merge it by the rule `expired-1`, if it keeps to that rule."
)
@repository_option
@format_option("text", "json")
@estate_command
def tidy(
    estate: EstateContext, days: int, merge: bool, repository: str | None, format_: str
) -> int:
    """Open one pull request that removes request files whose access ended long ago.

    Only requests go that have expired and forbid nothing: that changes nothing for anybody. With
    --merge it is merged if GitHub, asked once more, has a pull request of ours that removes files
    and does nothing else, each of which has expired as it is on the main branch; else it is left to
    people. One that is open already, and may have passed its check since, is merged as it is; what
    has expired besides goes with the next run. The token needs `contents: write` and
    `pull-requests: write`, and `actions: write` where it is a workflow's own, to have the pull
    request looked at.

    \b
    Examples:
      gitiam github tidy
      gitiam github tidy --days 30 --merge
    """
    from gitiam.load.expired import is_expired_removal
    from gitiam.report.tidying import BRANCH, MOST, outlived
    from gitiam.review.github.proposing import is_request_path
    from gitiam.review.github.removing import standing_proposal

    if estate.is_given:
        raise UsageError("what has expired is judged as of now; leave --at out")
    requests = tuple(
        one
        for one in outlived(estate.estate.requests, estate.now, days)
        if is_request_path(one.path) and is_expired_removal(one.source.text, estate.now)
    )[:MOST]
    hub = connected(repository)
    if not requests:
        return _nothing(hub, format_)
    standing = standing_proposal(hub, BRANCH) if merge else None
    merged = _merged(hub, standing, estate) if standing else None
    if standing is None or merged is None or merged.commit is None:
        standing = _proposed(hub, requests, days)
        merged = _merged(hub, standing, estate) if merge else None
        if merged is None or merged.commit is None:
            _have_it_checked(hub, standing)
    _say(standing, requests, merged, format_)
    return ExitCode.CLEAN


def _nothing(hub: Hub, format_: str) -> int:
    from gitiam.report.tidying import BRANCH
    from gitiam.review.github.removing import close_proposal

    closed = close_proposal(hub, BRANCH)
    if format_ == "json":
        did = "closed" if closed else "nothing"
        click.echo(json.dumps({"did": did, "pull_request": closed, "removed": []}, indent=2))
    else:
        click.echo(f"pull request closed: {closed}" if closed else "nothing has expired long ago")
    return ExitCode.CLEAN


def _proposed(hub: Hub, requests: tuple[Request, ...], days: int) -> Proposed:
    from gitiam.report.tidying import BRANCH, body, title
    from gitiam.review.github.proposing import Proposal, propose

    files = dict.fromkeys((one.path for one in requests), None)
    return propose(hub, Proposal(BRANCH, files, title(requests), body(requests, days)))


def _merged(hub: Hub, proposed: Proposed, estate: EstateContext) -> Merged:
    from gitiam.load.expired import is_expired_removal
    from gitiam.report.tidying import BRANCH, commit_message
    from gitiam.review.github.removing import merge_removal

    return merge_removal(
        hub, proposed, BRANCH, lambda text: is_expired_removal(text, estate.now), commit_message
    )


def _have_it_checked(hub: Hub, proposed: Proposed) -> None:
    """A new commit, that is; a repository without the workflow for it does without."""
    from gitiam.review.github.asking import GitHubError
    from gitiam.review.github.dispatching import check_pull

    if proposed.did == "unchanged":
        return
    try:
        check_pull(hub, proposed.number)
    except GitHubError as error:
        click.echo(f"#{proposed.number} is not looked at: {shown(error.message)}", err=True)


def _say(
    proposed: Proposed, requests: tuple[Request, ...], merged: Merged | None, format_: str
) -> None:
    if format_ == "json":
        body = {
            "did": proposed.did,
            "pull_request": proposed.address,
            "removed": [one.path for one in requests],
            "merged": merged.commit if merged else None,
            "left_to_people": merged.why or None if merged else None,
        }
        click.echo(json.dumps(body, indent=2))
        return
    click.echo(f"pull request {proposed.did}: {proposed.address}")
    for one in requests:
        click.echo(f"  removes {one.path}")
    if merged is not None:
        click.echo(
            f"merged by the rule expired-1: {merged.commit}"
            if merged.commit
            else f"left to people: {merged.why}"
        )
