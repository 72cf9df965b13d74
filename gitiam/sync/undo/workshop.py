"""A repository of our own, in which everything is read and made: nothing in it can run a program.

It lies in a temporary folder and borrows the objects of the real one. It has no configuration, no
attributes, no hooks, no replacements and no working tree. What happens here leaves no trace.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitiam.reverts import Entry, Touched
from gitiam.sync.machine.process import exchange
from gitiam.sync.undo.git import GitError, Repository, environment

#: In bytes; a larger file is not read.
LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True)
class Workshop:
    """A repository of our own that sees the objects of another."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, stdin: bytes = b"", **more: str) -> bytes:
        """What a command of git prints; GitError when it fails."""
        command = ["git", "--git-dir", str(self.folder), "--literal-pathspecs", *arguments]
        seen = {**self.environment, **more}
        done = exchange(command, folder=self.folder, environment=seen, stdin=stdin)
        if done.code:
            said = done.stderr.strip() or f"it ended with {done.code}"
            raise GitError(f"git {arguments[0]} failed: {said}")
        return done.stdout

    def has(self, commit: str) -> bool:
        """Whether the object is there."""
        found = self.run("cat-file", "--batch-check=%(objecttype)", stdin=f"{commit}\n".encode())
        return not found.endswith(b"missing\n")

    def parents(self, commit: str) -> list[str]:
        """As the commit itself says it, which in a shallow clone may not be there."""
        head, _, _ = self.run("cat-file", "commit", commit).partition(b"\n\n")
        lines = head.decode("utf-8", "replace").split("\n")
        return [line.removeprefix("parent ") for line in lines if line.startswith("parent ")]

    def history(self, base: str, *options: str, path: str | None = None) -> Iterator[_Logged]:
        """The commits on the first-parent line of `base`, newest first."""
        words = ["log", "-z", "--first-parent", "--encoding=UTF-8", "--format=%H%n%P%n%B"]
        limits = ["--end-of-options", base, "--", *([path] if path else [])]
        for text in _split(self.run(*words, *options, *limits)):
            commit, _, rest = text.lstrip("\n").partition("\n")
            parents, _, message = rest.partition("\n")
            yield _Logged(commit, len(parents.split()) > 1, message)

    def line(self, base: str) -> tuple[str, ...]:
        """Every commit on the first-parent line of `base`, the oldest first."""
        listed = self.run("rev-list", "--first-parent", "--reverse", base)
        return tuple(listed.decode().split())

    def beginnings(self, base: str) -> tuple[str, ...]:
        """Every commit without a parent from which `base` comes, on whatever line."""
        return tuple(self.run("rev-list", "--max-parents=0", base).decode().split())

    def passages(self, base: str, paths: Iterable[str]) -> dict[str, list[tuple[str, str | None]]]:
        """For each path the commits of the line that changed it, the oldest first.

        With each, the blob that the path holds then; None where it is gone.
        """
        wanted = sorted(set(paths))
        found: dict[str, list[tuple[str, str | None]]] = {path: [] for path in wanted}
        words = ["log", "--reverse", "--first-parent", "--diff-merges=first-parent", "--raw", "-z"]
        shape = ["--no-renames", "--no-abbrev", "--format=%x01%H", "--end-of-options", base, "--"]
        if not wanted:
            return found
        commit = ""
        fields = iter(_split(self.run(*words, *shape, *wanted)))
        for text in fields:
            about = text.strip("\n")
            if about.startswith("\x01"):
                commit = about[1:]
                continue
            blob, path = about.split(" ")[3], next(fields)
            # A path that is a folder elsewhere in history lists what lay in it.
            found.setdefault(path, []).append((commit, blob if blob.strip("0") else None))
        return found

    def message(self, commit: str) -> str:
        """Of one commit."""
        return next(self.history(commit, "-1")).message

    def contains(self, base: str, commit: str) -> bool:
        """Whether the commit is `base` or one of its forebears."""
        return not self.run("rev-list", "-1", commit, f"^{base}")

    def tree(self, commit: str | None, path: str = "") -> dict[str, Entry]:
        """Every file below the path (all, without one) of a commit's tree; none for no commit."""
        if commit is None:
            return {}
        listed = self.run("ls-tree", "-r", "-z", "--full-tree", commit, *([path] if path else []))
        found = {}
        for line in _split(listed):
            about, _, name = line.partition("\t")
            mode, _, blob = about.split(" ")
            found[name] = Entry(mode, blob)
        return found

    def touched(self, parent: str | None, commit: str, path: str = "") -> list[Touched]:
        """What differs between two commits, below the path; a renamed file is one entry."""
        old = parent or self.run("mktree").decode().strip()
        words = ["diff-tree", "-r", "-z", "-M", "--name-status", old, commit, "--"]
        fields = iter(_split(self.run(*words, *([path] if path else []))))
        return [_touched(status, next(fields), fields) for status in fields]

    def contents(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """The content of each blob; GitError for one that is too large for a file of an estate."""
        wanted = sorted(set(blobs))
        asked = "".join(f"{blob}\n" for blob in wanted).encode()
        for line in self.run("cat-file", "--batch-check", stdin=asked).decode().splitlines():
            blob, _, rest = line.partition(" ")
            kind, _, size = rest.partition(" ")
            if kind != "blob":
                raise GitError(
                    f"the repository lacks the content of a file ({blob[:12]})",
                    hint="If the clone is a partial one: git fetch --refetch --no-filter",
                )
            if int(size) > LARGEST:
                raise GitError(f"a file has {int(size):,} bytes; {LARGEST:,} are the most")
        answer = self.run("cat-file", "--batch", stdin=asked)
        found: dict[str, bytes] = {}
        at = 0
        for blob in wanted:
            end = answer.index(b"\n", at)
            length = int(answer[at:end].split(b" ")[2])
            found[blob] = answer[end + 1 : end + 1 + length]
            at = end + length + 2
        return found

    def merged(self, ours: bytes, ancestor: bytes, theirs: bytes) -> bytes | None:
        """A three-way merge of lines; None where they are in each other's way, or no text."""
        files = []
        for name, content in (("ours", ours), ("ancestor", ancestor), ("theirs", theirs)):
            file = self.folder / f"merge-{name}"
            file.write_bytes(content)
            files.append(str(file))
        command = ["git", "--git-dir", str(self.folder), "merge-file", "-q", "-p", *files]
        done = exchange(command, folder=self.folder, environment=self.environment)
        return None if done.code else done.stdout

    def add(self, content: bytes) -> str:
        """A new blob, without anybody's filters."""
        return self.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def tree_with(self, base: str, updates: Mapping[str, Entry | None]) -> str:
        """The tree of `base` with these files in it, or (None) no longer in it."""
        absent = Entry("0", "0" * len(base))
        lines = [
            f"{(entry or absent).mode} {(entry or absent).blob}\t{path}\0"
            # What leaves goes first: it may have been where a folder is to be.
            for path, entry in sorted(updates.items(), key=lambda item: item[1] is not None)
        ]
        self.run("read-tree", base)
        self.run("update-index", "-z", "--index-info", stdin=_encoded("".join(lines)))
        return self.run("write-tree").decode().strip()

    def commit(self, tree: str, parent: str, message: str, author: Mapping[str, str]) -> str:
        """A commit of this tree on that parent."""
        made = self.run(
            "commit-tree", "--no-gpg-sign", tree, "-p", parent, stdin=_encoded(message), **author
        )
        return made.decode().strip()

    def pack(self, commit: str, base: str) -> bytes:
        """All objects that `commit` has and `base` lacks."""
        asked = f"{commit}\n^{base}\n".encode()
        return self.run("pack-objects", "-q", "--revs", "--stdout", stdin=asked)


@dataclass(frozen=True, slots=True)
class _Logged:
    commit: str
    is_merge: bool
    message: str


@contextmanager
def open_workshop(repository: Repository) -> Iterator[Workshop]:
    """A workshop on that repository's objects; gone, with all that was made in it, at the end."""
    with tempfile.TemporaryDirectory(prefix="gitiam-revert-") as name:
        folder = Path(name) / "workshop.git"
        quoted = repository.objects.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        seen = {
            **environment(),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"',
        }
        words = ["init", "--quiet", "--bare", "--template=", "--initial-branch=none"]
        format_ = f"--object-format={repository.object_format}"
        done = exchange(["git", *words, format_, str(folder)], folder=Path(name), environment=seen)
        if done.code:
            raise GitError(f"git init failed: {done.stderr.strip()}")
        if repository.is_shallow:
            shutil.copyfile(repository.shallow, folder / "shallow")
        yield Workshop(folder, seen)


def _touched(status: str, name: str, fields: Iterator[str]) -> Touched:
    match status[:1]:
        case "R":
            return Touched(name, next(fields))
        case "A":
            return Touched(None, name)
        case "D":
            return Touched(name, None)
        case _:
            return Touched(name, name)


def _split(listed: bytes) -> list[str]:
    """Fields that end with NUL; names need not be UTF-8."""
    return [field.decode("utf-8", "surrogateescape") for field in listed.split(b"\0") if field]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
