"""Undoing what a commit on the main branch did to the estate: found, merged, and made a commit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from gitiam.errors import GitiamError
from gitiam.load.document import DocumentError, read_document
from gitiam.reverts import Base, Entry, Merge, Target, Touched, Tree, Undoer, Undoing
from gitiam.sync.undo.git import Repository
from gitiam.sync.undo.workshop import Workshop

REQUESTS = "requests"
_ABOUT = ("kind", "account", "principal", "policy")
_SHALLOW = "Fetch the history first: git fetch --unshallow"


@dataclass(frozen=True)
class Draft:
    """An undoing that is a tree already. `left_out` is what the commit did besides."""

    undoing: Undoing
    tree: str
    left_out: tuple[str, ...]


def find_base(repository: Repository, wanted: str | None) -> Base:
    """The branch that is meant; without a wish the remote's default one, else `main`."""
    names = [wanted] if wanted else _usual_bases(repository)
    for name in names:
        if commit := None if name.startswith("-") else repository.commit_id(name):
            full = repository.full_name(name) or ""
            shown = re.sub(r"^refs/(heads|remotes)/", "", name)
            return Base(shown, _branch(full), commit)
    raise GitiamError(
        f"there is no commit {wanted}" if wanted else "there is no branch origin/main, nor main",
        hint="Name the main branch with --base",
    )


def _usual_bases(repository: Repository) -> list[str]:
    default = repository.symbolic("refs/remotes/origin/HEAD")
    return [*([default] if default else []), "refs/remotes/origin/main", "refs/heads/main"]


def _branch(full: str) -> str:
    """The branch's own name, as a pull request goes to it; empty for what is no branch."""
    found = re.fullmatch(r"refs/(?:heads|remotes/[^/]+)/(.+)", full, re.DOTALL)
    return found[1] if found else ""


def find_pull(workshop: Workshop, repository: Repository, base: Base, number: int) -> Target:
    """The commit by which a pull request came to the branch: a merge, or all of it squashed."""
    merged = f"Merge pull request #{number} from "
    found = [
        logged
        for logged in workshop.history(base.commit, "--fixed-strings", f"--grep=#{number}")
        if (logged.is_merge and logged.message.startswith(merged))
        or logged.message.partition("\n")[0].rstrip().endswith(f"(#{number})")
    ]
    if not found:
        why = (
            f"{_SHALLOW}; its history here is cut off"
            if repository.is_shallow
            else "A pull request that was merged by rebasing leaves no number: name its commit, or"
            " the file"
        )
        message = f"no commit on {base.name} says that it is pull request #{number}"
        raise GitiamError(message, hint=why)
    if len(found) > 1:
        named = ", ".join(logged.commit[:12] for logged in found)
        raise GitiamError(
            f"more than one commit on {base.name} says that it is pull request #{number}: {named}",
            hint="Look at them with git show, and name the commit",
        )
    return _target(workshop, found[0].commit, number)


def find_commit(workshop: Workshop, repository: Repository, base: Base, name: str) -> Target:
    """A commit by its id, or the beginning of it."""
    commit = repository.commit_id(name)
    # A branch or a tag may be called like the beginning of a commit's id, and would go before.
    if commit is None or not commit.startswith(name):
        raise GitiamError(f"there is no commit {name}", hint="git log shows what there is")
    if not workshop.contains(base.commit, commit):
        raise GitiamError(
            f"commit {name} is not on {base.name}, and so there is nothing to revert",
            hint="git fetch brings the branch up to date; --base names another",
        )
    return _target(workshop, commit)


def find_change(workshop: Workshop, base: Base, path: str) -> Target:
    """The last commit of the branch that changed the file."""
    for logged in workshop.history(base.commit, "-1", path=path):
        return _target(workshop, logged.commit)
    raise GitiamError(
        f"no commit on {base.name} ever changed {path}",
        hint="Name the file as it stands in the repository, requests/…; deleted ones, too",
    )


def _target(workshop: Workshop, commit: str, pull: int | None = None) -> Target:
    parents = workshop.parents(commit)
    if parents and not workshop.has(parents[0]):
        raise GitiamError(
            f"what was there before {commit[:12]} is not known: the history of this shallow clone"
            " ends there",
            hint=_SHALLOW,
        )
    return Target(commit, next(iter(parents), None), workshop.message(commit), pull)


def draft(
    workshop: Workshop, target: Target, base: Base, prefix: str, path: str | None, whole: bool
) -> Draft:
    """Undo the target on top of the base: one file, the requests, or the whole of it.

    GitiamError names every file whose later changes are in the way, and every link or submodule.
    """
    scope = "" if whole else f"{prefix}{REQUESTS}"
    before, after = workshop.tree(target.parent, scope), workshop.tree(target.commit, scope)
    now = workshop.tree(base.commit, scope)
    everything = workshop.touched(target.parent, target.commit)
    touched = workshop.touched(target.parent, target.commit, scope) if scope else everything
    pairs = _Pairs(workshop, before, after)
    chosen = [part for file in touched for part in pairs.sure(file) if _is_meant(part, path)]
    _refuse_links(chosen, before, after, now)
    moved = _moved(workshop, target, base, scope, chosen, after, now)
    undoing = Undoer(before, after, now, moved, _merger(workshop)).undo(chosen)
    _refuse_conflicts(undoing, target)
    if not undoing.updates:
        raise GitiamError(_nothing(target, base, everything, touched))
    workshop.contents(entry.blob for entry in undoing.updates.values() if entry)  # all are there
    tree = workshop.tree_with(base.commit, undoing.updates)
    return Draft(undoing, tree, _left_out(everything, chosen))


