"""What the commands share that speak with GitHub."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitiam.errors import UsageError

if TYPE_CHECKING:
    from gitiam.cli.common import EstateContext
    from gitiam.review.github.client import Hub
    from gitiam.review.github.pulls import Pull

F = TypeVar("F", bound=Callable[..., Any])


def repository_option(function: F) -> F:
    """`--repository OWNER/NAME`."""
    option = click.option(
        "--repository",
        metavar="OWNER/NAME",
        envvar="GITHUB_REPOSITORY",
        show_envvar=True,
        help="Which repository on GitHub; the token is taken from GITHUB_TOKEN.",
    )
    return option(function)


def connected(repository: str | None) -> Hub:
    """The repository on GitHub; UsageError where it is not said which, or with whose token."""
    from gitiam.review.github.address import address_from
    from gitiam.review.github.client import Hub

    return Hub(address_from(os.environ, repository))


def head_option(function: F) -> F:
    """`--head SHA`: what the request files were taken from."""
    option = click.option(
        "--head",
        metavar="SHA",
        help="The newest commit of the pull request that --requests was taken from: where GitHub"
        " has a newer one by now, nothing is said of either.",
    )
    return option(function)


def require_proposed(estate: EstateContext) -> None:
    """UsageError where the files of the pull request are not named apart from the estate's.

    What judges them, gitiam.yaml above all, must not come from the pull request itself.
    """
    if estate.requests is None:
        raise UsageError(
            "which request files does the pull request bring?",
            hint="--requests DIR names them, --against DIR those that are there without it",
        )


def is_outdated(pull: Pull, head: str | None) -> bool:
    """Whether somebody has pushed since; that is said on standard error."""
    if head is None or head.lower() == pull.head.lower():
        return False
    click.echo(
        f"#{pull.number} has a newer commit, {pull.head[:7]}; the run for that one says how it"
        " stands",
        err=True,
    )
    return True


def run_address() -> str | None:
    """Where this run of a workflow can be looked at; None outside of one."""
    from gitiam.sync.apply.run import this_run

    return this_run().get("url")
