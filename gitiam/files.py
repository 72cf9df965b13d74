"""Writing files so that a crash leaves the old one or the new one, never a half.

And the names of the folders where they go.
"""

from __future__ import annotations

import os
import threading
from itertools import count
from pathlib import Path

from gitiam.errors import GitiamError

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


def require_utf8(folder: Path, what: str) -> None:
    """GitiamError for a folder with a name that not every program can be told.

    Terraform notes in UTF-8 where a state lies: it would go on with another folder.
    """
    path = str(folder.absolute()) if "\0" not in str(folder) else str(folder)
    try:
        path.encode()
        is_speakable = "\0" not in path
    except UnicodeEncodeError:
        is_speakable = False
    if not is_speakable:
        raise GitiamError(
            f"the name of {what} is not UTF-8: {path}",
            hint="Terraform would look for it under another name: rename it, or use another folder",
        )


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
