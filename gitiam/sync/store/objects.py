"""Where state and ledger live: a few bytes under a key, in a folder or in a bucket."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from gitiam.errors import GitiamError
from gitiam.files import make_folders, read_regular, write_atomically
from gitiam.sync.machine.refusals import machine_hint
from gitiam.sync.store.lock_file import wait_for_lock

#: Of every folder of a store. The files in them are for their owner alone, too.
FOLDER_MODE = 0o700
#: What gitiam makes in the folder itself. With these closed, so is all below them.
_TOPS = ("ledger", "state", "history", "broken")

#: Serialises what compares before it changes, in a folder. Hidden, so it is no object.
_LOCK_FILE = ".lock"


@dataclass(frozen=True, slots=True)
class Held:
    """An object as it was read. `version` stands for exactly this content."""

    data: bytes
    version: str


class Objects(Protocol):
    """A flat store of small objects. Each call is atomic; keys use forward slashes.

    Every method raises GitiamError when the store cannot be reached: a store that cannot be read is
    never an empty one. `create`, `replace` and `remove` compare and change in one step: of several
    that try at once, one comes through, and the others are told.
    """

    @property
    def is_distant(self) -> bool:
        """Whether an answer takes so long that independent calls are better made at once."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`, in no order."""
        ...

    def get(self, key: str) -> bytes | None:
        """The object, or None when there is none."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Create or replace."""
        ...

    def delete(self, key: str) -> None:
        """Remove; an object that is not there is no error."""
        ...

    def read(self, key: str) -> Held | None:
        """The object with its version, or None when there is none."""
        ...

    def create(self, key: str, data: bytes) -> str | None:
        """Put what is not there yet: its version, or None when there is something already."""
        ...

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        """Put in place of this very version: the new one, or None when it is no longer there."""
        ...

    def remove(self, key: str, version: str) -> bool:
        """Remove this very version; False when there is another. What is not there is removed."""
        ...

    def is_busy(self, key: str) -> bool:
        """Whether a living process has the operating system's lock on it. Never in a bucket."""
        ...


def at_once(objects: Objects, *calls: Callable[[], Any]) -> Sequence[Any]:
    """What these calls give, in their order; at the same time where the store is distant.

    They must be independent: any of them may have been made, and any not, when one fails or the
    process dies.
    """
    if not objects.is_distant or len(calls) < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.result() for future in futures]


class FolderObjects:
    """Objects as files below a folder, which nobody else may look into.

    Below it there are folders and files, and nothing else: a link in the place of a folder would
    hide what lies there, and so what must be taken away. Any is an error that names it.

    Whoever changes something waits for the others; shorter when `is_stopping`.
    """

    is_distant = False

    def __init__(self, folder: Path, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self.folder = folder
        self._is_stopping = is_stopping
        self._is_closed = False

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`. A folder that does not exist yet holds nothing."""
        base = self._path(prefix.rpartition("/")[0])
        try:
            for key in _keys_below(str(base), prefix.rpartition("/")[0]):
                if key.startswith(prefix):
                    yield key
        except OSError as error:
            raise _unusable(base, error) from error

    def get(self, key: str) -> bytes | None:
        """The file's bytes, or None when there is none."""
        path = self._path(key)
        try:
            return read_regular(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error) from error

    def put(self, key: str, data: bytes) -> None:
        """Create or replace the file."""
        path = self._path(key)
        try:
            self._close_folders()
            write_atomically(path, data, folder_mode=FOLDER_MODE)
        except OSError as error:
            raise _unusable(path, error) from error

    def delete(self, key: str) -> None:
        """Remove the file."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(path, error) from error

    def read(self, key: str) -> Held | None:
        """The file's bytes, and their hash as version."""
        data = self.get(key)
        return None if data is None else Held(data, _hash(data))

    def create(self, key: str, data: bytes) -> str | None:
        """Put the file unless there is one."""
        with self._alone():
            return self._put(key, data) if self.get(key) is None else None

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        """Put the file if it is still the one of this version."""
        with self._alone():
            return self._put(key, data) if self._version(key) == version else None

    def remove(self, key: str, version: str) -> bool:
        """Remove the file if it is still the one of this version."""
        with self._alone():
            if self._version(key) not in (None, version):
                return False
            self.delete(key)
            return True

    def is_busy(self, key: str) -> bool:
        """Whether some process holds a lock on the file, as Terraform does on a state in use."""
        path = self._path(key)
        try:
            with path.open("r+b") as file:
                return not _lockable(file.fileno())
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unusable(path, error) from error

    def _path(self, key: str) -> Path:
        """Where the object lies; GitiamError for a link, or the like, on the way there."""
        path = str(self.folder)
        for part in key.split("/") if key else ():
            path = f"{path}/{part}"
            try:
                mode = os.lstat(path).st_mode
            except (FileNotFoundError, NotADirectoryError):
                break  # whoever opens it says so
            except OSError as error:
                raise _unusable(Path(path), error) from error
            if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                raise _strange(path)
        return self.folder / key

    def _put(self, key: str, data: bytes) -> str:
        self.put(key, data)
        return _hash(data)

    def _version(self, key: str) -> str | None:
        held = self.read(key)
        return held.version if held else None

    def _close_folders(self) -> None:
        """Once: take from others what an earlier version of gitiam let them see."""
        if self._is_closed:
            return
        self._is_closed = True
        for name in _TOPS:
            folder = self.folder / name
            with suppress(OSError):  # it is not there, or somebody else's
                if not folder.is_symlink() and folder.stat().st_mode & 0o077:
                    folder.chmod(FOLDER_MODE)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread or process compares and changes meanwhile; its end lets go of it."""
        path = self.folder / _LOCK_FILE
        try:
            make_folders(self.folder, FOLDER_MODE)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            try:
                wait_for_lock(handle, path, self._is_stopping)
            except OSError as error:  # no locks on this file system, say
                raise _unusable(path, error) from error
            yield
        finally:
            os.close(handle)


def _lockable(handle: int) -> bool:
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _keys_below(folder: str, key: str) -> Iterator[str]:
    """The files of a folder and of those in it; hidden ones are no keys.

    GitiamError for what is neither file nor folder.

    Without `os.walk` and paths: a large ledger has a folder for each of its thousands of modules.
    """
    waiting = [(folder, key)]
    while waiting:
        folder, key = waiting.pop()
        try:
            entries = os.scandir(folder)
        except FileNotFoundError:
            continue
        with entries:
            for entry in entries:
                name = entry.name
                below = f"{key}/{name}" if key else name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, below))
                elif entry.is_file(follow_symlinks=False):
                    if not name.startswith("."):
                        yield below
                elif os.path.lexists(entry.path):  # and has not gone meanwhile
                    raise _strange(entry.path)


def _strange(path: str) -> GitiamError:
    return GitiamError(
        f"{path} is neither a file nor a folder",
        hint="State and ledger live there, and gitiam puts nothing else there. Find out who did,"
        " and move it away",
    )


def _unusable(path: Path, error: OSError) -> GitiamError:
    return GitiamError(
        f"{path} cannot be used: {error.strerror}",
        hint=f"State and ledger live there. {machine_hint(error)}",
    )
