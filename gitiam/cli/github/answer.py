"""`gitiam github answer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command
from gitiam.cli.hub import connected, repository_option
from gitiam.cli.intake import read_given
from gitiam.errors import ExitCode, GitiamError

if TYPE_CHECKING:
    from gitiam.cli.github.orders import Order
    from gitiam.commands.event import Event
    from gitiam.review.github.client import Hub
    from gitiam.review.github.pulls import Pull
    from gitiam.review.github.replies import Said

_NOT_ALLOWED = "only somebody who may write in this repository orders that"


@click.command()
@click.option(
    "--event",
    metavar="FILE",
    required=True,
    help="GitHub's event about the new comment; - for standard input.",
)
@repository_option
@estate_command
def answer(estate: EstateContext, event: str, repository: str | None) -> int:
    """Do what a comment orders with /gitiam, and answer it once.

    \b
      /gitiam explain [FILE]          says in words what the pull request opens
      /gitiam extend 14d [FILE]       lets the access last longer; or until a day: 2027-01-15
      /gitiam revoke [FILE]           opens a pull request that takes the access away
      /gitiam retry                   starts the checks, or the apply, again

    The comment is read anew from GitHub, and refused if it was edited. All but `explain` need
    write permission; the author of a request that is not merged yet may extend it. On an issue
    the pull request is meant that was made of it. Apps and bots are not answered.

    The token needs `contents: write`, `pull-requests: write`, `issues: write` and
    `actions: write`.

    \b
    Examples:
      gitiam github answer --event "$GITHUB_EVENT_PATH"

    Exits with 0 where the comment was answered, or needs no answer.
    """
    from gitiam.commands.event import event_from

    given = event_from(read_given(event))
    if why := _unanswered(given):
        click.echo(f"comment {given.comment.id} {why}: it is left alone")
        return ExitCode.CLEAN
    _answer(estate, connected(repository), given)
    return ExitCode.CLEAN


def _unanswered(event: Event) -> str:
    from gitiam.commands.line import CALL

    if event.comment.body.split(maxsplit=1)[:1] != [CALL] or event.comment.body[:1] != CALL[0]:
        return "orders nothing"
    return "" if event.is_by_a_person else "was not written by a person"


def _answer(estate: EstateContext, hub: Hub, event: Event) -> None:
    from gitiam.cli.github.orders import RefusedError
    from gitiam.commands.extending import CannotExtendError
    from gitiam.commands.line import USAGE, NoCommandError
    from gitiam.report.replies import error_text, refusal_text
    from gitiam.review.github.replies import CONFUSED, DONE, react, read_comment, reserve

    comment, issue = event.comment.id, event.issue.number
    said = read_comment(hub, comment)
    if said is None:
        click.echo(f"comment {comment} is gone: it is left alone")
        return
    _require_same_place(event, said)
    reply = reserve(hub, issue, comment)
    if reply is None:
        click.echo(f"comment {comment} was answered already")
        return
    failed: GitiamError | None = None
    try:
        text, sign = _done(estate, hub, event, said), DONE
    except NoCommandError as error:
        text, sign = refusal_text(error.message, USAGE), CONFUSED
    except (RefusedError, CannotExtendError) as error:
        text, sign = refusal_text(error.message), CONFUSED
    except GitiamError as error:
        text, sign, failed = error_text(error), CONFUSED, error
    click.echo(reply.say(text))
    react(hub, issue, comment, sign)
    if failed is not None:
        raise failed


def _require_same_place(event: Event, said: Said) -> None:
    user = event.comment.user
    if said.issue != event.issue.number or user is None or said.author != user.id:
        raise GitiamError(
            f"comment {event.comment.id} is another one than the event says",
            hint="The event was not made by GitHub, or not about this repository",
        )


def _done(estate: EstateContext, hub: Hub, event: Event, said: Said) -> str:
    from gitiam.cli.github.orders import Order, RefusedError, carried_out
    from gitiam.commands.line import NoCommandError, command_from
    from gitiam.review.github.proposing import Author
    from gitiam.review.github.roles import may_be_told

    user = event.comment.user
    if said.body != event.comment.body or user is None:
        raise RefusedError("the comment was edited since; write a new one")
    try:
        command = command_from(said.body)
    except NoCommandError:
        if may_be_told(hub, user.login):
            raise
        raise RefusedError(_NOT_ALLOWED) from None
    pull = _pull(hub, event.issue.number)
    order = Order(estate, hub, command, pull, Author(user.login, user.id), event.comment.id)
    if not _may(order):
        raise RefusedError(_NOT_ALLOWED)
    return carried_out(order)


def _pull(hub: Hub, number: int) -> Pull:
    """The pull request itself, or the one that we made of the issue."""
    from gitiam.approvals.names import same
    from gitiam.cli.github.orders import RefusedError
    from gitiam.forms.draft import branch_of
    from gitiam.review.github.issues import read_issue
    from gitiam.review.github.pulls import read_pull
    from gitiam.review.github.standing import standing_of

    if read_issue(hub, number).is_pull:
        return read_pull(hub, number)
    standing = standing_of(hub, branch_of(number))
    if standing is None or same(standing.by) != same(hub.login):
        raise RefusedError("no pull request was made of this issue")
    return read_pull(hub, standing.number)


def _may(order: Order) -> bool:
    from gitiam.approvals.names import same
    from gitiam.commands.line import Verb
    from gitiam.review.github.roles import may_be_told, may_order

    hub, login = order.hub, order.by.login
    if order.command.verb is Verb.EXPLAIN:
        return may_be_told(hub, login)
    is_own = order.pull.is_open and same(order.pull.facts.author) == same(login)
    return (order.command.verb is Verb.EXTEND and is_own) or may_order(hub, login)
