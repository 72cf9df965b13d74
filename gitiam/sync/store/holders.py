"""Which process applies a module, and whether a process of this machine is still there."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

from gitiam.modules import Holder

_PROC = Path("/proc")


def this_holder() -> Holder:
    """This process, as the holder of one apply."""
    pid = os.getpid()
    return Holder(
        host=socket.gethostname(),
        machine=_machine(),
        pid=pid,
        started=_started(pid) or "",
        token=secrets.token_hex(8),
    )


def is_gone(holder: Holder) -> bool:
    """Whether the process is certainly dead. Of another machine's that cannot be said."""
    here = _machine()
    return bool(here and holder.machine == here and _started(holder.pid) != holder.started)


def _machine() -> str:
    """This boot of this machine, and which processes are seen; empty where that is not known.

    Host names are no proof: containers, and the runners of a pipeline, share theirs. A process
    id means something only under the same kernel, since the same boot, and within one name space.
    """
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = (_PROC / "self/ns/pid").readlink()
    except (OSError, ValueError):
        return ""
    return f"{boot} {space}"


def _started(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; None when there is none but its remains."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in brackets may hold anything; the fields after it are state, parent, …
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]
