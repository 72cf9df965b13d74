"""Which principals and policies may themselves be destroyed: by option, or by a variable."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import click

from gitiam.cli.pipeline import only

if TYPE_CHECKING:
    from gitiam.sync.apply.applier import AllowDestroy

VARIABLE = "GITIAM_ALLOW_DESTROY"


def destroy_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--allow-destroy`, which may be given more than once."""
    return click.option(
        "--allow-destroy",
        multiple=True,
        metavar="ACCOUNT/KIND/NAME",
        help="Let this principal or policy itself be destroyed; may be given more than once. The"
        f" variable {VARIABLE} may hold several, or `all`.",
    )(function)


def may_be_destroyed(named: Sequence[str], known: Collection[str]) -> AllowDestroy:
    """What the options name, and the variable besides; UsageError for a module that is none."""
    value = os.environ.get(VARIABLE, "").strip()
    if value.lower() in ("all", "true"):
        only((), named, set(known))
        return "all"
    listed = [] if value.lower() == "false" else re.split(r"[\s,]+", value)
    wanted = [*named, *filter(None, listed)]
    only((), wanted, set(known))
    return frozenset(wanted)
