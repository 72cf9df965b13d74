"""Stores of objects for tests: one in memory, and one that dies at a chosen call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gitiam.sync.objects import Objects


class MemoryObjects:
    """A store in a dict."""

    def __init__(self, held: dict[str, bytes] | None = None) -> None:
        self.held = held or {}

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`."""
        return iter([key for key in self.held if key.startswith(prefix)])

    def get(self, key: str) -> bytes | None:
        """The object, or None."""
        return self.held.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Create or replace."""
        self.held[key] = data

    def delete(self, key: str) -> None:
        """Remove."""
        self.held.pop(key, None)


class Crash(BaseException):
    """The end of the process, which nothing can catch."""


class CrashingObjects:
    """Passes everything on, and dies at the n-th write: before it, or when it is done."""

    def __init__(self, objects: Objects, at: int, *, after: bool) -> None:
        self.objects = objects
        self.at = at
        self.after = after
        self.writes = 0

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`."""
        return self.objects.keys(prefix)

    def get(self, key: str) -> bytes | None:
        """The object, or None."""
        return self.objects.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Create or replace, or die."""
        self._write(lambda: self.objects.put(key, data))

    def delete(self, key: str) -> None:
        """Remove, or die."""
        self._write(lambda: self.objects.delete(key))

    def _write(self, do: Callable[[], None]) -> None:
        self.writes += 1
        if self.writes == self.at and not self.after:
            raise Crash
        do()
        if self.writes == self.at:
            raise Crash
