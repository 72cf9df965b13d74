"""What the commands share that speak with GitHub."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from gitiam.review.github.client import Hub

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
