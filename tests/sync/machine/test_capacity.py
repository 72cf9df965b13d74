"""How much runs at once: what cores and memory bear, whoever bounds them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.errors import GitiamError
from gitiam.sync.machine.capacity import MIB, Capacity, capacity
from gitiam.sync.machine.resources import Resources, these_resources

LARGE = Resources(cores=8, free=64 * 1024 * MIB)
GIB = 1024 * MIB


def with_memory(mebibytes: int, accounts: int = 4, hosted: bool = True) -> Capacity:
    return capacity(accounts=accounts, memory=mebibytes, hosted=hosted, resources=LARGE)


def limit(settings: Mapping[str, str]) -> int:
    """What Go's garbage collector is told to count up to, in MiB."""
    return int(settings["GOMEMLIMIT"].removesuffix("MiB"))


def taken(bears: Capacity) -> int:
    """The least that all this takes at once, in MiB: each host's heap, and each Terraform."""
    return bears.hosts * limit(bears.provider) + bears.jobs * limit(bears.attached)


def test_a_large_machine_runs_a_module_on_each_core() -> None:
    bears = capacity(accounts=3, resources=LARGE)
    assert (bears.jobs, bears.hosts, bears.plain_jobs) == (8, 3, 8)
    assert capacity(accounts=3, jobs=20, resources=LARGE).jobs == 20
    assert capacity(accounts=3, jobs=1, resources=LARGE).plain_jobs == 1


def test_without_a_host_there_is_none() -> None:
    bears = capacity(accounts=3, hosted=False, resources=LARGE)
    assert (bears.jobs, bears.hosts, bears.plain_jobs) == (8, 0, 8)
    assert (bears.attached, bears.provider) == ({}, {})


def test_what_is_free_bounds_it_unless_somebody_says_so() -> None:
    small = Resources(8, 2 * GIB)
    assert capacity(accounts=9, resources=small) == with_memory(2048, accounts=9)
    assert capacity(accounts=9, memory=64 * 1024, resources=small) == capacity(
        accounts=9, resources=LARGE
    )


@given(st.integers(1, 200_000), st.integers(1, 50), st.booleans(), st.integers(1, 64))
def test_what_is_given_never_exceeds_the_bound(
    memory: int, accounts: int, hosted: bool, cores: int
) -> None:
    resources = Resources(cores, 1 << 50)
    try:
        bears = capacity(accounts=accounts, memory=memory, hosted=hosted, resources=resources)
    except GitiamError:
        assert memory < 1000
        return
    assert 1 <= bears.jobs <= cores
    assert 1 <= bears.plain_jobs <= cores
    assert bears.plain_jobs * limit(bears.plain) < memory
    assert bears.hosts <= accounts
    if hosted:
        assert bears.hosts >= 1
        assert limit(bears.provider) >= 120
        assert taken(bears) < memory
    else:
        assert bears.hosts == 0


@given(st.integers(900, 60_000), st.integers(1, 2000), st.integers(1, 20))
def test_a_lower_bound_never_gives_more(memory: int, less: int, accounts: int) -> None:
    more, fewer = with_memory(memory + less, accounts), with_memory(memory, accounts)
    assert fewer.jobs <= more.jobs
    assert fewer.hosts <= more.hosts
    assert fewer.plain_jobs <= more.plain_jobs
    if fewer.hosts == more.hosts and fewer.jobs == more.jobs:
        assert limit(fewer.provider) <= limit(more.provider)


def test_it_shrinks_in_all_three_ways() -> None:
    full, tight, least = with_memory(64 * 1024), with_memory(2500), with_memory(700)
    assert (full.jobs, full.hosts) == (8, 4)
    assert full.hosts > tight.hosts
    assert tight.jobs > least.jobs == least.hosts == 1
    assert limit(full.provider) > limit(least.provider)


