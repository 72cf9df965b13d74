"""`python -m tests.support.dying WHEN METHOD PATTERN ARGUMENTS…`: a gitiam that dies by SIGKILL.

It dies `before` or `after` the store's `put` or `delete` of the first key that matches the pattern.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import Any

from gitiam.cli.main import main
from gitiam.sync.objects import FolderObjects


def die_at(when: str, method: str, pattern: str) -> None:
    """Put the end of this process into the store."""
    original = getattr(FolderObjects, method)

    def deadly(self: FolderObjects, key: str, *rest: Any) -> None:
        doomed = re.fullmatch(pattern, key) is not None
        if doomed and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        original(self, key, *rest)
        if doomed:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(FolderObjects, method, deadly)


if __name__ == "__main__":
    die_at(*sys.argv[1:4])
    sys.argv[1:] = sys.argv[4:]
    main()
