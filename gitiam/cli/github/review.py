"""`gitiam github review`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, against_option, requests_command
from gitiam.cli.hub import (
    connected,
    head_option,
    is_outdated,
    repository_option,
    require_proposed,
    run_address,
)
from gitiam.cli.review import plans_in, plans_option
from gitiam.errors import ExitCode

if TYPE_CHECKING:
    from gitiam.approvals.standing import Standing
    from gitiam.chat import Message
    from gitiam.report.comment import Shown
    from gitiam.review.github.client import Hub
    from gitiam.review.github.pulls import Pull
    from gitiam.review.github.sticky import Written


@click.command()
@click.argument("number", metavar="PR", type=click.IntRange(min=1))
@against_option("The request files as they are without the pull request.", required=True)
@head_option
@plans_option
@repository_option
@requests_command
def review(
    estate: EstateContext,
    number: int,
    against: Path,
    head: str | None,
    plans: tuple[Path, ...],
    repository: str | None,
) -> int:
    """Tell a pull request's reviewers what it opens, and where its approval stands.

    Writes one comment, always the same one, and sets the commit's status `gitiam/approvals`.
    Beside it, what is to be mended is said at its line, with the fix to take over; labels say the
    risk and the accounts; and once nothing blocks, those are asked for a review whose approval is
    missing. The token needs `pull-requests: write`, `statuses: write` and `contents: read`, and
    `contents: write` to resolve what is mended.

    \b
    Examples:
      gitiam github review 12 --requests head/requests --against base/requests
      gitiam -C base github review 12 --requests head/requests --against base/requests --head SHA
      gitiam github review 12 --requests pr/requests --against requests --plans reviewed.json

    Exits with 0, or with 10 when a finding blocks: the comment says what to mend.
    """
    from gitiam.cli.beside import tell_beside
    from gitiam.cli.standing import changed_requests, standing_on, with_files
    from gitiam.cli.telling import proposal, shown_of
    from gitiam.review.github.pulls import read_pull

    require_proposed(estate)
    hub = connected(repository)
    pull = read_pull(hub, number)
    if is_outdated(pull, head):
        return ExitCode.CLEAN
    found = proposal(estate, EstateContext(estate.root, against, estate.now))
    shown = replace(shown_of(found), plans=plans_in(plans, estate.catalog))
    requests = changed_requests(found, [told for told, _ in shown.files])
    standing = standing_on(hub, pull, requests, estate.config.approvals)
    pull = replace(pull, facts=with_files(pull, requests))
    notes = tell_beside(found, hub, pull, shown, standing)
    written = _tell(hub, pull, replace(shown, notes=notes), standing)
    _tell_chat(estate, pull, shown, standing, written)
    return ExitCode.FINDINGS if any(f.blocks for f in shown.findings) else ExitCode.CLEAN


def _tell(hub: Hub, pull: Pull, shown: Shown, standing: Standing) -> Written:
    from gitiam.approvals.words import by_path, sentence
    from gitiam.report.comment import MARKER, as_comment
    from gitiam.review.github.status import set_status
    from gitiam.review.github.sticky import write_comment

    where = run_address()
    said = replace(shown, approvals=by_path(standing), standing=sentence(standing))
    text = as_comment(said, where)
    issue = hub.repository.get_issue(pull.number)
    written = write_comment(hub, issue, MARKER, text)
    set_status(hub, pull.head, sentence(standing), is_good=standing.is_approved, address=where)
    click.echo(f"comment {written.did}: {written.address}")
    click.echo(sentence(standing))
    return written


def _tell_chat(
    estate: EstateContext, pull: Pull, shown: Shown, standing: Standing, written: Written
) -> None:
    """What is new since the comment was last written."""
    from gitiam.approvals.words import sentence
    from gitiam.chat import Event
    from gitiam.cli.chat import tell_chat
    from gitiam.report import chat

    about = (pull.number, pull.title)
    is_new = written.did == "written"
    blocks = any(finding.blocks for finding in shown.findings)
    told: list[tuple[Event, Message]] = []
    if is_new:
        told.append((Event.OPENED, chat.opened(*about, pull.facts.author, pull.address)))
    if standing.is_approved and sentence(standing) not in written.before:
        by = [one.person for one in standing.approvals]
        told.append((Event.APPROVED, chat.approved(*about, by, pull.address)))
    was_blocked = "to mend before this can be merged" in written.before
    if not standing.is_approved and not blocks and (is_new or was_blocked):
        needed = [str(one.need) for one in standing.answers if not one.is_met]
        told.append((Event.NEEDS_REVIEW, chat.needs_review(*about, needed, pull.address)))
    for event, message in told:
        tell_chat(estate.config, os.environ, event, message)