@pytest.mark.parametrize("hosted", [True, False])
def test_too_little_names_the_need_and_the_need_is_enough(hosted: bool) -> None:
    with pytest.raises(GitiamError) as raised:
        with_memory(100, hosted=hosted)
    message = raised.value.message
    assert message.startswith("100 MiB of memory are not enough: a module needs ")
    need = int(message.removesuffix(" MiB").rpartition(" ")[2])
    assert "--memory" in (raised.value.hint or "")
    assert with_memory(need, hosted=hosted).jobs == 1
    with pytest.raises(GitiamError):
        with_memory(need - 1, hosted=hosted)


# -- what is read of the machine ------------------------------------------------------------

MEMINFO = "MemTotal:       32000000 kB\nMemAvailable:   16777216 kB\n"


def read(files: Mapping[str, str]) -> Resources:
    """What there is where these files, and no others, can be read."""

    def text(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return these_resources(text)


def test_this_machine_has_something() -> None:
    found = these_resources()
    assert found.cores >= 1
    assert found.free > 0


def test_without_any_file_there_is_still_an_answer() -> None:
    bare = read({})
    assert bare.cores >= 1
    assert bare.free > 0
    assert read({"/proc/meminfo": "MemAvailable:"}) == read({"/proc/meminfo": ""}) == bare


V2 = {
    "/proc/meminfo": MEMINFO,
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": f"{GIB}\n",
    "/sys/fs/cgroup/memory.current": f"{900 * MIB}\n",
    "/sys/fs/cgroup/memory.stat": f"anon 1\ninactive_file {700 * MIB}\nfile {800 * MIB}\n",
    "/sys/fs/cgroup/cpu.max": "150000 100000\n",
}


def test_a_container_bounds_both() -> None:
    """What files have been read takes no room that could not be had back."""
    assert read(V2) == Resources(1, (1024 - 900 + 700) * MIB)


def test_without_that_detail_the_bound_still_holds() -> None:
    files = {path: text for path, text in V2.items() if not path.endswith("stat")}
    assert read(files).free == (1024 - 900) * MIB


def test_a_container_without_bounds_bounds_nothing() -> None:
    free = {**V2, "/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/cpu.max": "max 100000\n"}
    assert read(free) == read({"/proc/meminfo": MEMINFO})


def test_more_used_than_allowed_is_nothing_free() -> None:
    assert read({**V2, "/sys/fs/cgroup/memory.max": "0"}).free == 0


def test_a_bound_of_a_group_above_holds_too() -> None:
    files = {
        "/proc/self/cgroup": "0::/ci.slice/job.scope\n",
        "/sys/fs/cgroup/ci.slice/job.scope/memory.max": "max",
        "/sys/fs/cgroup/ci.slice/job.scope/memory.current": "0",
        "/sys/fs/cgroup/ci.slice/memory.max": str(2 * GIB),
        "/sys/fs/cgroup/ci.slice/memory.current": str(GIB),
    }
    assert read(files).free == GIB


@pytest.mark.parametrize("where", ["", "/docker/abc"])
def test_the_older_kind_of_groups(where: str) -> None:
    """Within a container the tree begins at its own group, though its name is another."""
    files = {
        "/proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n",
        f"/sys/fs/cgroup/memory{where}/memory.limit_in_bytes": str(GIB),
        f"/sys/fs/cgroup/memory{where}/memory.usage_in_bytes": str(900 * MIB),
        f"/sys/fs/cgroup/memory{where}/memory.stat": f"total_inactive_file {100 * MIB}\n",
        f"/sys/fs/cgroup/cpu{where}/cpu.cfs_quota_us": "100000",
        f"/sys/fs/cgroup/cpu{where}/cpu.cfs_period_us": "100000",
    }
    assert read(files) == Resources(1, (1024 - 900 + 100) * MIB)
    unbounded = "9223372036854771712"
    for path, text in (("limit_in_bytes", unbounded), ("cfs_quota_us", "-1")):
        (key,) = (name for name in files if name.endswith(path))
        files[key] = text
    assert read(files) == read({})
