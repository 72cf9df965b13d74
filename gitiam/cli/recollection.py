"""Ties the two ways to survey an estate together: from memory where there is one, else anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext
from gitiam.cli.survey import GiveUpError, Survey, anew, since
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.memory import Memory
    from gitiam.render.module import Renderer
    from gitiam.sync.store.objects import Objects
    from gitiam.sync.store.recall import Recall


class Recollection:
    """What is remembered of one estate, and what will be. `objects` is the ledger's store."""

    def __init__(
        self, estate: EstateContext, renderer: Renderer, objects: Objects | None = None
    ) -> None:
        self.estate = estate
        self.renderer = renderer
        self.objects = objects

    def survey(self, judge: Callable[[], object] | None) -> Survey:
        """The estate as modules.

        `judge` judges all of it, and raises when anything blocks; None where it need not be right.
        """
        if self._memory is not None:
            try:
                return since(self._memory, self.estate, self.renderer)
            except GiveUpError:
                pass
        return self.anew(judge)

    def anew(self, judge: Callable[[], object] | None) -> Survey:
        """The same without what is remembered."""
        if judge is None:
            return anew(self.estate, self.renderer, None)
        judge()
        return anew(self.estate, self.renderer, self._fingerprint)

    def keep(self, survey: Survey, *, share: bool) -> None:
        """Remember what was found out, unless it is about other requests or another time."""
        if survey.memory is None or self.estate.requests is not None or self.estate.is_given:
            return
        if self._taken() != self._fingerprint:
            return  # somebody has changed the estate meanwhile: what was judged is not certain
        memory = survey.memory()
        self._recall.keep(memory)
        if share:
            try:
                self._recall.share(memory)
            except GitiamError as error:
                click.echo(f"what was judged is not remembered: {error.message}", err=True)

    @cached_property
    def _fingerprint(self) -> str | None:
        from gitiam.sync.store.seal import is_switched_off

        return None if is_switched_off() else self._taken()

    def _taken(self) -> str | None:
        """The fingerprint as the files are now; None where the configuration is another by now."""
        from gitiam.load.estate import load_config
        from gitiam.load.surroundings import fingerprint
        from gitiam.shipped import templates_dir

        config = self.estate.config
        found = fingerprint(self.estate.root, templates_dir(), config.terraform.lock_file)
        try:
            return found if load_config(self.estate.root) == config else None
        except GitiamError:
            return None

    @cached_property
    def _memory(self) -> Memory | None:
        return self._recall.recall(self._fingerprint) if self._fingerprint else None

    @cached_property
    def _recall(self) -> Recall:
        from gitiam.config import LocalStore
        from gitiam.sync.store.recall import Recall

        is_shared = not isinstance(self.estate.config.store, LocalStore)
        return Recall(self.estate.root, self.objects if is_shared else None)
