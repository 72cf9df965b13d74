"""The hold on one module: its marker in the ledger, which one run at a time has.

A marker is put with compare-and-swap, and renewed by a thread while its module is applied. One
that nobody holds, or whose holder is dead, is taken over with all that it knows; for a living
holder the others wait. How long a marker has stood still is measured on the own clock, from when it
was first seen: the clocks of two machines need not agree.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Holder, Marker
from gitiam.sync.store.holders import is_gone, this_holder
from gitiam.sync.store.ledger import marker_key, read_marker
from gitiam.sync.store.objects import Held, Objects

#: After so many seconds without a change a marker's holder counts as dead.
LEASE = 60.0
#: How often a holder renews its marker, and how often who waits looks at it.
RENEWAL, LOOK = LEASE / 4, 1.0
#: A marker that was renewed longer ago was not renewed by a clock that AWS would still accept.
_STALE = timedelta(minutes=15)


class HeldError(GitiamError):
    """Another run is applying the module."""


class LeaseLostError(GitiamError):
    """Another run has taken this one for dead, and has taken the module over."""


@dataclass(frozen=True)
class Clock:
    """How time passes; `pause` may raise to end the waiting."""

    monotonic: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def timestamp(self) -> str:
        """Now, RFC 3339 in UTC."""
        return datetime.now(UTC).isoformat(timespec="microseconds")


class Lease:
    """A marker that is ours. Entered, it renews itself until it is left."""

    def __init__(
        self, objects: Objects, key: ModuleKey, marker: Marker, version: str, clock: Clock
    ) -> None:
        self.key = key
        self.marker = marker
        self._objects = objects
        self._version = version
        self._clock = clock
        self._is_lost = False
        self._is_over = threading.Event()
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._renew, name=f"lease {key}", daemon=True)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def write(self, marker: Marker) -> None:
        """Put down what is to be remembered; LeaseLostError when the marker is no longer ours."""
        with self._lock:
            holder = self.marker.holder
            marker = replace(marker, holder=holder, renewed_at=self._clock.timestamp())
            self._swap(marker)

    def confirm(self) -> None:
        """Make sure that the marker is still ours; LeaseLostError when it is not."""
        self.write(self.marker)

    def let_go(self, marker: Marker) -> None:
        """Leave this to whoever comes next: the apply has failed, and is known to be over."""
        with self._lock:
            self._is_over.set()
            self._swap(replace(marker, holder=None))

    def end(self) -> None:
        """Take the marker away: the apply is recorded, or nothing was begun."""
        with self._lock:
            self._is_over.set()
            if self._is_lost or not self._objects.remove(self._path, self._version):
                raise _lost(self.key)

    def spoil(self) -> None:
        """When the lease was lost: have whoever took it over not record what it has not seen.

        This run may have changed things after the other looked. So both fail, the module stays
        pending, and the next apply sees all of it.
        """
        ours = replace(self.marker, holder=None)
        while True:
            held = self._objects.read(self._path)
            if held is None:
                if self._objects.create(self._path, _data(ours)):
                    return
                continue
            theirs = replace(read_marker(self.key, held.data), holder=None)
            if self._objects.replace(self._path, _data(theirs), held.version):
                return

    @property
    def _path(self) -> str:
        return marker_key(self.key)

    def _swap(self, marker: Marker) -> None:
        if self._is_lost:
            raise _lost(self.key)
        version = self._objects.replace(self._path, _data(marker), self._version)
        if version is None:
            self._is_lost = True
            raise _lost(self.key)
        self.marker, self._version = marker, version

    def _renew(self) -> None:
        """In a thread. A store that cannot be reached is tried again: `confirm` has the word."""
        while not self._is_over.wait(RENEWAL):
            try:
                with self._lock:
                    if not self._is_over.is_set():
                        self.confirm()
            except LeaseLostError:
                return
            except (GitiamError, OSError):
                continue


@dataclass(frozen=True)
class Leases:
    """Takes holds. `timeout` is how many seconds to wait for a living holder.

    `say` is told once for each that is waited for.
    """

    objects: Objects
    timeout: float = 0
    clock: Clock = Clock()
    new_holder: Callable[[], Holder] = this_holder
    is_gone: Callable[[Holder], bool] = is_gone
    lease_seconds: float = LEASE
    say: Callable[[str], None] = lambda line: None

    def take(
        self, key: ModuleKey, claim: Marker, *, is_expected: bool = False, is_forced: bool = False
    ) -> tuple[Lease, Marker | None]:
        """The hold on a module, and the marker that was taken over, if there was one.

        `claim` is put down where there is no marker; `is_expected` says that there probably is
        one, and saves a call. HeldError when a living run has it for longer than the timeout;
        `is_forced` takes it whoever has it: somebody has said that that run is dead.
        """
        waiting = _Waiting(self.clock.monotonic)
        while True:
            held = self.objects.read(marker_key(key)) if is_expected else None
            is_expected = True
            left = read_marker(key, held.data) if held else None
            if held and left and not is_forced and not self._is_free(left, waiting.seen(held)):
                self._wait(key, left, waiting)
                continue
            ours = replace(left, run=claim.run, started_at=claim.started_at) if left else claim
            lease = self._put(key, ours, held)
            if lease is not None:
                return lease, left

    def _put(self, key: ModuleKey, marker: Marker, held: Held | None) -> Lease | None:
        """Put our marker in place of what was seen; None when somebody came first."""
        path, now = marker_key(key), self.clock.timestamp()
        ours = replace(marker, holder=self.new_holder(), renewed_at=now)
        if held is None:
            version = self.objects.create(path, _data(ours))
        else:
            version = self.objects.replace(path, _data(ours), held.version)
        return Lease(self.objects, key, ours, version, self.clock) if version else None

    def _is_free(self, left: Marker, stood_still: float) -> bool:
        if left.holder is None or stood_still >= self.lease_seconds:
            return True
        return self.is_gone(left.holder) or is_stale(left)

    def _wait(self, key: ModuleKey, left: Marker, waiting: _Waiting) -> None:
        if waiting.total() >= self.timeout:
            raise HeldError(
                f"{key} is being applied by {left.who} since {left.started_at[:16]} UTC",
                hint="Wait for that run to end. If it is dead, the next apply takes over as soon as"
                f" its marker has stood still for {self.lease_seconds:.0f} seconds",
            )
        if not waiting.is_told:
            waiting.is_told = True
            self.say(f"{key}: waiting for {left.who}, at it since {left.started_at[:16]} UTC")
        self.clock.pause(min(LOOK, self.timeout - waiting.total()))


@dataclass
class _Waiting:
    """Since when we wait, and since when we have seen the marker unchanged."""

    monotonic: Callable[[], float]
    began: float = field(init=False)
    version: str = ""
    seen_at: float = 0.0
    is_told: bool = False

    def __post_init__(self) -> None:
        self.began = self.monotonic()

    def total(self) -> float:
        return self.monotonic() - self.began

    def seen(self, held: Held) -> float:
        """For how many seconds we have seen it like this."""
        if held.version != self.version:
            self.version, self.seen_at = held.version, self.monotonic()
        return self.monotonic() - self.seen_at


def is_stale(marker: Marker) -> bool:
    """Whether it was renewed so long ago that no difference of clocks explains it."""
    try:
        renewed = datetime.fromisoformat(marker.renewed_at or marker.started_at)
        return datetime.now(UTC) - renewed > _STALE
    except (ValueError, TypeError):
        return False


def _data(marker: Marker) -> bytes:
    return marker.as_text().encode()


def _lost(key: ModuleKey) -> LeaseLostError:
    return LeaseLostError(
        f"another run has taken {key} over while this one stood still, so nothing was recorded",
        hint="Run `gitiam apply` again: it sees what both have done",
    )
