"""Where sockets lie that nobody but gitiam and its own Terraforms may reach."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from gitiam.errors import GitiamError

#: The path of a Unix socket has 104 bytes on macOS and 108 on Linux; the names are shorter than 30.
_LONGEST_FOLDER = 70


def private_folder() -> Path:
    """A folder that its owner alone can enter, with a path that is short enough for sockets."""
    for parent in (None, os.environ.get("XDG_RUNTIME_DIR"), "/tmp"):  # noqa: S108  (mkdtemp)
        with suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="gitiam-", dir=parent or None))
            if len(os.fsencode(folder)) <= _LONGEST_FOLDER:
                return folder
            folder.rmdir()
    raise GitiamError("there is no folder for temporary files", hint="Set TMPDIR to one")
