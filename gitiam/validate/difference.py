"""What a change of the request files is, and what it bears on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gitiam.load.tree import Tree
from gitiam.validate.selection import Selection, read_ties


@dataclass(frozen=True)
class Difference:
    """Two states of the request files: `before` stands, `after` is being proposed."""

    before: Tree
    after: Tree

    @cached_property
    def changed(self) -> frozenset[str]:
        """The files that are new or others, and what has come that is no file to be read."""
        old, new = self.before.files, self.after.files
        refused = {*self.after.findings} - {*self.before.findings}
        others = (path for path, raw in new.items() if old.get(path) != raw)
        return frozenset([*others, *(finding.location.path for finding in refused)])

    @cached_property
    def gone(self) -> frozenset[str]:
        """The files that are no more."""
        return frozenset(self.before.files.keys() - self.after.files.keys())

    def judged_anew(self) -> frozenset[str]:
        """The files about which rules can say something else now: `changed`, and more."""
        states = (self.before.files, self.after.files)
        touched = frozenset(
            name
            for path in self.changed | self.gone
            for files in states
            if path in files
            for name in read_ties(path, files[path]).owns
        )
        return Selection(self.after.files).judged_anew(self.changed, touched)
