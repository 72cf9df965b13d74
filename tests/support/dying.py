"""`python -m tests.support.dying WHEN METHOD PATTERN ARGUMENTS…`: a gitiam that dies by SIGKILL.

It dies `before` or `after` the first time that the store puts or deletes a key that matches the
pattern. `put` stands for `create` and `replace` too, and `delete` for `remove`.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import Any

from gitiam.cli.main import main
from gitiam.sync.store.objects import FolderObjects

_SAME = {"put": ("put", "create", "replace"), "delete": ("delete", "remove")}


def die_at(when: str, method: str, pattern: str) -> None:
    """Put the end of this process into the store."""
    for name in _SAME[method]:
        _make_deadly(when, name, pattern)


def _make_deadly(when: str, method: str, pattern: str) -> None:
    original = getattr(FolderObjects, method)

    def deadly(self: FolderObjects, key: str, *rest: Any) -> Any:
        doomed = re.fullmatch(pattern, key) is not None
        if doomed and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = original(self, key, *rest)
        if doomed:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(FolderObjects, method, deadly)


if __name__ == "__main__":
    die_at(*sys.argv[1:4])
    sys.argv[1:] = sys.argv[4:]
    main()
