"""A bare git repository, asked with real git."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Nothing of whoever runs the tests may reach a repository.
_CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}
_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"


class GitFailed(Exception):
    """git ended with an error; the text is what it said."""


@dataclass(frozen=True)
class Person:
    """A name in a commit."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """What git says of a commit."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True)
class Change:
    """One file that differs between two trees."""

    status: str
    name: str
    before: str | None
    blob: str
    additions: int
    deletions: int
    patch: str | None


@dataclass(frozen=True)
class Bare:
    """The repository in `root`."""

    root: Path

    def __call__(
        self, *arguments: str, input: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        """What git prints. GitFailed where it ends with an error."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.root), *arguments],
            input=input,
            capture_output=True,
            check=False,
            env={**os.environ, **_CLEAN, **(environment or {})},
        )
        if done.returncode:
            raise GitFailed(done.stderr.decode(errors="replace"))
        return done.stdout

    def text(self, *arguments: str) -> str:
        """The same as text, without the last line's end."""
        return self(*arguments).decode("utf-8", "surrogateescape").rstrip("\n")

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Name → id, of every reference below the prefix."""
        lines = self.text("for-each-ref", "--format=%(objectname) %(refname)", prefix).splitlines()
        return {name: sha for sha, _, name in (line.partition(" ") for line in lines)}

    def resolved(self, name: str, kind: str = "commit") -> str | None:
        """The id of a branch, tag, reference or id; None where there is none of that kind."""
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}", name):
            if candidate.startswith("-"):
                continue
            try:
                return self.text("rev-parse", "--verify", "--quiet", f"{candidate}^{{{kind}}}")
            except GitFailed:
                continue
        return None

    def kind(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob`; None where there is no such object."""
        if not re.fullmatch("[0-9a-f]{40}", sha):
            return None
        try:
            return self.text("cat-file", "-t", sha)
        except GitFailed:
            return None

    def commits(self, *what: str) -> list[Commit]:
        """The commits that `git log` would show, newest first."""
        shown = self.text("log", "-z", f"--format={_FORMAT}%x01", *what, "--")
        return [_commit(part.lstrip("\0")) for part in shown.split("\x01") if part.strip("\0\n")]

    def commit(self, sha: str) -> Commit:
        """One commit."""
        return self.commits("-1", sha)[0]

    def blob(self, sha: str) -> bytes:
        """The bytes of a file."""
        return self("cat-file", "blob", sha)

    def tree(self, tree: str, *options: str) -> list[tuple[str, str, str, str]]:
        """(mode, kind, id, path) of each entry."""
        shown = self.text("ls-tree", "-z", *options, tree)
        entries = [entry.partition("\t") for entry in shown.split("\0") if entry]
        return [(*head.split(" "), path) for head, _, path in entries]  # type: ignore[misc]

    def new_blob(self, content: bytes) -> str:
        """The id of a file that was stored."""
        return self("hash-object", "-w", "--stdin", input=content).decode().strip()

    def new_tree(self, base: str | None, entries: list[tuple[str, str, str | None]]) -> str:
        """The base with each (mode, path, id) laid over it; no id takes the path away."""
        index = self.root / "api-index"
        env = {"GIT_INDEX_FILE": str(index)}
        index.unlink(missing_ok=True)
        self("read-tree", *([base] if base else ["--empty"]), environment=env)
        zeros = "0" * 40
        lines = "".join(
            f"{mode} {sha}\t{path}\0" if sha else f"0 {zeros}\t{path}\0"
            for mode, path, sha in entries
        )
        self("update-index", "-z", "--index-info", input=lines.encode(), environment=env)
        return self("write-tree", environment=env).decode().strip()

    def new_commit(
        self, tree: str, parents: list[str], message: str, author: Person, committer: Person
    ) -> str:
        """The id of a commit that was stored."""
        env: dict[str, str] = {}
        for role, person in (("AUTHOR", author), ("COMMITTER", committer)):
            env |= {f"GIT_{role}_NAME": person.name, f"GIT_{role}_EMAIL": person.email}
            env |= {f"GIT_{role}_DATE": person.date}
        told = [part for parent in parents for part in ("-p", parent)]
        made = self("commit-tree", tree, *told, input=message.encode(), environment=env)
        return made.decode().strip()

    def set_ref(self, name: str, sha: str | None) -> None:
        """Lay a reference on a commit, or take it away."""
        self("update-ref", name, sha) if sha else self("update-ref", "-d", name)

    def merge_base(self, one: str, other: str) -> str | None:
        """Where two histories part; None where they never met."""
        try:
            return self.text("merge-base", one, other)
        except GitFailed:
            return None

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `other` holds all of `one`."""
        return self.merge_base(one, other) == one

    def merged_tree(self, one: str, other: str) -> str | None:
        """The tree of a merge; None where the two conflict."""
        try:
            return self.text("merge-tree", "--write-tree", one, other).splitlines()[0]
        except GitFailed:
            return None

    def changes(self, base: str, head: str) -> list[Change]:
        """What differs, as GitHub lists it: renames found, each with its patch."""
        raw = self.text("diff", "--raw", "--no-abbrev", "-M", "-z", base, head).split("\0")
        counts = self._counts(base, head)
        found = []
        fields = iter(raw)
        for head_line in fields:
            if not head_line:
                continue
            _, _, _, blob, letter = head_line.lstrip(":").split(" ")
            first = next(fields)
            name = next(fields) if letter[0] in "RC" else first
            status = {"A": "added", "D": "removed", "R": "renamed"}.get(letter[0], "modified")
            patch = self.text("diff", "-M", base, head, "--", *{first, name})
            cut = patch.find("\n@@")
            added, deleted = counts.get(name, (0, 0))
            found.append(
                Change(
                    status,
                    name,
                    first if status == "renamed" else None,
                    blob if status != "removed" else (self._blob_of(base, name) or blob),
                    added,
                    deleted,
                    patch[cut + 1 :] if cut >= 0 else None,
                )
            )
        return found

    def _blob_of(self, revision: str, name: str) -> str | None:
        try:
            return self.text("rev-parse", "--verify", "--quiet", f"{revision}:{name}")
        except GitFailed:
            return None

    def _counts(self, base: str, head: str) -> dict[str, tuple[int, int]]:
        counts = {}
        fields = iter(self.text("diff", "--numstat", "-M", "-z", base, head).split("\0"))
        for line in fields:
            if not line:
                continue
            added, deleted, name = line.split("\t")
            if not name:  # a rename: old and new name follow
                next(fields)
                name = next(fields)
            counts[name] = (0, 0) if added == "-" else (int(added), int(deleted))
        return counts


def _commit(shown: str) -> Commit:
    sha, tree, parents, an, ae, ad, cn, ce, cd, message = shown.strip("\n").split("\0", 9)
    return Commit(
        sha,
        tree,
        tuple(parents.split()),
        Person(an, ae, ad),
        Person(cn, ce, cd),
        message.rstrip("\n"),
    )


def new_bare(root: Path) -> Bare:
    """An empty repository whose first branch is `main`."""
    root.mkdir(parents=True)
    bare = Bare(root)
    bare("init", "--quiet", "--bare", "--initial-branch=main")
    return bare
