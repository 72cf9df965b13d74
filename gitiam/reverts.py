"""What a commit did to files, and what undoing it now would do: values and nothing but values.

A file is undone by a three-way merge: what the commit left is the ancestor, what is there now is
ours, and what was there before the commit is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a tree of git: its mode, and the id of its content."""

    mode: str
    blob: str

    @property
    def is_plain(self) -> bool:
        """Neither a link nor a submodule."""
        return self.mode in ("100644", "100755")


Tree = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Touched:
    """One file that a commit changed: its name before, and after. None: it was not there."""

    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Target:
    """The commit to undo; `parent` is None where history begins with it."""

    commit: str
    parent: str | None
    message: str
    pull: int | None = None

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.strip().partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Base:
    """The branch to start from: its name as people write it, its name alone, its commit."""

    name: str
    branch: str
    commit: str


class Deed(StrEnum):
    """What undoing does to a file."""

    RESTORED = "restored"
    REMOVED = "removed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Undone:
    """A file that undoing changes: what it is now, and what it shall be.

    `instead_of` is the name that it has now, where that differs.
    """

    path: str
    deed: Deed
    old: Entry | None
    new: Entry | None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that cannot be undone, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a commit does: what each path shall hold, in words, and what is in the way."""

    updates: Mapping[str, Entry | None]
    files: tuple[Undone, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


#: Ours, ancestor, theirs → the merged file; None where they are in each other's way.
Merge = Callable[[Entry, Entry, Entry], Entry | None]


@dataclass(frozen=True)
class Undoer:
    """Undoes what a commit did, in the tree that there is `now`.

    `before` and `after` are the commit's two sides. `moved` says where files of `after` that are no
    longer there have gone to since.
    """

    before: Tree
    after: Tree
    now: Tree
    moved: Mapping[str, str]
    merge: Merge

    def undo(self, touched: Iterable[Touched]) -> Undoing:
        """All of these files; nothing of it may be used while there is a conflict."""
        steps = [step for file in touched for step in self._undo(file)]
        done = [step for step in steps if isinstance(step, _Step)]
        conflicts = [step for step in steps if isinstance(step, Conflict)]
        # Names that are given up are free for others: two files may have been renamed in a row.
        updates: dict[str, Entry | None] = {s.here: None for s in done if s.here is not None}
        for step in done:
            if step.entry is not None:
                conflicts += self._in_the_way(step, updates)
                updates[step.target] = step.entry
        return Undoing(
            {path: entry for path, entry in updates.items() if self.now.get(path) != entry},
            tuple(sorted(map(self._said, done), key=lambda file: file.path)),
            tuple(sorted(conflicts, key=lambda conflict: conflict.path)),
        )

    def _undo(self, file: Touched) -> Iterator[_Step | Conflict]:
        here = file.new and self._whereabouts(file.new)
        if file.new is None:
            yield from self._restore(file.old or "")
        elif file.old is None:
            yield from self._remove(file.new, here)
        elif here is not None:
            yield from self._change(file.old, file.new, here)
        elif self.now.get(file.old) != self.before[file.old]:
            yield Conflict(file.new, "it has been deleted since")

    def _whereabouts(self, path: str) -> str | None:
        return path if path in self.now else self.moved.get(path)

    def _restore(self, path: str) -> Iterator[_Step | Conflict]:
        was, ours = self.before[path], self.now.get(path)
        if ours is None:
            yield _Step(None, path, was, Deed.RESTORED)
        elif ours != was:
            yield Conflict(path, "it has been made anew since, and differs")

    def _remove(self, path: str, here: str | None) -> Iterator[_Step | Conflict]:
        if here is None:
            return
        if self.now[here] == self.after[path]:
            yield _Step(here, here, None, Deed.REMOVED)
        else:
            yield Conflict(here, "it was added by that commit, and has been changed since")

    def _change(self, old: str, new: str, here: str) -> Iterator[_Step | Conflict]:
        was, made, ours = self.before[old], self.after[new], self.now[here]
        target = here if old == new else old
        merged = self._merged(ours, made, was)
        if merged is None:
            yield Conflict(here, "the same lines have been changed since")
        elif (merged, target) != (ours, here):
            deed = Deed.RESTORED if merged == was else Deed.MERGED
            yield _Step(here, target, merged, deed)

    def _merged(self, ours: Entry, ancestor: Entry, theirs: Entry) -> Entry | None:
        if ours == ancestor:
            return theirs
        if ours == theirs or ancestor == theirs:
            return ours
        return self.merge(ours, ancestor, theirs)

    def _in_the_way(self, step: _Step, updates: Mapping[str, Entry | None]) -> Iterator[Conflict]:
        given_up = step.target in updates and updates[step.target] is None
        if step.target in self.now and not given_up:
            yield Conflict(step.target, "another file has this name now")

    def _said(self, step: _Step) -> Undone:
        here = step.here or step.target
        instead = here if here != step.target else None
        return Undone(step.target, step.deed, self.now.get(here), step.entry, instead)


@dataclass(frozen=True, slots=True)
class _Step:
    """`here` is given up, `target` holds the entry; an entry of None is only the former."""

    here: str | None
    target: str
    entry: Entry | None
    deed: Deed
