"""How many providers there are, when one ends, and that nobody waits for ever or is left over.

The providers here greet and do nothing else: with the shipped schema, none is asked for anything.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gitiam.errors import GitiamError
from gitiam.sync.terraform.provider import sockets
from gitiam.sync.terraform.provider.hosts import Hosts, Seat
from gitiam.sync.terraform.provider.verified import Program
from tests.support.descendants import living_with
from tests.support.provider import CONFIG, false_provider, greeting

PATIENCE = 30.0


@dataclass
class House:
    """A folder for sockets, a provider that only greets, and what was said."""

    folder: Path
    script: str = f"echo '{greeting()}'; exec sleep 300\n"
    said: list[str] = field(default_factory=list)
    asked: int = 0

    def program(self) -> Program:
        self.asked += 1
        path = self.folder / "terraform-provider-false"
        # One that runs cannot be written to.
        return Program.at(path if path.exists() else false_provider(path, self.script))

    def hosts(self, most: int = 1, program: Callable[[], Program] | None = None) -> Hosts:
        seen = {"PATH": os.environ["PATH"], "MARK": str(self.folder)}
        return Hosts(CONFIG, program or self.program, seen, most, self.said.append)

    def living(self) -> set[int]:
        """The providers that live; not the shells that guard them."""
        found = living_with(f"MARK={self.folder}")
        return {pid for pid, command in found.items() if command == "sleep 300"}

    def folders(self) -> list[Path]:
        return sorted((self.folder / "tmp").iterdir())


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Nothing is left running, and nothing lies about."""
    with tempfile.TemporaryDirectory(prefix="g-") as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        found = House(folder)
        yield found
        eventually(lambda: not living_with(f"MARK={folder}"))
        assert found.folders() == []


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def socket_of(seat: Seat | None) -> Path:
    assert seat is not None
    (how,) = json.loads(seat.environment["TF_REATTACH_PROVIDERS"]).values()
    return Path(how["Addr"]["String"])


def test_nothing_is_started_before_it_is_needed(house: House) -> None:
    house.hosts().close()
    assert (house.asked, house.said) == (0, [])


def test_who_asks_for_the_same_sits_at_the_same_host(house: House) -> None:
    hosts = house.hosts(most=2)
    with hosts.seat("a") as first, hosts.seat("a") as second, hosts.seat("b") as third:
        assert socket_of(first) == socket_of(second) != socket_of(third)
        eventually(lambda: len(house.living()) == 2)
    with hosts.seat("a") as again:
        assert socket_of(again) == socket_of(first)
    hosts.close()
    assert house.said == []


def test_sockets_lie_where_nobody_else_can_reach(house: House) -> None:
    hosts = house.hosts()
    with hosts.seat("a") as seat:
        socket = socket_of(seat)
        (folder,) = house.folders()
        assert folder in socket.parents
        found = folder.stat()
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert found.st_uid == os.getuid()
    hosts.close()


def test_of_too_many_the_one_longest_idle_goes(house: House) -> None:
    hosts = house.hosts(most=2)
    sockets: dict[str, Path] = {}
    for key in ("a", "b", "a", "c", "a"):
        with hosts.seat(key) as seat:
            before, sockets[key] = sockets.get(key), socket_of(seat)
            assert before in (None, sockets[key])
        assert len(house.living()) <= 2
    with hosts.seat("b") as seat:  # it had to go for c
        assert socket_of(seat) != sockets["b"]
    hosts.close()
    assert house.said == []


def test_one_that_is_evicted_again_and_again_is_not_taken_for_sick(house: House) -> None:
    hosts = house.hosts(most=1)
    for _ in range(5):
        for key in ("a", "b"):
            with hosts.seat(key) as seat:
                assert seat is not None
    hosts.close()


def test_where_all_are_busy_the_next_waits(house: House) -> None:
    hosts = house.hosts(most=1)
    got_in = threading.Event()

    def other() -> None:
        with hosts.seat("b") as seat:
            assert seat is not None
            got_in.set()

    with ThreadPoolExecutor(1) as pool:
        with hosts.seat("a"):
            waiting = pool.submit(other)
            assert not got_in.wait(0.3)
            eventually(lambda: len(house.living()) == 1)
        waiting.result(PATIENCE)
    assert got_in.is_set()
    hosts.close()


@pytest.mark.parametrize(("most", "keys", "threads"), [(1, 3, 6), (2, 5, 8), (3, 3, 4)])
def test_never_more_than_that_and_nobody_waits_for_ever(
    house: House, most: int, keys: int, threads: int
) -> None:
    """Many at once, over more accounts than hosts: each gets a seat of its account."""
    hosts = house.hosts(most)
    lock, busy, worst = threading.Lock(), dict.fromkeys(map(str, range(keys)), 0), [0]
    begin = threading.Barrier(threads)

    def work(number: int) -> None:
        begin.wait(PATIENCE)
        for turn in range(6):
            key = str((number * 7 + turn * turn) % keys)
            with hosts.seat(key) as seat:
                assert seat is not None
                with lock:
                    busy[key] += 1
                    worst[0] = max(worst[0], sum(map(bool, busy.values())))
                assert socket_of(seat).is_socket()
                time.sleep(0.002)
                with lock:
                    busy[key] -= 1

    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(work, number) for number in range(threads)]:
            future.result(PATIENCE)
    assert worst[0] <= most
    eventually(lambda: len(house.living()) <= most)
    hosts.close()
    assert house.said == []


