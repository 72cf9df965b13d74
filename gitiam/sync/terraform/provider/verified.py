"""Finds the provider's program, and vouches for it by the module's lock file.

A Terraform that attaches to a running provider does not check what runs. So nothing is started
that does not match the lock file: either `terraform init` has installed and checked it just now,
or, where it lies unpacked in a mirror, its hash is found here: computed as `init` does, or
remembered.
"""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from gitiam.config import PROVIDER_SOURCE, TerraformConfig
from gitiam.errors import GitiamError
from gitiam.sync.terraform.mirrors import find_mirror, this_platform
from gitiam.sync.terraform.provider.package import program_in
from gitiam.sync.terraform.provider.remembered import known_hash

_HASH = re.compile(r'"(h1:[A-Za-z0-9+/]{43}=)"')
_COMMENT = re.compile(r"^\s*(?:#|//).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Program:
    """A provider's program that was verified, and how its file was then."""

    path: Path
    seen: tuple[int, ...]

    @classmethod
    def at(cls, path: Path) -> Program:
        """The file as it is now."""
        return cls(path, _seen(path))

    def unchanged(self) -> Path:
        """Where it is, if nobody has touched it; GitiamError otherwise.

        To be asked just before each start. A change shows in the time of the inode's change, which
        no program can set.
        """
        try:
            now = _seen(self.path)
        except OSError as error:
            raise GitiamError(f"the provider {self.path} is gone: {error.strerror}") from None
        if now != self.seen:
            raise GitiamError(
                f"the provider {self.path} has changed since it was verified; it was not started",
                hint="Find out who did that, and run it again: it is verified anew then",
            )
        return self.path


def _seen(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


class MirrorSearch:
    """Looks for the provider in a mirror while gitiam does something else.

    Hashing it, unless that is remembered, takes half a second or more, and no turn of the
    interpreter: begun when a command starts, it is done when the first module is to run, or little
    later. Nobody waits for it where no module is.
    """

    def __init__(self, config: TerraformConfig, lock: str) -> None:
        self._for = (config, lock)
        self._found: Future[Program | None] = Future()
        threading.Thread(target=self._look, args=(config, lock), daemon=True).start()

    def is_for(self, config: TerraformConfig, lock: str) -> bool:
        """Whether it looks for the provider of this configuration, by this lock file."""
        return self._for == (config, lock)

    def result(self) -> Program | None:
        """What `in_mirror` says."""
        return self._found.result()

    def _look(self, config: TerraformConfig, lock: str) -> None:
        try:
            self._found.set_result(in_mirror(config, lock))
        except BaseException as error:
            self._found.set_exception(error)


def in_mirror(config: TerraformConfig, lock: str) -> Program | None:
    """The program in a mirror that holds it unpacked; None where there is no such mirror.

    GitiamError when it is not what the lock file names.
    """
    mirror = find_mirror(config)
    if mirror is None:
        return None
    folder = mirror / config.provider_source / config.provider_version / this_platform()
    if not folder.is_dir():
        return None
    path = program_in(folder)
    # As it was before it was read: what is changed meanwhile is not the same afterwards.
    program = Program.at(path) if path else None
    found = known_hash(folder, mirror)
    if found not in lock_hashes(lock, config.provider_source):
        raise GitiamError(
            f"the provider in {folder} is not the one in the lock file: its hash is {found}",
            hint="Mend the mirror, or the lock file that gitiam.yaml names",
        )
    return program


def installed(folder: Path, config: TerraformConfig) -> Program | None:
    """The program that `terraform init` has installed, and checked, in a module's folder."""
    provider = folder / ".terraform" / "providers" / config.provider_source
    path = program_in((provider / config.provider_version / this_platform()).resolve())
    return Program.at(path) if path else None


def lock_hashes(lock: str, source: str = PROVIDER_SOURCE) -> frozenset[str]:
    """The hashes of this provider's unpacked packages in a lock file.

    Each is SHA-256 over names and contents. Comments, and blocks of other providers, do not count.
    """
    text = _COMMENT.sub("", lock)
    block = re.search(rf'^provider "{re.escape(source)}" \{{$(.*?)^\}}', text, re.M | re.S)
    return frozenset(_HASH.findall(block[1])) if block else frozenset()
