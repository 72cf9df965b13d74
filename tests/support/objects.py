"""Stores of objects for tests: one in memory, and views of it that die or stop at a chosen call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeVar

from gitiam.sync.store.objects import Held, Objects

_Given = TypeVar("_Given")

#: The longest that anything waits here; who waits longer waits for something that never comes.
PATIENCE = 10.0


class MemoryObjects:
    """A store in a dict."""

    is_distant = False

    def __init__(self, held: dict[str, bytes] | None = None) -> None:
        self.held = held or {}
        self._versions: dict[str, str] = {}
        self._count = count(1)
        self._lock = threading.RLock()

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`."""
        return iter([key for key in list(self.held) if key.startswith(prefix)])

    def get(self, key: str) -> bytes | None:
        """The object, or None."""
        return self.held.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Create or replace."""
        self._put(key, data)

    def delete(self, key: str) -> None:
        """Remove."""
        with self._lock:
            self.held.pop(key, None)

    def read(self, key: str) -> Held | None:
        """The object with its version; every put makes another."""
        with self._lock:
            data = self.held.get(key)
            return None if data is None else Held(data, self._version(key))

    def create(self, key: str, data: bytes) -> str | None:
        """Put what is not there."""
        with self._lock:
            return None if key in self.held else self._put(key, data)

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        """Put in place of this version."""
        with self._lock:
            is_it = key in self.held and self._version(key) == version
            return self._put(key, data) if is_it else None

    def remove(self, key: str, version: str) -> bool:
        """Remove this version."""
        with self._lock:
            if key in self.held and self._version(key) != version:
                return False
            self.delete(key)
            return True

    def is_busy(self, key: str) -> bool:
        """Never."""
        return False

    def _put(self, key: str, data: bytes) -> str:
        with self._lock:
            self.held[key] = data
            self._versions[key] = str(next(self._count))
            return self._versions[key]

    def _version(self, key: str) -> str:
        return self._versions.setdefault(key, "as it was given")


class Crash(BaseException):
    """The end of the process, which nothing can catch."""


class ProcessObjects:
    """A store as one process sees it: once that is dead, it does nothing any more."""

    is_distant = False

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.is_dead = False

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`."""
        return self._call(lambda: self.objects.keys(prefix))

    def get(self, key: str) -> bytes | None:
        """The object, or None."""
        return self._call(lambda: self.objects.get(key))

    def put(self, key: str, data: bytes) -> None:
        """Create or replace."""
        self._call(lambda: self.objects.put(key, data), writes=True)

    def delete(self, key: str) -> None:
        """Remove."""
        self._call(lambda: self.objects.delete(key), writes=True)

    def read(self, key: str) -> Held | None:
        """The object with its version."""
        return self._call(lambda: self.objects.read(key))

    def create(self, key: str, data: bytes) -> str | None:
        """Put what is not there."""
        return self._call(lambda: self.objects.create(key, data), writes=True)

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        """Put in place of this version."""
        return self._call(lambda: self.objects.replace(key, data, version), writes=True)

    def remove(self, key: str, version: str) -> bool:
        """Remove this version."""
        return self._call(lambda: self.objects.remove(key, version), writes=True)

    def is_busy(self, key: str) -> bool:
        """Whether it is locked."""
        return self._call(lambda: self.objects.is_busy(key))

    def _call(self, do: Callable[[], _Given], *, writes: bool = False) -> _Given:
        if self.is_dead:
            raise Crash
        return do()


class CrashingObjects(ProcessObjects):
    """Dies at the n-th write: before it, or when it is done."""

    def __init__(self, objects: Objects, at: int, *, after: bool) -> None:
        super().__init__(objects)
        self.at = at
        self.after = after
        self.writes = 0

    def _call(self, do: Callable[[], _Given], *, writes: bool = False) -> _Given:
        if self.is_dead:
            raise Crash
        self.writes += writes
        if not writes or self.writes != self.at:
            return do()
        self.is_dead = True
        if self.after:
            do()
        raise Crash


class PausingObjects(ProcessObjects):
    """Stops before its n-th call, tells so by `reached`, and goes on when it is `released`."""

    def __init__(self, objects: Objects, at: int) -> None:
        super().__init__(objects)
        self.at = at
        self.calls = 0
        self.reached = threading.Event()
        self.released = threading.Event()

    def _call(self, do: Callable[[], _Given], *, writes: bool = False) -> _Given:
        self.calls += 1
        if self.calls == self.at:
            self.reached.set()
            assert self.released.wait(PATIENCE), "nobody lets it go on"
        if self.is_dead:
            raise Crash
        return do()
