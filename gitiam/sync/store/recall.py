"""Where the memory of the last judged estate is kept, and when it is believed.

Who can write it decides what is taken for judged, so it is believed only from two places: from the
store beside the ledger, which nobody writes but the role that applies; and from the estate's own
folder when it carries a seal made with a key that lies outside of it, in the user's own folder. A
repository that brings such a file along cannot have that seal.

Whatever is absent, broken, sealed by another, or cannot be read is no memory, and never an error.
"""

from __future__ import annotations

import hmac
import os
import secrets
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from gitiam.errors import GitiamError, UsageError
from gitiam.files import read_regular, write_atomically
from gitiam.memory import Memory
from gitiam.sync.store.objects import Objects

#: Below the estate's folder, and in the store.
LOCAL = ".gitiam/cache/judged"
SHARED = "cache/judged"
#: `off` computes everything anew, and remembers nothing.
VARIABLE = "GITIAM_CACHE"
#: As options that are switches take them from the environment, so that one habit serves for all.
ON = frozenset(("1", "yes", "true", "on", "t", "y"))
OFF = frozenset(("0", "no", "false", "off", "f", "n"))

_KEY_SIZE = 32
#: Longer than any memory of a real estate: a small file that unpacks without end is none.
_LONGEST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Recall:
    """`objects` is the store beside the ledger, where it is one that other machines share."""

    root: Path
    objects: Objects | None = None

    def recall(self, fingerprint: str) -> Memory | None:
        """What was remembered by the very same rules, templates and configuration."""
        key = _key(create=False)
        if key is not None:
            found = _opened(_read(self.root / LOCAL), key, fingerprint)
            if found is not None:
                return found
        if self.objects is None:
            return None
        try:
            return _opened(self.objects.get(SHARED), b"", fingerprint)
        except GitiamError:
            return None  # not every role may read it

    def keep(self, memory: Memory) -> None:
        """Remember on this machine; where that cannot be, not."""
        key = _key(create=True)
        if key is not None:
            try:
                file = self.root / LOCAL
                write_atomically(file, _sealed(memory, key, level=0), durable=False)
            except OSError:
                return

    def share(self, memory: Memory) -> None:
        """Remember for other machines; GitiamError when the store cannot be written."""
        if self.objects is not None:
            self.objects.put(SHARED, _sealed(memory, b"", level=1))


def is_switched_off() -> bool:
    """Whether the environment says that nothing is to be remembered; empty says nothing.

    UsageError for a word that says neither: who meant `off` must not get the opposite.
    """
    said = os.environ.get(VARIABLE, "").strip().lower()
    if said and said not in ON | OFF:
        raise UsageError(
            f"{VARIABLE} is {said!r}, which is neither on nor off",
            hint="Such as `off`, `no`, `false` or 0; unset, it is on",
        )
    return said in OFF


def _sealed(memory: Memory, key: bytes, level: int) -> bytes:
    """`gitiam-judged SEAL FINGERPRINT`, a line end, and the packed text."""
    body = zlib.compress(memory.as_text().encode(), level)
    signed = f"{memory.fingerprint}\n".encode() + body
    return f"gitiam-judged {_seal(signed, key)} ".encode() + signed


def _opened(raw: bytes | None, key: bytes, fingerprint: str) -> Memory | None:
    if raw is None:
        return None
    head, _, rest = raw.partition(b" ")
    seal, _, signed = rest.partition(b" ")
    if head != b"gitiam-judged" or not hmac.compare_digest(seal, _seal(signed, key).encode()):
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


def _seal(signed: bytes, key: bytes) -> str:
    """With a key it proves who wrote it; without, only that nothing is missing."""
    return hmac.new(key or b"gitiam", signed, sha256).hexdigest()


def _read(file: Path) -> bytes | None:
    try:
        return None if file.is_symlink() else read_regular(file)
    except OSError:
        return None


def _key(*, create: bool) -> bytes | None:
    """The user's own secret, outside of every estate; None where there can be none."""
    try:
        file = _state_folder() / "seal"
        if create and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(file, secrets.token_bytes(_KEY_SIZE))
        found = read_regular(file)
        return found if len(found) == _KEY_SIZE and _is_mine(file) else None
    except (OSError, RuntimeError):  # the latter where there is no home
        return None


def _is_mine(file: Path) -> bool:
    """Whether nobody else can have written or read the key."""
    status = file.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state"
    return home / "gitiam"
