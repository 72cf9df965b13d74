"""The running providers of a run: one for each account and configuration, while it is needed.

Wherever something is unfamiliar there is no seat, and plain Terraform does the work.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from gitiam.config import TerraformConfig
from gitiam.sync.terraform.provider.plugin import Plugin
from gitiam.sync.terraform.provider.protocol import Pruned, prune
from gitiam.sync.terraform.provider.relay import Relay
from gitiam.sync.terraform.provider.schemas import PREFIX, shipped_schema
from gitiam.sync.terraform.provider.sockets import private_folder
from gitiam.sync.terraform.provider.verified import Program
from gitiam.sync.terraform.provider.wire import UnfamiliarError

#: A provider that dies again and again is not started again and again.
_MOST_STARTS = 3

Say = Callable[[str], None]


@dataclass
class Seat:
    """What a Terraform needs to attach to a host: variables of its environment."""

    environment: Mapping[str, str]
    _relay: Relay
    #: What it sees beside that when it only reads.
    reading: Mapping[str, str] = field(default_factory=dict)
    is_attached: bool = True

    @property
    def trouble(self) -> str | None:
        """What the host has not understood, if there is such a thing."""
        return self._relay.trouble


@dataclass
class _Host:
    """One account's provider, and how many are using it."""

    key: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    relay: Relay | None = None
    users: int = 0
    starts: int = 0
    used_at: int = 0


class Hosts:
    """Starts providers when they are asked for, at most `most` at once, and ends all of them.

    `program` finds the verified provider, and may take its time; `environment` is what a provider
    sees; `say` is told in one line when gitiam steps aside.
    """

    def __init__(
        self,
        config: TerraformConfig,
        program: Callable[[], Program],
        environment: Mapping[str, str],
        most: int,
        say: Say = lambda line: None,
    ) -> None:
        self._config = config
        self._program = program
        self._environment = environment
        self._most = most
        self._say = say
        self._said: set[str] = set()
        self._is_off = False
        self._hosts: dict[str, _Host] = {}
        self._schema: Pruned | None = None
        self._lock = threading.Condition()
        self._preparing = threading.Lock()
        self._clock = 0
        self._first: Future[Plugin] | None = None
        self._folder = private_folder()

    def prepare(self) -> None:
        """Start the first provider now, in a thread, for whichever account comes first."""
        first: Future[Plugin] = Future()
        self._first = first

        def start() -> None:
            try:
                first.set_result(self._plugin())
            except BaseException as error:
                first.set_exception(error)

        threading.Thread(target=start, name="first provider", daemon=True).start()

    @contextmanager
    def seat(self, key: str) -> Iterator[Seat | None]:
        """A seat at the host of this account and role; None where plain Terraform has to do."""
        host = self._taken(key)
        try:
            relay = self._running(host)
            if relay is None:
                yield None
            else:
                yield Seat(relay.variables(self._config.provider_source), relay)
        finally:
            self._left(host)

    def step_aside(self, trouble: str) -> None:
        """Say, once, why plain Terraform does the work."""
        with self._lock:
            if trouble in self._said:
                return
            self._said.add(trouble)
        self._say(f"without the provider host: {trouble}; plain Terraform does it, slower")

    def close(self) -> None:
        """End every provider, and remove the sockets."""
        with self._lock:
            self._is_off = True
            hosts = list(self._hosts.values())
            first, self._first = self._first, None
        if first is not None and first.exception() is None:
            first.result().stop()
        for host in hosts:
            with host.lock:  # one that is just starting is waited for
                relay, host.relay = host.relay, None
            if relay is not None:
                relay.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- which hosts there are ---------------------------------------------------------------

    def _taken(self, key: str) -> _Host:
        """The host of this key, with one user more. Where there are too many, an idle one goes."""
        with self._lock:
            host = self._hosts.setdefault(key, _Host(key))
            self._lock.wait_for(lambda: host.users or host.relay or self._has_room())
            host.users += 1
            self._clock += 1
            host.used_at = self._clock
            idle = self._idle()[: max(0, self._in_use() - self._most)]
            leaving = list(map(_emptied, idle))
        for relay in leaving:
            relay.stop()
        return host

    def _in_use(self) -> int:
        return sum(1 for host in self._hosts.values() if host.users or host.relay)

    def _idle(self) -> list[_Host]:
        """Hosts that run and that nobody uses, the one longest out of use first."""
        idle = [host for host in self._hosts.values() if host.relay and not host.users]
        return sorted(idle, key=lambda host: host.used_at)

    def _has_room(self) -> bool:
        return self._in_use() - len(self._idle()) < self._most

    def _left(self, host: _Host) -> None:
        with self._lock:
            host.users -= 1
            spent = None
            if host.relay is not None and host.relay.is_spent and not host.users:
                spent, host.relay = host.relay, None
            self._lock.notify_all()
        if spent is not None:
            spent.stop()

    def _running(self, host: _Host) -> Relay | None:
        with host.lock:
            if host.relay is not None and not host.relay.is_spent:
                return host.relay
            if self._is_off or host.relay is not None or host.starts >= _MOST_STARTS:
                return None
            host.starts += 1
            try:
                host.relay = self._start(host)
            except (UnfamiliarError, OSError, grpc.RpcError) as error:
                self._is_off = True
                self.step_aside(_in_a_line(error))
                return None
            return host.relay

    def _start(self, host: _Host) -> Relay:
        with self._lock:
            first, self._first = self._first, None
        plugin = first.result() if first is not None else self._plugin()
        try:
            return Relay(plugin, self._schema_of(plugin), plugin.sockets / "relay")
        except BaseException:
            plugin.stop()
            raise

    def _plugin(self) -> Plugin:
        with self._preparing:
            program = self._program()
        sockets = Path(tempfile.mkdtemp(prefix="h", dir=self._folder))
        return Plugin(program.unchanged(), sockets, self._environment)

    def _schema_of(self, plugin: Plugin) -> Pruned:
        """The same for all hosts, as all run the same program."""
        with self._preparing:
            if self._schema is None and self._config.lock_file is None:
                self._schema = shipped_schema(self._config, plugin.protocol)
            if self._schema is None:
                path = plugin.protocol.path(plugin.protocol.schema)
                self._schema = prune(plugin.call(path, b""), PREFIX)
            return self._schema


def _emptied(host: _Host) -> Relay:
    """The relay of a host that has to make room. The host stays: somebody may be waiting for it."""
    relay = host.relay
    assert relay is not None  # noqa: S101  (it was idle)
    host.relay, host.starts = None, 0
    return relay


def _in_a_line(error: Exception) -> str:
    if isinstance(error, grpc.Call):
        return f"the provider answers {error.code().name}"
    return " ".join(str(error).split())[:200]
