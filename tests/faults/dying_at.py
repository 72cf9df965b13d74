"""`python -m tests.faults.dying_at KIND NUMBER ARGUMENTS…`: a gitiam with trouble in its store.

At the write of this number to a store in a folder, gitiam dies by SIGKILL, before or after it, or
the disk refuses. `count FILE` leaves the number of writes in a file.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from gitiam.cli.main import main

_REFUSALS = {"full-disk": errno.ENOSPC, "read-only": errno.EROFS, "failing-disk": errno.EIO}


def trouble_at(kind: str, number: str) -> None:
    """Put it where files are written and removed."""
    numbers = count()
    objects: Any = import_module("gitiam.sync.store.objects")
    write, unlink = objects.write_atomically, Path.unlink

    def troubled(do: Callable[..., Any]) -> Callable[..., Any]:
        def once(path: Path, *rest: Any, **options: Any) -> Any:
            this = next(numbers)
            if kind == "count":
                Path(number).write_text(str(this + 1), encoding="utf-8")
            elif this == int(number):
                if kind in _REFUSALS:
                    raise OSError(_REFUSALS[kind], os.strerror(_REFUSALS[kind]), str(path))
                if kind == "die-before":
                    os.kill(os.getpid(), signal.SIGKILL)
                do(path, *rest, **options)
                os.kill(os.getpid(), signal.SIGKILL)
            return do(path, *rest, **options)

        return once

    def unlink_of_store(path: Path, missing_ok: bool = False) -> None:
        is_ours = "store" in path.parts and sys._getframe(1).f_globals is vars(objects)
        (troubled_unlink if is_ours else unlink)(path, missing_ok=missing_ok)

    troubled_unlink = troubled(unlink)
    objects.write_atomically = troubled(write)
    paths: Any = Path
    paths.unlink = unlink_of_store


if __name__ == "__main__":
    trouble_at(*sys.argv[1:3])
    sys.argv[1:] = sys.argv[3:]
    main()
