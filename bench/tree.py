"""What a program and everything that it starts take of memory together, while they run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

#: Seconds between two looks.
_PAUSE = 0.03
_PROC = Path("/proc")


class TreeWatch:
    """Looks again and again at a process and its descendants. For Linux.

    `peak` is in bytes: the most that their proportional set sizes came to together. What several
    of them share is counted once, and so is a file that is mapped.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> TreeWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_PAUSE):
            self.peak = max(self.peak, sum(map(_proportional_size, _descendants(self._pid))))


def _descendants(pid: int) -> Iterator[int]:
    """The process itself, and all below it."""
    yield pid
    for task in _listed(_PROC / str(pid) / "task"):
        children = _read(task / "children")
        for child in children.split():
            yield from _descendants(int(child))


def _proportional_size(pid: int) -> int:
    for line in _read(_PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it has ended meanwhile
        return []


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
