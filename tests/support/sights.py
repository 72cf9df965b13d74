"""The estate of a history as it is at one moment, and one `gitiam apply` of what it gives."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import renderer_for
from gitiam.desired.state import DesiredState
from gitiam.models import ModuleKey
from gitiam.modules import Change, Module
from gitiam.outcomes import Result
from gitiam.render.changes import Files, pending
from gitiam.render.module import Renderer
from gitiam.render.templates import Templates
from gitiam.shipped import templates_dir
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.store.objects import Objects


class Estate(EstateContext):
    """The estate in a folder, without the bundles: no request here names one."""

    @property
    def bundle_folders(self) -> list[Path]:
        """None."""
        return []


@dataclass(frozen=True)
class Sight:
    """The estate as it is now: what it asks for, and which modules that gives."""

    context: Estate
    note: str = ""

    @cached_property
    def state(self) -> DesiredState:
        """What is desired."""
        return self.context.state

    @property
    def is_blocked(self) -> bool:
        """Whether gitiam would do nothing at all."""
        estate = self.context.estate
        return bool(estate.findings or self.state.unfit or self.state.unresolved)

    @cached_property
    def renderer(self) -> Renderer:
        """Of this estate, its templates included."""
        return replace(renderer_for(self.context), templates=_templates(self.note))

    @cached_property
    def modules(self) -> dict[ModuleKey, Module]:
        """All modules."""
        return self.renderer.modules(self.state)

    def pending(self, ledger: Ledger) -> tuple[Change, ...]:
        """What differs from the ledger."""
        standings = ledger.standings()
        expired = frozenset(request.path for request in self.state.expired)
        files = Files(frozenset(self.context.tree.files), expired)
        read = {key: ledger.record(key, standing) for key, standing in standings.items()}
        return pending(self.modules, standings, self.renderer.empty, read.get, files)


@dataclass
class Run:
    """One `gitiam apply`: what it saw, what it may, and how its modules ended, unless it `died`.

    `waiting` is all that was pending, `chosen` what it was to apply.
    """

    objects: Objects
    sight: Sight
    chosen: Sequence[Change]
    waiting: frozenset[ModuleKey]
    allow_destroy: bool = False
    results: list[Result] = field(default_factory=list)
    died: bool = False


@cache
def _templates(note: str) -> Templates:
    """Gitiam's own, with an estate's own in front that differ by a comment; compiled but once."""
    shipped = templates_dir() / "terraform"
    own = Path(tempfile.mkdtemp(prefix="gitiam-past-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    if note:
        for name in ("role.tf.j2", "user.tf.j2"):
            text = (shipped / name).read_text(encoding="utf-8")
            (own / name).write_text(f"# {note}\n{text}", encoding="utf-8")
    return Templates([own, shipped])
