"""What the name of a managed policy means: another file says it, and so bears on who has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext

if TYPE_CHECKING:
    from gitiam.models import SharedPolicy
    from gitiam.modules import Change
    from gitiam.sync.undo.workshop import Workshop


@dataclass(frozen=True)
class Meanings:
    """The shared policies of the estate, as they are and as they were when they were applied."""

    estate: EstateContext
    workshop: Workshop
    prefix: str
    head: str
    _before: dict[str, tuple[SharedPolicy, ...]] = field(default_factory=dict, init=False)

    def by(self, change: Change, is_known: bool) -> tuple[str, ...]:
        """The files that say what the names in the module mean, or said it when it was applied.

        `is_known` says that the commit of its record is of this history.
        """
        names = {name for path in change.module.origins for name in self._names(path)}
        if not names:
            return ()
        policies = list(self.estate.estate.policies)
        if is_known and change.record is not None:
            policies += self._as_they_were(change.record.run["commit"])
        paths = {
            one.source.path
            for one in policies
            if one.name in names and change.key.account in one.accounts
        }
        return tuple(sorted(paths - set(change.files)))

    def _names(self, path: str) -> Iterator[str]:
        from gitiam.load.estate import parse_file
        from gitiam.models import Declaration, ManagedPolicyGrant, Request

        # Few files are asked about: the whole estate may not have been read.
        found = parse_file(path, self.estate.tree.files[path])
        if isinstance(found, Declaration) and found.permissions_boundary is not None:
            yield found.permissions_boundary
        elif isinstance(found, Request):
            yield from (one.policy for one in found.grants if isinstance(one, ManagedPolicyGrant))

    def _as_they_were(self, commit: str) -> tuple[SharedPolicy, ...]:
        """Of those that differ now."""
        if commit not in self._before:
            self._before[commit] = tuple(self._read(commit))
        return self._before[commit]

    def _read(self, commit: str) -> Iterator[SharedPolicy]:
        from gitiam.load.estate import parse_file
        from gitiam.load.tree import SUFFIXES
        from gitiam.models import SharedPolicy

        folder = f"{self.prefix}requests"
        there = self.workshop.tree(commit, folder)
        touched = self.workshop.touched(commit, self.head, folder)
        paths = [one.old for one in touched if one.old and one.old.endswith(SUFFIXES)]
        texts = self.workshop.contents(there[path].blob for path in paths)
        for path in paths:
            found = parse_file(path.removeprefix(self.prefix), texts[there[path].blob])
            if isinstance(found, SharedPolicy):
                yield found
