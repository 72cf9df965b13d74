"""The estate as modules: which there are, with their digests, and those that are asked for whole.

There are two ways to it. `anew` reads, judges and renders everything. `since` starts from what is
remembered of an estate that was judged before, and looks at what has changed since and at what that
bears on. Both come to the same; where the second is not sure that it would, it gives up, and the
first is taken. What is wrong is told by the first alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gitiam.memory import Memory, Remembered, instant

if TYPE_CHECKING:
    from gitiam.cli.common import EstateContext
    from gitiam.desired.state import DesiredState
    from gitiam.load.estate import Estate, File
    from gitiam.models import ModuleKey
    from gitiam.modules import Module
    from gitiam.render.changes import Files
    from gitiam.render.module import Renderer
    from gitiam.validate.bearing import Bearing

#: Where more of the files have changed than one in so many, it is quicker to do everything anew.
_FEW = 3


class GiveUpError(Exception):
    """What is remembered does not tell; everything has to be done anew. Never seen by people."""


@dataclass(frozen=True)
class Survey:
    """`modules` makes those that are asked for.

    `memory` says what to remember; None where there is nothing new, or nothing was judged.
    """

    digests: Mapping[ModuleKey, str]
    files: Files
    modules: Callable[[Iterable[ModuleKey]], Mapping[ModuleKey, Module]]
    memory: Callable[[], Memory] | None = None


def anew(estate: EstateContext, renderer: Renderer, fingerprint: str | None) -> Survey:
    """Everything from the files.

    With a `fingerprint` it is to be remembered: then all must have been judged, and nothing block.
    """
    from gitiam.render.changes import Files

    modules = renderer.modules(estate.state)
    digests = {key: module.digest for key, module in modules.items()}
    everything = estate.estate
    values: list[File] = [*everything.requests, *everything.declarations, *everything.policies]

    def memory() -> Memory:
        sums = estate.tree.digests
        files = {v.source.path: _remembered(v, sums[v.source.path]) for v in values}
        return Memory(fingerprint or "", instant(estate.now), files, digests)

    return Survey(
        digests,
        Files(
            present=frozenset(value.source.path for value in values),
            expired=frozenset(request.path for request in estate.state.expired),
        ),
        lambda _keys: modules,
        memory if fingerprint else None,
    )


def since(memory: Memory, estate: EstateContext, renderer: Renderer) -> Survey:
    """From what is remembered and what has changed; GiveUpError where that does not do."""
    from gitiam.render.changes import Files

    look = _Look(memory, estate, renderer)
    look.judge()
    expired = _ended(look.files, None, instant(estate.now))
    return Survey(
        digests=look.digests,
        files=Files(frozenset(look.files), frozenset(expired)),
        modules=look.modules,
        memory=look.renewed if look.is_new else None,
    )


def _remembered(value: File, digest: str) -> Remembered:
    from gitiam.models import Request
    from gitiam.validate.bearing import ties_of

    expires = value.expires if isinstance(value, Request) else None
    return Remembered(digest, None if expires is None else instant(expires), *ties_of(value))


def _ended(files: Mapping[str, Remembered], after: int | None, now: int) -> list[str]:
    """The files that have expired by now; only those `after` an instant, where one is given."""
    start = after if after is not None else -1 << 63
    return [p for p, one in files.items() if (e := one.expires) is not None and start < e <= now]


class _Look:
    """One look at an estate of which much is remembered."""

    def __init__(self, memory: Memory, estate: EstateContext, renderer: Renderer) -> None:
        self.memory = memory
        self.estate = estate
        self.renderer = renderer
        self._values: dict[str, File] = {}
        self._made: dict[ModuleKey, Module] = {}
        now = instant(estate.now)
        if now < memory.judged_at or estate.tree.findings or not estate.tree.files:
            raise GiveUpError
        known, sums = memory.files, estate.tree.digests
        self.changed = [p for p, d in sums.items() if p not in known or known[p].digest != d]
        self.gone = [path for path in known if path not in sums]
        self.ended = _ended(known, memory.judged_at, now)
        if len(self.changed) * _FEW > len(sums) + _FEW:
            raise GiveUpError

    @property
    def is_new(self) -> bool:
        """Whether there is anything that is not remembered yet."""
        return bool(self.changed or self.gone or self.ended)

    def renewed(self) -> Memory:
        """What to remember from now on."""
        now = instant(self.estate.now)
        return Memory(self.memory.fingerprint, now, self.files, self.digests)

    @cached_property
    def files(self) -> Mapping[str, Remembered]:
        """All files as they are now, in the order of the tree."""
        if not (self.changed or self.gone):
            return self.memory.files
        sums, changed = self.estate.tree.digests, frozenset(self.changed)
        return {
            path: _remembered(self._value(path), digest)
            if path in changed
            else self.memory.files[path]
            for path, digest in sums.items()
        }

    @cached_property
    def bearing(self) -> Bearing:
        """Which of the files as they are now bear on which."""
        from gitiam.validate.bearing import Bearing

        return Bearing(self.files)

    @cached_property
    def touched(self) -> frozenset[str]:
        """What the files own, or owned before, that have changed, are gone or have expired."""
        known = self.memory.files
        before = [known[path] for path in (*self.changed, *self.gone, *self.ended) if path in known]
        after = [self.files[path] for path in self.changed]
        return frozenset(name for one in (*before, *after) for name in one.owns)

    @cached_property
    def digests(self) -> Mapping[ModuleKey, str]:
        """Of all modules as they are now."""
        if not self.touched:
            return self.memory.modules
        affected = self.bearing.affected(self.touched)
        kept = {k: d for k, d in self.memory.modules.items() if _name(k) not in affected}
        made = {k: m.digest for k, m in self._made.items() if _name(k) in affected}
        return kept | made

    def judge(self) -> None:
        """Judge what can have become wrong; make the modules that can have become others."""
        from gitiam.validate.run import validate

        if not self.touched and not self.changed:
            return
        still_there = [path for path in self.ended if path not in self.gone]
        judged = self.bearing.judged_anew((*self.changed, *still_there), self.touched)
        estate, state = self._part(self.bearing.needed_for(judged))
        catalog = self.estate.catalog
        only = frozenset(judged)
        findings = validate(estate, catalog, self.estate.now, state=state, only=only)
        if any(finding.blocks for finding in findings):
            raise GiveUpError
        self._make(state, self.bearing.affected(self.touched))

    def modules(self, keys: Iterable[ModuleKey]) -> Mapping[ModuleKey, Module]:
        """Those of these modules that there are."""
        wanted = [key for key in keys if key in self.digests]
        missing = {_name(key) for key in wanted if key not in self._made}
        if missing:
            paths = self.bearing.needed_for(self.bearing.owners(missing))
            self._make(self._part(paths)[1], missing)
        found = {key: self._made[key] for key in wanted if key in self._made}
        if any(key not in found or found[key].digest != self.digests[key] for key in wanted):
            raise GiveUpError  # what is remembered is not so
        return found

    def _make(self, state: DesiredState, names: Iterable[str]) -> None:
        wanted = frozenset(names)
        for key, desired in state.modules.items():
            if _name(key) in wanted:
                self._made[key] = self.renderer.module(desired)

    def _part(self, paths: Iterable[str]) -> tuple[Estate, DesiredState]:
        """The estate of these files alone."""
        from gitiam.desired.compute import desired_state
        from gitiam.load.estate import LazyBundles, estate_of

        wanted = frozenset(paths)
        estate = estate_of(
            [self._value(path) for path in self.estate.tree.files if path in wanted],
            self.estate.config,
            LazyBundles(self.estate.bundle_folders),
            files=len(wanted),
        )
        return estate, desired_state(estate, self.estate.catalog, self.estate.now)

    def _value(self, path: str) -> File:
        from gitiam.load.estate import parse_file

        if path not in self._values:
            found = parse_file(path, self.estate.tree.files[path])
            if isinstance(found, tuple):
                raise GiveUpError
            self._values[path] = found
        return self._values[path]


def _name(key: ModuleKey) -> str:
    """As ties have it."""
    return key.principal.lower()
