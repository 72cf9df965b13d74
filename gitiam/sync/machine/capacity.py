"""How much a run may do at once: what the machine's cores and memory bear, or less if told so.

The figures are measured; see docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitiam.errors import GitiamError
from gitiam.sync.machine.resources import Resources, these_resources

MEMORY_VARIABLE = "GITIAM_MEMORY"
MIB = 1024 * 1024

#: gitiam itself, with an estate of 10,000 requests.
_OWN = 200
#: One Terraform that attaches to a host.
_CORE = 100
#: A provider takes this much beside what Go's garbage collector counts: its program, mostly.
_PROGRAM = 260
#: What the garbage collector is let to count; with less than the least, it does nothing else.
_LEAST_HEAP, _MOST_HEAP = 120, 300
#: One Terraform with a provider of its own: what it takes if it may, gets at the most, and needs.
_PLAIN, _MOST_PLAIN, _LEAST_PLAIN = 900, 3750, 600
#: With a host, a module waits for AWS and its own processes more than it computes.
_JOBS_PER_CORE = 1


@dataclass(frozen=True, slots=True)
class Capacity:
    """`jobs` modules at once, over `hosts` providers; `plain_jobs` of them without a host.

    The mappings are settings of Go: for a Terraform that attaches to a host, for that host, and
    for a Terraform with a provider of its own.
    """

    jobs: int
    hosts: int
    plain_jobs: int
    attached: Mapping[str, str] = field(default_factory=dict)
    provider: Mapping[str, str] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)


def capacity(
    *,
    accounts: int,
    jobs: int | None = None,
    memory: int | None = None,
    hosted: bool = True,
    resources: Resources | None = None,
) -> Capacity:
    """What this machine bears, or these resources.

    `memory` is the bound in MiB; None for what is free. GitiamError for a bound that not even one
    module fits into.
    """
    there = resources or these_resources()
    cores = there.cores
    room = (memory if memory is not None else there.free // MIB) - _OWN
    least = _PROGRAM + _LEAST_HEAP + _CORE if hosted else _LEAST_PLAIN
    if room < least:
        raise GitiamError(
            f"{room + _OWN} MiB of memory are not enough: a module needs {least + _OWN} MiB",
            hint=f"Raise --memory or {MEMORY_VARIABLE}, or free some memory",
        )
    plain_jobs = max(1, min(jobs or cores, room // _PLAIN))
    share = min(_MOST_PLAIN, room // plain_jobs)
    plain = {"GOGC": "off", "GOMEMLIMIT": f"{share * 2 // 5}MiB"}
    if not hosted:
        return Capacity(plain_jobs, 0, plain_jobs, plain=plain)
    jobs = max(1, min(jobs or cores * _JOBS_PER_CORE, (room - _PROGRAM - _LEAST_HEAP) // _CORE))
    left = room - jobs * _CORE
    hosts = max(1, min(accounts, left // (_PROGRAM + _MOST_HEAP)))
    heap = min(_MOST_HEAP, left // hosts - _PROGRAM)
    return Capacity(jobs, hosts, plain_jobs, _go(_CORE), _go(heap), plain)


def _go(mebibytes: int) -> dict[str, str]:
    """The garbage collector runs rarely, unless memory gets short."""
    return {"GOGC": "400", "GOMEMLIMIT": f"{mebibytes}MiB"}