def test_one_that_is_told_to_stop_is_replaced_when_all_have_left(house: House) -> None:
    hosts = house.hosts()
    with hosts.seat("a") as first:
        assert first is not None
        with hosts.seat("a"):
            first._relay.is_spent = True
        with hosts.seat("a") as meanwhile:
            assert meanwhile is None  # plain Terraform, and no second provider beside it
    eventually(lambda: not house.living())
    with hosts.seat("a") as later:
        assert socket_of(later) != socket_of(first)
    hosts.close()
    assert house.said == []


def test_one_that_dies_again_and_again_is_not_started_for_ever(house: House) -> None:
    hosts = house.hosts()
    seats = []
    for _ in range(5):
        with hosts.seat("a") as seat:
            seats.append(seat is not None)
            if seat is not None:
                seat._relay.is_spent = True
    assert seats == [True, True, True, False, False]
    hosts.close()


@pytest.mark.parametrize(
    "script",
    ["exit 1\n", "echo rubbish; exec sleep 300\n", f"echo '{greeting(7)}'; exec sleep 300\n"],
)
def test_one_that_is_no_provider_is_tried_once_and_told_once(house: House, script: str) -> None:
    house.script = script
    hosts = house.hosts(most=2)
    for key in ("a", "b", "a"):
        with hosts.seat(key) as seat:
            assert seat is None
    hosts.close()
    (line,) = house.said
    assert line.startswith("without the provider host: the provider ")
    assert line.endswith("; plain Terraform does it, slower")
    assert house.asked == 1


def test_a_provider_that_is_not_the_right_one_fails_every_module(house: House) -> None:
    def refuse() -> Program:
        raise GitiamError("not the one in the lock file")

    hosts = house.hosts(program=refuse)
    for _ in range(2):
        with pytest.raises(GitiamError, match="not the one"), hosts.seat("a"):
            pass
    hosts.close()
    assert house.said == []


def test_a_disk_that_is_full_is_a_reason_to_step_aside(house: House) -> None:
    def fail() -> Program:
        raise OSError(28, "No space left on device")

    hosts = house.hosts(program=fail)
    with hosts.seat("a") as seat:
        assert seat is None
    hosts.close()
    assert len(house.said) == 1
    assert "No space left" in house.said[0]


def test_a_program_that_changes_is_not_started_for_a_second_account(house: House) -> None:
    program = house.program()
    hosts = house.hosts(most=2, program=lambda: program)
    with hosts.seat("a") as seat:
        assert seat is not None
        false_provider(house.folder / "other", "touch $MARK/trace").replace(program.path)
        with pytest.raises(GitiamError, match="has changed since"), hosts.seat("b"):
            pass
    hosts.close()
    assert not (house.folder / "trace").exists()


def test_a_lock_file_of_the_estate_s_own_has_the_provider_asked(house: House) -> None:
    """It may name another build. This one greets and then answers nothing: plain Terraform."""
    own = replace(CONFIG, lock_file="lock.hcl")
    hosts = Hosts(own, house.program, {"PATH": os.environ["PATH"]}, 1, house.said.append)
    with hosts.seat("a") as seat:
        assert seat is None
    hosts.close()
    assert "the provider answers UNAVAILABLE" in house.said[0]


def test_an_end_in_the_middle_leaves_nothing(house: House) -> None:
    hosts = house.hosts(most=2)
    with pytest.raises(KeyboardInterrupt), hosts.seat("a"), hosts.seat("b"):
        raise KeyboardInterrupt
    eventually(lambda: len(house.living()) == 2)
    hosts.close()
    eventually(lambda: not house.living())
    with hosts.seat("a") as seat:
        assert seat is None
    hosts.close()


def test_one_that_is_just_starting_is_ended_too(house: House) -> None:
    house.script = f"touch {house.folder}/started; sleep 0.5; echo '{greeting()}'; exec sleep 300\n"
    hosts = house.hosts()

    def sit() -> None:
        with hosts.seat("a"):
            pass

    with ThreadPoolExecutor(1) as pool:
        sitting = pool.submit(sit)
        eventually(lambda: (house.folder / "started").exists())
        hosts.close()
        sitting.result(PATIENCE)
    eventually(lambda: not house.living())


def test_a_long_path_for_temporary_files_is_no_obstacle(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = house.folder / ("x" * 120)
    short = house.folder / "s"
    for folder in (long, short):
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    hosts = house.hosts()
    assert list(long.iterdir()) == []
    with hosts.seat("a") as seat:
        assert short in socket_of(seat).parents
        assert socket_of(seat).is_socket()
    hosts.close()
    assert list(short.iterdir()) == []
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    hosts = house.hosts()
    with hosts.seat("a") as seat:
        assert socket_of(seat).parents[2] == Path("/tmp")  # noqa: S108
    hosts.close()


def test_without_any_folder_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_LONGEST_FOLDER", 3)
    with pytest.raises(GitiamError, match="temporary files") as raised:
        Hosts(CONFIG, lambda: Program.at(Path(os.devnull)), {}, 1)
    assert raised.value.hint == "Set TMPDIR to one"
