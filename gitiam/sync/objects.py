"""Where state and ledger live: a few bytes under a key, in a folder or in a bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from gitiam.errors import GitiamError
from gitiam.files import write_atomically


class Objects(Protocol):
    """A flat store of small objects. Each call is atomic; keys use forward slashes.

    Every method raises GitiamError when the store cannot be reached: a store that cannot be read is
    never an empty one.
    """

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


class FolderObjects:
    """Objects as files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`. A folder that does not exist yet holds nothing."""
        base = self.folder / prefix.rpartition("/")[0]
        try:
            for folder, _, names in os.walk(base, onerror=_unless_absent):
                for name in names:
                    key = (Path(folder) / name).relative_to(self.folder).as_posix()
                    if key.startswith(prefix) and not name.startswith("."):
                        yield key
        except OSError as error:
            raise _unusable(base, error) from error

    def get(self, key: str) -> bytes | None:
        """The file's bytes, or None when there is none."""
        try:
            return (self.folder / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.folder / key, error) from error

    def put(self, key: str, data: bytes) -> None:
        """Create or replace the file."""
        try:
            write_atomically(self.folder / key, data)
        except OSError as error:
            raise _unusable(self.folder / key, error) from error

    def delete(self, key: str) -> None:
        """Remove the file."""
        path = self.folder / key
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(path, error) from error


def _unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _unusable(path: Path, error: OSError) -> GitiamError:
    return GitiamError(
        f"{path} cannot be used: {error.strerror}",
        hint="State and ledger live there; see `store` in gitiam.yaml",
    )
