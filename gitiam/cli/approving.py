"""What `gitiam apply` does about approvals: insist on them, or record why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitiam.cli.common import EstateContext
from gitiam.errors import UsageError

if TYPE_CHECKING:
    from gitiam.modules import Change

F = TypeVar("F", bound=Callable[..., Any])

_SHORTEST = 10


@dataclass(frozen=True, slots=True)
class Approvals:
    """What was said about approvals: insist on them, go without for this reason, or nothing."""

    insist: bool
    waived: str | None


def approvals_options(function: F) -> F:
    """`--approved` and `--waive-approvals`, as one argument `approvals`."""

    def command(*args: Any, approved: bool, waive_approvals: str | None, **kwargs: Any) -> Any:
        return function(*args, approvals=Approvals(approved, waive_approvals), **kwargs)

    update_wrapper(command, function)
    for option in (
        click.option(
            "--waive-approvals",
            metavar="REASON",
            help="Apply without asking who approved it, and record why.",
        ),
        click.option(
            "--approved",
            is_flag=True,
            envvar="GITIAM_APPROVED",
            show_envvar=True,
            help="Apply only what was approved on GitHub, as `approvals` in gitiam.yaml asks.",
        ),
    ):
        command = option(command)
    return command  # type: ignore[return-value]


def with_approvals(
    estate: EstateContext, changes: Sequence[Change], said: Approvals
) -> list[Change]:
    """The changes, each with its approvals, or blocked for want of one.

    UsageError where gitiam.yaml asks for approvals, and nobody said what to do about them.
    """
    if said.insist and said.waived is not None:
        raise UsageError(
            "--approved and --waive-approvals exclude each other", hint="Leave one of them out"
        )
    if said.waived is not None:
        return list(_waived(changes, said.waived))
    if said.insist:
        return list(_asked(estate, changes))
    if estate.config.approvals.is_written:
        raise UsageError(
            "gitiam.yaml asks for approvals, and nobody has asked GitHub for them",
            hint="--approved asks, as the workflow does; --waive-approvals REASON goes without",
        )
    return list(changes)


def run_of(estate: EstateContext, said: Approvals) -> dict[str, str]:
    """What the ledger is to keep of this run.

    A workflow's own commit may be older than the tip of main that it applies: of what was approved,
    the commit is the one in which that was found.
    """
    from gitiam.cli.gate import history_here
    from gitiam.sync.apply.run import this_run
    from gitiam.sync.undo.git import open_repository

    if not said.insist:
        return this_run()
    return {**this_run(), "commit": history_here(open_repository(estate.root))}


def _waived(changes: Sequence[Change], reason: str) -> tuple[Change, ...]:
    from gitiam.approvals.record import Approved
    from gitiam.cli.gate import differing

    if len(reason.strip()) < _SHORTEST or not reason.isprintable():
        raise UsageError(
            "--waive-approvals wants a reason", hint=f"Say why, in {_SHORTEST} characters or more"
        )
    text = Approved(merge="", waived=reason.strip()).as_text()
    return tuple(
        replace(change, approvals=dict.fromkeys(differing(change), text)) for change in changes
    )


def _asked(estate: EstateContext, changes: Sequence[Change]) -> tuple[Change, ...]:
    from gitiam.cli.gate import Gate, history_here, require_checked_out
    from gitiam.cli.hub import connected
    from gitiam.cli.verdicts import Verdicts
    from gitiam.sync.undo.git import open_repository
    from gitiam.sync.undo.workshop import open_workshop

    if not changes:
        return ()
    hub = connected(None)
    repository = open_repository(estate.root)
    head = history_here(repository)
    with open_workshop(repository) as workshop:
        require_checked_out(estate, workshop, repository.prefix, head, changes)
        verdicts = Verdicts(estate, workshop, repository.prefix, hub)
        return Gate(estate, workshop, repository.prefix, head, verdicts).judged(changes)
