"""Files: written so that a crash leaves the old one or the new one; read without ever waiting.

And the names of the folders where they go.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from contextlib import suppress
from itertools import count
from pathlib import Path

from gitiam.errors import GitiamError

_COUNT = count()
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_PLAIN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def write_atomically(
    path: Path, data: bytes, *, durable: bool = True, folder_mode: int = 0o777
) -> None:
    """Put `data` at `path`: written beside it, flushed to disk, then renamed into place.

    What can be made again at any time need not be `durable`: it is not waited for until it has
    reached the disk. Folders that are not there are made with `folder_mode`.
    """
    try:
        handle, temporary = _beside(path)
    except FileNotFoundError:
        make_folders(path.parent, folder_mode)
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


def make_folders(folder: Path, mode: int = 0o777) -> None:
    """Make the folder, and those above it, where they are not there: all of them with this mode.

    (`Path.mkdir` gives the mode to the last one alone.)
    """
    if not folder.parent.is_dir():
        make_folders(folder.parent, mode)
    folder.mkdir(mode=mode, exist_ok=True)


def read_regular(path: Path) -> bytes:
    """The file's bytes; OSError for anything but a regular file, such as a pipe with no writer."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def read_below(folder: Path, below: str) -> bytes:
    """The bytes of `folder/below`; no link is followed below the folder.

    OSError for anything but a regular file, FileNotFoundError where there is nothing.
    """
    at, name = _folder_of(folder, below)
    try:
        handle = os.open(name, _PLAIN, dir_fd=at)
    finally:
        os.close(at)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", below)
        return file.read()


def replace_regular(folder: Path, below: str, old: bytes, new: bytes) -> None:
    """Put `new` in the place of `folder/below`, which must be a regular file that holds `old`.

    No link is followed below the folder, not even one that comes while this runs; the file keeps
    its mode, and is the old one or the new one whatever happens. OSError says what is in the way.
    """
    at, name = _folder_of(folder, below)
    try:
        _replace_in(at, name, old, new)
    finally:
        os.close(at)


def create_regular(folder: Path, below: str, data: bytes) -> None:
    """Make the file `folder/below`, with the folders that lead to it; nothing is ever replaced.

    No link is followed below the folder. The file is there as a whole or not at all. OSError says
    what is in the way: FileExistsError for anything that has the name already.
    """
    at, name = _folder_of(folder, below, make=True)
    try:
        temporary = _written_in(at, name, data, 0o666)
        try:
            # Unlike a renaming, a link takes no name that something has.
            os.link(temporary, name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        finally:
            os.unlink(temporary, dir_fd=at)
        os.fsync(at)
    finally:
        os.close(at)


def _folder_of(folder: Path, below: str, *, make: bool = False) -> tuple[int, str]:
    """The open folder of `folder/below`, and the file's name in it."""
    *folders, name = below.split("/")
    if not name or any(part in ("", ".", "..") for part in (*folders, name)):
        raise OSError(errno.EINVAL, "it is no name below the folder", below)
    at = os.open(folder, _FOLDER)
    try:
        for part in folders:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=at)
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
    except BaseException:
        os.close(at)
        raise
    return at, name


def _replace_in(at: int, name: str, old: bytes, new: bytes) -> None:
    handle = os.open(name, _PLAIN, dir_fd=at)
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", name)
        if file.read() != old:
            raise OSError(errno.EBUSY, "it has changed meanwhile", name)
    temporary = _written_in(at, name, new, stat.S_IMODE(about.st_mode), exactly=True)
    try:
        os.replace(temporary, name, src_dir_fd=at, dst_dir_fd=at)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=at)
        raise
    os.fsync(at)


def _written_in(at: int, name: str, data: bytes, mode: int, *, exactly: bool = False) -> str:
    """A new file beside `name` that is on the disk; `exactly` keeps the mode from the umask."""
    temporary = f".{name[:80]}.{os.getpid():x}-{threading.get_ident():x}-{next(_COUNT):x}"
    handle = os.open(temporary, _NEW, 0o600 if exactly else mode, dir_fd=at)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if exactly:
                os.fchmod(handle, mode)
            file.flush()
            os.fsync(handle)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=at)
        raise
    return temporary


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
