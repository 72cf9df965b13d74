"""How many Terraforms this machine bears at once."""

from __future__ import annotations

import os

#: What one Terraform with the AWS provider takes at its peak (measured; see docs/performance.md).
BYTES_EACH = 900 * 1024 * 1024


def default_jobs() -> int:
    """As many as there are cores, while memory lasts; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, _memory() // BYTES_EACH))


def _memory() -> int:
    """Bytes that are free to use, or all that there are where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
