"""Real git repositories that hold an estate, built from literals."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.estates import Files, write_estate


@dataclass(frozen=True)
class Repo:
    """A repository with a working tree in `root`."""

    root: Path

    def git(self, *arguments: str | bytes, check: bool = True, **environment: str) -> str:
        """What git prints."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
        )
        assert not (check and done.returncode), done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, files: dict[str, str | bytes | None]) -> None:
        """These files in the working tree; None takes one away."""
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message: str, files: dict[str, str | bytes | None]) -> str:
        """A commit that changes these files; its id."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def merge(self, number: int, files: dict[str, str | bytes | None], title: str = "x") -> str:
        """A pull request of two commits, merged by a merge commit as GitHub makes it."""
        self.git("checkout", "--quiet", "-b", f"topic-{number}")
        self.commit("Begin", {})
        self.commit(title, files)
        self.git("checkout", "--quiet", "main")
        message = f"Merge pull request #{number} from alice/topic-{number}\n\n{title}"
        self.git("merge", "--quiet", "--no-ff", "--message", message, f"topic-{number}")
        return self.git("rev-parse", "HEAD")

    def shown(self, revision: str, path: str) -> str | None:
        """The file in that commit; None where it is not."""
        return self.git("show", f"{revision}:{path}") + "\n" if self.has(revision, path) else None

    def has(self, revision: str, path: str) -> bool:
        """Whether the commit has the file."""
        return path in self.names(revision)

    def names(self, revision: str) -> list[str]:
        """Every file of the commit."""
        listed = self.git("ls-tree", "-r", "-z", "--name-only", revision)
        return [name for name in listed.split("\0") if name]

    def traces(self) -> dict[str, bytes]:
        """Everything in the working tree, and the references, HEAD and index: to be compared."""
        found = {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.is_symlink() and "/objects/" not in path.as_posix()
        }
        return found

    def objects(self) -> int:
        """How many loose objects there are."""
        return sum(path.is_file() for path in (self.root / ".git" / "objects").rglob("*"))


def new_repo(root: Path, files: Files) -> Repo:
    """An estate of these files, committed on `main`."""
    write_estate(root, files)
    repo = Repo(root)
    repo.git("init", "--quiet", "--initial-branch=main")
    for key, value in (("name", "Alice"), ("email", "alice@example.com")):
        repo.git("config", f"user.{key}", value)
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "The estate")
    return repo
