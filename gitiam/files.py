"""Writing files so that a crash leaves the old one or the new one, never a half."""

from __future__ import annotations

import os
import threading
from itertools import count
from pathlib import Path

_COUNT = count()


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Put `data` at `path`: written beside it, flushed to disk, then renamed into place.

    What can be made again at any time need not be `durable`: it is not waited for until it has
    reached the disk.
    """
    try:
        handle, temporary = _beside(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = _beside(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105  (a Path costs more than the renaming)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def _beside(path: Path) -> tuple[int, str]:
    """A new file in the same folder, whose name no other process or thread uses."""
    unique = f"{os.getpid():x}-{threading.get_ident():x}-{next(_COUNT):x}"
    temporary = f"{path.parent}/.{path.name[:80]}.{unique}"
    return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), temporary


def _sync_folder(folder: Path) -> None:
    """The rename itself reaches the disk only with its folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
