"""Which process applies a module, and whether a process of this machine is still there."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

from gitiam.modules import Holder

_PROC = Path("/proc")


def this_holder() -> Holder:
    """This process, as the holder of one apply."""
    pid = os.getpid()
    started = None
    with suppress(OSError):
        started = _started(pid)
    return Holder(
        host=socket.gethostname(),
        machine=_machine(),
        pid=pid,
        started=started or "",
        token=secrets.token_hex(8),
    )


def is_gone(holder: Holder) -> bool:
    """Whether the process is certainly dead. Of another machine's that cannot be said."""
    here = _machine()
    if not here or holder.machine != here:
        return False
    try:
        return _started(holder.pid) != holder.started
    except (FileNotFoundError, ProcessLookupError):
        return not _is_hidden(holder.pid)
    except OSError:
        return False


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


def _is_hidden(pid: int) -> bool:
    """Whether it is another user's, which /proc may keep from us (`hidepid`)."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return False  # it is ours: it began after we looked


def _started(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; None when there are but its remains.

    OSError where it is not seen.
    """
    stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    # The name in brackets may hold anything; the fields after it are state, parent, …
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]
