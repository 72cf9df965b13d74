"""Desired states and modules of estates from literals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.state import Desired, DesiredState
from gitiam.models import ModuleKey
from gitiam.modules import Module
from gitiam.policy.statement import Statement
from gitiam.render.estate import renderer_of
from gitiam.render.module import Renderer
from gitiam.shipped import templates_dir
from tests.support.estates import NOW, Files, estate_of


def state_of(files: Files, now: datetime = NOW) -> DesiredState:
    """What the files ask for at `now`; they must be readable."""
    estate = estate_of(files)
    assert estate.findings == ()
    return desired_state(estate, catalog(), now)


def clean_state_of(files: Files, now: datetime = NOW) -> DesiredState:
    """The same, where everything can be turned into access and fits."""
    state = state_of(files, now)
    assert state.unresolved == ()
    assert state.unfit == ()
    return state


def desired_of(files: Files | str, module: str = "prod/role/data-pipeline") -> Desired:
    """What one module is to make; a lone text is `requests/x.yaml`."""
    given = {"requests/x.yaml": files} if isinstance(files, str) else files
    return clean_state_of(given).modules[ModuleKey.parse(module)]


def statements_of(desired: Desired) -> tuple[Statement, ...]:
    """All that the module's own policies say, inline and overflow."""
    overflow = (s for policy in desired.overflow for s in policy.document)
    return (*desired.inline, *overflow)


def names_in(state: DesiredState) -> set[str]:
    """The modules of a state, by name."""
    return set(map(str, state.modules))


@cache
def _templates() -> Path:
    return templates_dir()


def renderer_for(files: Files) -> Renderer:
    """The renderer of an estate without templates of its own."""
    return renderer_of(estate_of(files).config, Path("/nonexistent"), _templates())


def modules_of(files: Files, now: datetime = NOW) -> dict[ModuleKey, Module]:
    """The rendered modules of an estate that is in order."""
    return renderer_for(files).modules(clean_state_of(files, now))


def sids(statements: Iterable[Statement]) -> list[str]:
    """Their Sids, in order."""
    return [statement.sid for statement in statements]
