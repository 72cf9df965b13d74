"""git, by its plumbing alone: nothing that a repository holds or configures can run a program.

Here is the real repository: it is asked where things are, and takes what was made elsewhere
(`gitiam.sync.undo.workshop`) in two steps: objects, which nobody sees, and then one reference.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from gitiam.errors import GitiamError
from gitiam.sync.machine.process import Exchanged, exchange, inherited_environment

#: What git may see of gitiam's environment: no credentials, and none of git's own variables but
#: those that say who commits, and where that person keeps their settings.
_SEEN = frozenset(["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "XDG_CONFIG_HOME"])
_IDENTITY = frozenset(
    f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
)
_SET = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    # A partial clone must not fetch: that would start what its configuration names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
_SETTINGS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "safe.bareRepository=explicit"),
)


class GitError(GitiamError):
    """git was asked for something sensible and failed."""


@dataclass(frozen=True)
class Repository:
    """The repository that holds the estate; `prefix` leads from its root to the estate's folder."""

    folder: Path
    prefix: str
    objects: str
    shallow: Path
    object_format: str

    @property
    def is_shallow(self) -> bool:
        """Whether its history has been cut off."""
        return self.shallow.is_file()

    def commit_id(self, name: str) -> str | None:
        """The id of the commit that a reference or revision names; None where it names none."""
        asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        code, found = _ask(self.folder, *asked)
        return None if code else found

    def symbolic(self, reference: str) -> str | None:
        """What a symbolic reference stands for, such as `refs/remotes/origin/main`."""
        code, found = _ask(self.folder, "symbolic-ref", "--quiet", reference)
        return None if code else found

    def full_name(self, name: str) -> str | None:
        """The whole name of a branch, `refs/…`; None for whatever is not the name of one."""
        asked = ["rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options"]
        code, found = _ask(self.folder, *asked, name)
        return found if not code and found.startswith("refs/") else None

    def setting(self, key: str) -> str | None:
        """One value of the configuration."""
        code, found = _ask(self.folder, "config", "--get", key)
        return None if code else found

    def is_branch_name(self, name: str) -> bool:
        """Whether a branch may be called so."""
        return (
            not name.startswith("-")
            and not _ask(self.folder, "check-ref-format", f"refs/heads/{name}")[0]
        )

    def author(self) -> dict[str, str]:
        """Who commits, as git's own variables say it; GitiamError where nobody has said."""
        found: dict[str, str] = {}
        for who in ("AUTHOR", "COMMITTER"):
            code, ident = _ask(self.folder, "var", f"GIT_{who}_IDENT")
            if code:
                raise GitError(
                    "git does not know who you are, and so cannot write a commit",
                    hint="git config --global user.name NAME; and user.email, too",
                )
            name, _, rest = ident.rpartition(" <")
            found |= {f"GIT_{who}_NAME": name, f"GIT_{who}_EMAIL": rest.partition(">")[0]}
        return found

    def take(self, pack: bytes) -> None:
        """Take over objects. Without a reference nobody sees them."""
        done = _git(self.folder, "unpack-objects", "-q", stdin=pack)
        if done.code:
            raise GitError(f"git could not write: {done.stderr.strip()}")

    def make_branch(self, name: str, commit: str) -> None:
        """One atomic step: the branch is there, whole, or it is not; never one that was there."""
        words = ["update-ref", "--no-deref", "-m", "gitiam revert"]
        absent = "0" * len(commit)
        done = _git(self.folder, *words, f"refs/heads/{name}", commit, absent)
        if done.code:
            raise GitError(
                f"git could not make the branch {name}: {done.stderr.strip()}",
                hint="Choose another name with --branch",
            )


def open_repository(folder: Path) -> Repository:
    """The repository that the folder is in; GitiamError where there is none, or no git."""
    if shutil.which("git") is None:
        raise GitError("git is not on the PATH", hint="Install git; gitiam revert needs it")
    code, prefix = _ask(folder, "rev-parse", "--show-prefix")
    if code:
        said = _git(folder, "rev-parse", "--show-prefix").stderr.strip()
        if "not a git repository" in said:
            raise GitError(f"{folder.resolve()} is not in a git repository")
        raise GitError(f"git cannot use {folder.resolve()}: {said}")
    return Repository(
        folder=folder,
        prefix=prefix,
        objects=_path(folder, "objects"),
        shallow=Path(_path(folder, "shallow")),
        object_format=_ask(folder, "rev-parse", "--show-object-format")[1],
    )


def _path(folder: Path, name: str) -> str:
    return _ask(folder, "rev-parse", "--path-format=absolute", "--git-path", name)[1]


def _ask(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and what was printed without the line end behind it."""
    done = _git(folder, *arguments)
    return done.code, done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> Exchanged:
    command = ["git", *_SETTINGS, *arguments]
    return exchange(command, folder=folder, environment=environment(), stdin=stdin)


def environment() -> dict[str, str]:
    """What git gets to see, and what keeps it from asking, and from fetching."""
    seen = {name: value for name, value in inherited_environment().items() if name in _SEEN}
    own = _IDENTITY | {"GIT_CONFIG_GLOBAL"}
    return {**seen, **{n: v for n, v in os.environ.items() if n in own}, **_SET}