def _is_meant(file: Touched, path: str | None) -> bool:
    return path is None or path in (file.old, file.new)


def _left_out(everything: Sequence[Touched], chosen: Sequence[Touched]) -> tuple[str, ...]:
    def names(files: Sequence[Touched]) -> set[str]:
        return {name for file in files for name in (file.old, file.new) if name is not None}

    return tuple(sorted(names(everything) - names(chosen)))


def _nothing(
    target: Target, base: Base, everything: Sequence[Touched], touched: Sequence[Touched]
) -> str:
    if everything and not touched:
        return f"{target.commit[:12]} changed nothing in {REQUESTS}/; --all reverts the rest"
    return f"nothing is left to revert of {target.commit[:12]}: {base.name} has undone it already"


@dataclass(frozen=True)
class _Pairs:
    """git takes two files that look alike for one that was renamed; requests often look alike."""

    workshop: Workshop
    before: Tree
    after: Tree

    def sure(self, file: Touched) -> list[Touched]:
        """The file, if it is about the same principals under both names; else the two apart."""
        if file.old is None or file.new is None or file.old == file.new:
            return [file]
        if same_subject(self.workshop, self.before[file.old], self.after[file.new]):
            return [file]
        return [Touched(file.old, None), Touched(None, file.new)]


def same_subject(workshop: Workshop, one: Entry, other: Entry) -> bool:
    """Whether two files are about the same principals of the same accounts, or are the same."""
    if one.blob == other.blob:
        return True
    contents = workshop.contents([one.blob, other.blob])
    subjects = [_subject(contents[entry.blob]) for entry in (one, other)]
    return subjects[0] is not None and subjects[0] == subjects[1]


def _subject(raw: bytes) -> list[Any] | None:
    try:
        data = read_document("", raw).data
    except DocumentError:
        return None
    return [data.get(key) for key in _ABOUT] if isinstance(data, dict) else None


def _moved(
    workshop: Workshop,
    target: Target,
    base: Base,
    scope: str,
    chosen: Sequence[Touched],
    after: Tree,
    now: Tree,
) -> dict[str, str]:
    """Where files that the target left have gone to since."""
    if all(file.new is None or file.new in now for file in chosen):
        return {}
    return {
        file.old: file.new
        for file in workshop.touched(target.commit, base.commit, scope)
        if file.old is not None and file.new is not None and file.old != file.new
        if same_subject(workshop, after[file.old], now[file.new])
    }


def _merger(workshop: Workshop) -> Merge:
    def merge(ours: Entry, ancestor: Entry, theirs: Entry) -> Entry | None:
        contents = workshop.contents([ours.blob, ancestor.blob, theirs.blob])
        merged = workshop.merged(*(contents[e.blob] for e in (ours, ancestor, theirs)))
        return None if merged is None else Entry(theirs.mode, workshop.add(merged))

    return merge


def _refuse_links(chosen: Sequence[Touched], *trees: Tree) -> None:
    names = {name for file in chosen for name in (file.old, file.new) if name is not None}
    for name in sorted(names):
        if any(name in tree and not tree[name].is_plain for tree in trees):
            raise GitiamError(
                f"{name} is, or was, a link or a submodule; only plain files are reverted",
                hint="Revert it by hand, with git",
            )


def _refuse_conflicts(undoing: Undoing, target: Target) -> None:
    if undoing.conflicts:
        lines = "\n".join(f"  {conflict.path}: {conflict.why}" for conflict in undoing.conflicts)
        raise GitiamError(
            f"{target.commit[:12]} cannot be reverted, and nothing was made:\n{lines}",
            hint="Write by hand what these files shall say, as a change of its own",
        )


def extract(workshop: Workshop, tree: str, prefix: str, folders: Sequence[str], out: Path) -> None:
    """Write these parts of the estate, as data, below `out`; a link or submodule is refused."""
    (out / REQUESTS).mkdir(parents=True)
    found = {
        name: entry
        for part in folders
        for name, entry in workshop.tree(tree, f"{prefix}{part}").items()
    }
    contents = workshop.contents(entry.blob for entry in found.values() if entry.is_plain)
    for name, entry in found.items():
        if not entry.is_plain:
            raise GitiamError(f"{name} is a link or a submodule; only plain files are read")
        _write(out, name.removeprefix(prefix), contents[entry.blob])


def _write(out: Path, name: str, content: bytes) -> None:
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise GitiamError(f"{name} is not the name of a file of an estate")
    file = out / PurePosixPath(name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as opened:
            opened.write(content)
    except OSError as error:
        raise GitiamError(f"{name} cannot be written here: {error.strerror}") from error


def web_address(repository: Repository, base: Base, branch: str) -> str | None:
    """Where the pull request is opened, if origin is on GitHub; a password in it is not shown."""
    found = _GITHUB.fullmatch(repository.setting("remote.origin.url") or "")
    if found is None or not base.branch:
        return None
    compared = f"{quote(base.branch, safe='/')}...{quote(branch, safe='/')}"
    return f"https://github.com/{found[1]}/compare/{compared}?expand=1"


_GITHUB = re.compile(
    r"(?:https://(?:[^/@\s]*@)?github\.com/|ssh://git@github\.com/|git@github\.com:)"
    r"([\w.-]+/[\w.-]+?)(?:\.git)?/?",
    re.ASCII,
)
