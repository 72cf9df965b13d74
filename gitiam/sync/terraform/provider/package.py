"""An unpacked package of a provider: its program, and the hash over all of its files."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

from gitiam.errors import GitiamError

_PROGRAM = "terraform-provider-*"
_PIECE = 32 * 2**20


def package_hash(folder: Path) -> str:
    """The `h1:` hash of an unpacked package: Go's `dirhash.Hash1` over all of its files."""
    total = hashlib.sha256()
    for name, path in sorted(_files(folder).items()):
        total.update(f"{_sha256(path)}  {name}\n".encode())
    return f"h1:{b64encode(total.digest()).decode()}"


def _files(folder: Path) -> dict[str, Path]:
    """Every file by name. What is neither file nor folder, links above all, could be exchanged."""
    found = {}
    for path in folder.resolve().rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise GitiamError(
                f"in the provider's package, {path} is a link or no file",
                hint="Put the file itself there",
            )
        if path.is_file():
            found[path.relative_to(folder.resolve()).as_posix()] = path
    return found


def _sha256(path: Path) -> str:
    """In large pieces, between which alone the interpreter is needed."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(min(_PIECE, path.stat().st_size)))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            digest.update(buffer[:size])
    return digest.hexdigest()


def program_in(folder: Path) -> Path | None:
    """The one program of a provider's package; None when there is none, or more than one."""
    found = [path for path in folder.glob(_PROGRAM) if path.is_file()]
    return found[0] if len(found) == 1 else None
