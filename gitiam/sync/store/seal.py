"""The user's own key, and what is sealed with it.

What gitiam remembers on a machine is believed only with a seal of this key, which lies in the
user's own folder and can be read by nobody else.
"""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from gitiam.errors import UsageError
from gitiam.files import read_regular, write_atomically
from gitiam.sync.machine.folders import state_folder

#: `off` computes everything anew, and remembers nothing.
VARIABLE = "GITIAM_CACHE"
#: As options that are switches take them from the environment, so that one habit serves for all.
ON = frozenset(("1", "yes", "true", "on", "t", "y"))
OFF = frozenset(("0", "no", "false", "off", "f", "n"))

_KEY_SIZE = 32


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


def seal(signed: bytes, key: bytes) -> bytes:
    """HMAC-SHA-256 in hexadecimal: who wrote it had the key. What it is for stands in `signed`."""
    return hmac.new(key, signed, sha256).hexdigest().encode()


def is_sealed(signed: bytes, with_seal: bytes, key: bytes) -> bool:
    """Whether the seal is one of this key, for just these bytes."""
    return hmac.compare_digest(with_seal, seal(signed, key))


def own_key(*, create: bool) -> bytes | None:
    """The user's own secret, outside of every estate; None where there can be none."""
    try:
        file = state_folder() / "seal"
        if create and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(file, secrets.token_bytes(_KEY_SIZE))
        found = read_regular(file)
        return found if len(found) == _KEY_SIZE and _is_secret(file) else None
    except (OSError, RuntimeError):  # the latter where there is no home
        return None


def _is_secret(file: Path) -> bool:
    """Whether nobody else can have written or read the key."""
    status = file.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077
