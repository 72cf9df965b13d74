"""The processes below one, as `/proc` tells; Linux alone has it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> dict[int, str]:
    """All processes that this one started, and those that they did, with their command lines."""
    parents = _parents()
    found: dict[int, str] = {}
    known = {pid}
    while True:
        further = {p for p, parent in parents.items() if parent in known} - known
        if not further:
            return found
        known |= further
        found |= {p: command_of(p) for p in further}


def living_with(text: str) -> dict[int, str]:
    """All processes in whose environment this text stands, with their command lines."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if text.encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = command_of(int(entry.name))
    return found


def kill_all(pids: Iterable[int]) -> None:
    """SIGKILL to each that is still there."""
    for pid in list(pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def command_of(pid: int) -> str:
    """How it was started; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name, in parentheses, may hold anything; what follows is state and parent.
            rest = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            found[int(entry.parent.name)] = int(rest[1])
    return found
