"""Finds the provider's program, and vouches for it by the module's lock file.

A Terraform that attaches to a running provider does not check what runs. So nothing is started
that does not match the lock file: either `terraform init` has installed and checked it just now,
or, where it lies unpacked in a mirror, its hash is computed here, in the way that `init` does.
"""

from __future__ import annotations

import hashlib
import re
import threading
from base64 import b64encode
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from gitiam.config import PROVIDER_SOURCE, TerraformConfig
from gitiam.errors import GitiamError
from gitiam.sync.terraform.mirrors import find_mirror, this_platform

_HASH = re.compile(r'"(h1:[A-Za-z0-9+/]{43}=)"')
_COMMENT = re.compile(r"^\s*(?:#|//).*$", re.MULTILINE)
_PROGRAM = "terraform-provider-*"
_PIECE = 32 * 2**20


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

    Hashing it takes half a second, and no turn of the interpreter: begun when a command starts, it
    is done when the first module is to run. Nobody waits for it where no module is.
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
    found = package_hash(folder)
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


def package_hash(folder: Path) -> str:
    """The `h1:` hash of an unpacked package: Go's `dirhash.Hash1` over all of its files."""
    total = hashlib.sha256()
    for name, path in sorted(_files(folder).items()):
        total.update(f"{_sha256(path)}  {name}\n".encode())
    return f"h1:{b64encode(total.digest()).decode()}"


def _files(folder: Path) -> dict[str, Path]:
    """Every file by name. What is neither file nor folder, links above all, could be exchanged."""
    found = {}
    for path in folder.resolve().rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise GitiamError(
                f"in the provider's package, {path} is a link or no file",
                hint="Put the file itself there",
            )
        if path.is_file():
            found[path.relative_to(folder.resolve()).as_posix()] = path
    return found


def _sha256(path: Path) -> str:
    """In large pieces, between which alone the interpreter is needed."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(min(_PIECE, path.stat().st_size)))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            digest.update(buffer[:size])
    return digest.hexdigest()


def program_in(folder: Path) -> Path | None:
    """The one program of a provider's package; None when there is none, or more than one."""
    found = [path for path in folder.glob(_PROGRAM) if path.is_file()]
    return found[0] if len(found) == 1 else None
