"""What is said at lines of a pull request, as values: findings become them, GitHub is told them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKER = re.compile(r"<!-- gitiam: line ([0-9a-f]{32}:[0-9]{1,4}) -->(?=\s)")
_MENDED = "Mended."


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment, from line `start` to line `line` of a file as the pull request leaves it.

    `key` stays the same while what it is about does, wherever that moves; `body` begins with the
    key's marker. Without a line there is no place for it among what the pull request shows: it is
    not to be written, but what was written of it stands.
    """

    key: str
    path: str
    body: str
    line: int | None = None
    start: int | None = None


def marker(key: str) -> str:
    """By this a comment is found again; that its author is the right one is looked at, too."""
    return f"<!-- gitiam: line {key} -->"


def key_of(body: str) -> str | None:
    """The key of a comment that begins with a marker."""
    found = _MARKER.match(body)
    return found[1] if found else None


def mended(key: str) -> str:
    """What a comment says once there is nothing left to say."""
    return f"{marker(key)}\n{_MENDED}"
