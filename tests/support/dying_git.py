"""`python -m tests.support.dying_git WHEN COMMAND ARGUMENTS…`: a gitiam that dies by SIGKILL.

It dies `before` or `after` the first git that is started with this command.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from gitiam.cli.main import main
from gitiam.sync.machine import process
from gitiam.sync.undo import git, workshop


def die_at(when: str, command: str) -> None:
    """Put the end of this process into the starting of programs."""
    original = process.exchange

    def deadly(arguments: Any, **more: Any) -> Any:
        doomed = command in arguments
        if doomed and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = original(arguments, **more)
        if doomed:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    for module in (git, workshop):
        module.exchange = deadly  # type: ignore[attr-defined]


if __name__ == "__main__":
    die_at(*sys.argv[1:3])
    sys.argv[1:] = sys.argv[3:]
    main()
