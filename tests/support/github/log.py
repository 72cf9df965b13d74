"""What was asked, in order, so that a test can count it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Entry:
    """One request and what became of it; status 0 where the connection was closed instead."""

    method: str
    path: str
    operation: str
    status: int
    login: str | None


@dataclass
class Log:
    """Every request since the start, or since `clear`."""

    entries: list[Entry] = field(default_factory=list)

    def of(self, operation: str) -> list[Entry]:
        """The requests for an operation; its name may hold `*`."""
        return [entry for entry in self.entries if fnmatchcase(entry.operation, operation)]

    @property
    def reads(self) -> list[Entry]:
        """The requests that change nothing."""
        return [entry for entry in self.entries if entry.method == "GET"]

    @property
    def writes(self) -> list[Entry]:
        """The others."""
        return [entry for entry in self.entries if entry.method != "GET"]

    def clear(self) -> None:
        """Begin to count anew."""
        self.entries.clear()
