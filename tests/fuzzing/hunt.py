"""Plays inputs, and keeps one of each offence."""

from __future__ import annotations

import zlib
from hashlib import sha256
from pathlib import Path

from tests.fuzzing.arena import Arena, Offence
from tests.fuzzing.seeds import Seed


class Hunt:
    """What has been found so far."""

    def __init__(self, arena: Arena, keep: Path) -> None:
        self.arena = arena
        self.keep = keep
        self.found: dict[str, Offence] = {}

    def one(self, data: bytes) -> None:
        """Play an input: the same bytes lead to the same command."""
        offence = self.arena.play(Seed.of(data), zlib.crc32(data))
        if offence is None or offence.key in self.found:
            return
        self.found[offence.key] = offence
        self.keep.mkdir(exist_ok=True)
        file = self.keep / sha256(data).hexdigest()[:12]
        file.write_bytes(data)
        print(f"{file}: gitiam {' '.join(offence.command)}: {offence.what}")
        print(offence.detail[-3000:], flush=True)

    @property
    def summary(self) -> str:
        """In one line."""
        arena = self.arena
        return (
            f"{arena.executions:,} commands, the slowest {arena.slowest:.1f} s;"
            f" {len(self.found)} offences"
        )
