"""Remembers the hash of a provider's package for as long as nobody has touched it.

To hash the 650 MB of AWS's provider takes half of a small apply. What was computed once is believed
again while every file of the package has the name, device, inode, size and times that it had
before it was read. This rests on the time of an inode's change: the kernel sets it whenever
contents, name, owner or mode change, and no program can set it. So who can change the provider
unseen? Whoever sets the machine's clock, writes to its disk below the file system, or serves that
file system: root, who can as well replace gitiam. (Whoever serves it can give gitiam one program to
hash, and another one to start, even where nothing is remembered.)

Nothing is believed but what this user wrote, in a folder where nobody else may write, with the
user's own seal; and nothing of a package where anybody but the user and root could change a file.

A file that was changed just before it was read could be changed once more within the same tick of
the clock that stamps it. Such a package is not remembered (git's index calls that racy).
"""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from gitiam.files import read_below, write_atomically
from gitiam.sync.machine.folders import cache_folder
from gitiam.sync.store.seal import is_sealed, is_switched_off, own_key, seal
from gitiam.sync.terraform.provider.package import package_hash

#: Below the user's folder for gitiam; a package's file in it has the hash of its place as its name.
FOLDER = "verified"

#: As many nanoseconds must have passed since a file was changed.
_SETTLED = 2 * 10**9
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def known_hash(folder: Path, mirror: Path) -> str:
    """`package_hash` of a package in this mirror, remembered if that can be believed."""
    now = time.time_ns()
    before = None if is_switched_off() else _looked_at(folder, mirror)
    if before is None:
        return package_hash(folder)
    found = before.recalled()
    if found is None:
        found = package_hash(folder)
        if before.newest < now - _SETTLED and _looked_at(folder, mirror) == before:
            before.keep(found)
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """How a package lies there: in which folder, and of every file what shows a change.

    That is name, device, inode, size, time of modification, time of the inode's change.
    """

    folder: Path
    files: tuple[tuple[str, int, int, int, int, int], ...]

    @property
    def newest(self) -> int:
        """When a file was changed last."""
        return max((file[-1] for file in self.files), default=0)

    def recalled(self) -> str | None:
        """The hash that was kept of a package that lay there just so."""
        key, home = own_key(create=False), _home()
        if key is None or home is None:
            return None
        try:
            if not (_is_own(home) and _is_own(home / self._name)):
                return None
            hash_, _, found_seal = read_below(home, self._name).partition(b" ")
        except OSError:
            return None
        return hash_.decode() if is_sealed(self._signed(hash_), found_seal, key) else None

    def keep(self, hash_: str) -> None:
        """Remember it on this machine; where that cannot be, not."""
        key, home = own_key(create=True), _home()
        if key is None or home is None:
            return
        said = hash_.encode()
        try:
            if not home.exists() or _is_own(home):
                sealed = said + b" " + seal(self._signed(said), key)
                write_atomically(home / self._name, sealed, durable=False, folder_mode=0o700)
        except OSError:
            return

    @property
    def _name(self) -> str:
        return sha256(os.fsencode(self.folder)).hexdigest()

    def _signed(self, hash_: bytes) -> bytes:
        """What the seal is for."""
        return b"gitiam-verified %s %s" % (
            hash_,
            json.dumps([str(self.folder), self.files]).encode(),
        )


def _looked_at(folder: Path, mirror: Path) -> _Look | None:
    """None for what cannot be believed to stay as it is, and for what cannot be looked at."""
    top, folder = mirror.resolve(), folder.resolve()
    above = [path for path in (folder, *folder.parents) if path.is_relative_to(top)]
    try:
        # A link may be written by everybody, as its mode says.
        within = {path: path.lstat() for path in folder.rglob("*")}
        leading = [path.lstat() for path in above]
    except OSError:
        return None
    if not above or not all(_is_guarded(status) for status in (*leading, *within.values())):
        return None
    files = (
        (str(path.relative_to(folder)), *_shown(status))
        for path, status in within.items()
        if not stat.S_ISDIR(status.st_mode)
    )
    return _Look(folder, tuple(sorted(files)))


def _shown(status: os.stat_result) -> tuple[int, int, int, int, int]:
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return status.st_dev, status.st_ino, status.st_size, *times


def _is_guarded(status: os.stat_result) -> bool:
    """Whether nobody may write it but this user and root."""
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & _WRITABLE_BY_OTHERS


def _is_own(path: Path) -> bool:
    """Whether this user made it, and nobody else may write it; a link is nobody's."""
    status = path.lstat()
    is_mine = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
    return is_mine and not status.st_mode & _WRITABLE_BY_OTHERS


def _home() -> Path | None:
    try:
        return cache_folder() / FOLDER
    except RuntimeError:  # a user without a home
        return None
