"""Where the memory of the last judged estate is kept, and when it is believed.

Who can write it decides what is taken for judged, so it is believed only from two places: from the
store beside the ledger, which nobody writes but the role that applies; and from the estate's own
folder when it carries a seal made with a key that lies outside of it, in the user's own folder. A
repository that brings such a file along cannot have that seal.

Whatever is absent, broken, sealed by another, or cannot be read is no memory, and never an error.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

from gitiam.errors import GitiamError
from gitiam.files import read_regular, write_atomically
from gitiam.memory import Memory
from gitiam.sync.store.objects import Objects
from gitiam.sync.store.seal import is_sealed, own_key, seal

#: Below the estate's folder, and in the store.
LOCAL = ".gitiam/cache/judged"
SHARED = "cache/judged"

#: With the own key the seal proves who wrote it; with this, only that nothing is missing.
_PUBLIC = b"gitiam"
#: Longer than any memory of a real estate: a small file that unpacks without end is none.
_LONGEST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Recall:
    """`objects` is the store beside the ledger, where it is one that other machines share."""

    root: Path
    objects: Objects | None = None

    def recall(self, fingerprint: str) -> Memory | None:
        """What was remembered by the very same rules, templates and configuration."""
        key = own_key(create=False)
        if key is not None:
            found = _opened(_read(self.root / LOCAL), key, fingerprint)
            if found is not None:
                return found
        if self.objects is None:
            return None
        try:
            return _opened(self.objects.get(SHARED), _PUBLIC, fingerprint)
        except GitiamError:
            return None  # not every role may read it

    def keep(self, memory: Memory) -> None:
        """Remember on this machine; where that cannot be, not."""
        key = own_key(create=True)
        if key is not None:
            try:
                file = self.root / LOCAL
                write_atomically(file, _sealed(memory, key, level=0), durable=False)
            except OSError:
                return

    def share(self, memory: Memory) -> None:
        """Remember for other machines; GitiamError when the store cannot be written."""
        if self.objects is not None:
            self.objects.put(SHARED, _sealed(memory, _PUBLIC, level=1))


def _sealed(memory: Memory, key: bytes, level: int) -> bytes:
    """`gitiam-judged SEAL FINGERPRINT`, a line end, and the packed text."""
    body = zlib.compress(memory.as_text().encode(), level)
    signed = f"{memory.fingerprint}\n".encode() + body
    return b" ".join((b"gitiam-judged", seal(signed, key), signed))


def _opened(raw: bytes | None, key: bytes, fingerprint: str) -> Memory | None:
    if raw is None:
        return None
    head, _, rest = raw.partition(b" ")
    found_seal, _, signed = rest.partition(b" ")
    if head != b"gitiam-judged" or not is_sealed(signed, found_seal, key):
        return None
    said, _, body = signed.partition(b"\n")
    if said != fingerprint.encode():
        return None
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(body, _LONGEST)
        found = Memory.from_text(text.decode()) if unpacker.eof else None
    except (ValueError, zlib.error):
        return None
    return found if found is not None and found.fingerprint == fingerprint else None


def _read(file: Path) -> bytes | None:
    try:
        return None if file.is_symlink() else read_regular(file)
    except OSError:
        return None
