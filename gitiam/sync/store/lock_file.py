"""The operating system's lock on a file, waited for within bounds."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable
from pathlib import Path

from gitiam.errors import GitiamError

#: How long to wait for it, in seconds: everybody has it for a moment only.
LOCK_WAIT = 60.0
#: And how long once the run was asked to stop. What is under way ends in order, if it can.
LAST_WAIT = 5.0
#: Between two looks: at first, and at most.
_SHORTEST, _LONGEST = 0.001, 0.02


def wait_for_lock(handle: int, path: Path, is_stopping: Callable[[], bool]) -> None:
    """Lock the open file, which is `path`. GitiamError when another has it for too long.

    The lock ends when the file is closed, and so with the process at the latest.
    """
    began, pause = time.monotonic(), _SHORTEST
    while not _is_locked(handle):
        waited = time.monotonic() - began
        if waited >= (LAST_WAIT if is_stopping() else LOCK_WAIT):
            raise GitiamError(
                f"{path} has been locked by another process for {waited:.0f} seconds",
                hint=f"See who has it (`fuser {path}`), and end that if it hangs: the lock ends"
                " with it. Leave the file where it is",
            )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST)


def _is_locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
