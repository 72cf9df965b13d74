"""Which principals and policies may themselves be destroyed: by option, or by a variable."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gitiam.cli.pipeline import only

if TYPE_CHECKING:
    from gitiam.sync.apply.applier import AllowDestroy

VARIABLE = "GITIAM_ALLOW_DESTROY"


@dataclass(frozen=True, slots=True)
class GoAhead:
    """Which modules' principals may be destroyed: those that are `named`, or every one."""

    named: frozenset[str]
    is_for_all: bool

    @property
    def allowed(self) -> AllowDestroy:
        """As plan and apply take it."""
        return "all" if self.is_for_all else self.named


def destroy_option(what: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """`--allow-destroy`, which may be given more than once; `what` it does, in a few words."""
    return click.option(
        "--allow-destroy",
        multiple=True,
        metavar="ACCOUNT/KIND/NAME",
        help=f"{what}; may be given more than once. The variable {VARIABLE} may hold several, or"
        " `all`.",
    )


def go_ahead(named: Sequence[str], known: Collection[str]) -> GoAhead:
    """What the options name, and the variable besides; UsageError for a module that is none."""
    value = os.environ.get(VARIABLE, "").strip()
    is_for_all = value.lower() in ("all", "true")
    listed = [] if is_for_all or value.lower() == "false" else re.split(r"[\s,]+", value)
    wanted = [*named, *filter(None, listed)]
    only((), wanted, set(known))
    return GoAhead(frozenset(wanted), is_for_all)
