"""What may be used of this machine, and of the container that this may be: cores and memory.

Containers bound both by control groups: version 2 in one tree, version 1 in a tree for each kind
("Control Group v2" and "cgroup-v1/memory" in the kernel's documentation). A bound of any group
above holds as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_TREE = PurePosixPath("/sys/fs/cgroup")
#: Of version 2 and 1: the limit, what is used, and how `memory.stat` calls what can be given back.
_MEMORY = {
    2: ("memory.max", "memory.current", "inactive_file"),
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}

#: The text of a small file; OSError where there is none.
Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Resources:
    """Cores that may be used, and bytes of memory that are free."""

    cores: int
    free: int


def _text(path: str) -> str:
    return Path(path).read_text(encoding="ascii")


def these_resources(read: Read = _text) -> Resources:
    """What there is now."""
    return Resources(min(_cores(read)), max(0, min(_memories(read))))


def _cores(read: Read) -> Iterator[int]:
    if hasattr(os, "sched_getaffinity"):
        yield len(os.sched_getaffinity(0))
    else:
        yield os.cpu_count() or 1
    for folder in _groups(read, "cpu"):
        with suppress(OSError, ValueError):
            share, period = read(f"{folder}/cpu.max").split()
            yield max(1, int(share) // int(period))
        with suppress(OSError, ValueError):
            quota = int(read(f"{folder}/cpu.cfs_quota_us"))
            if quota > 0:
                yield max(1, quota // int(read(f"{folder}/cpu.cfs_period_us")))


def _memories(read: Read) -> Iterator[int]:
    yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield from (kib * 1024 for kib in _numbers(read, "/proc/meminfo", "MemAvailable:"))
    for folder in _groups(read, "memory"):
        for limit, used, cached in _MEMORY.values():
            with suppress(OSError, ValueError):
                left = int(read(f"{folder}/{limit}")) - int(read(f"{folder}/{used}"))
                # Files that were read count as used, until somebody needs the room.
                yield left + sum(_numbers(read, f"{folder}/memory.stat", cached))


def _groups(read: Read, kind: str) -> Iterator[PurePosixPath]:
    """The folders of the groups that this process is in, and of all above these."""
    found = {_TREE, _TREE / kind}
    with suppress(OSError):
        for line in read("/proc/self/cgroup").splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds == "" or kind in kinds.split(","):
                tree = _TREE / kind if kinds else _TREE
                inner = tree / path.lstrip("/")
                found.update(p for p in (inner, *inner.parents) if p.is_relative_to(tree))
    yield from sorted(found)


def _numbers(read: Read, path: str, name: str) -> Iterator[int]:
    """The number that stands behind this name in a file; none where there is no such file."""
    with suppress(OSError, ValueError):
        for line in read(path).splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == name:
                yield int(words[1])
