"""Files into a folder: what is not there is written, and nothing that is there is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gitiam.errors import GitiamError
from gitiam.files import create_regular, read_below
from gitiam.founding.configuration import IGNORE, IGNORED

_OTHER = "holds something else"


class Fate(StrEnum):
    """What became of a file."""

    WRITTEN = "written"
    MISSING = "missing"
    UNCHANGED = "unchanged"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Placed:
    """A file below the estate's folder. MISSING: it would be written; `why` says what differs."""

    path: str
    text: str
    fate: Fate
    why: str = ""


def found(root: Path, path: str) -> bytes | None:
    """What the file holds; None where there is none. OSError for a link, a folder or a device."""
    try:
        return read_below(root, path)
    except FileNotFoundError:
        return None


def place(root: Path, files: Mapping[str, str], *, dry: bool = False) -> Iterator[Placed]:
    """Write what is missing, in this order; each file is there as a whole or not at all.

    A `.gitignore` is as it should be when it has all the lines. No link below `root` is followed.
    """
    for path, text in files.items():
        before = _compared(root, path, text)
        if before.fate is Fate.MISSING and not dry:
            yield _written(root, before)
        else:
            yield before


def _compared(root: Path, path: str, text: str) -> Placed:
    try:
        there = found(root, path)
    except OSError as error:
        return Placed(path, text, Fate.DIFFERENT, _in_the_way(error))
    if there is None:
        return Placed(path, text, Fate.MISSING)
    if there == text.encode():
        return Placed(path, text, Fate.UNCHANGED)
    if path == IGNORE:
        lines = there.decode("utf-8", "replace").splitlines()
        lacking = [line for line in IGNORED if line not in lines]
        if not lacking:
            return Placed(path, text, Fate.UNCHANGED)
        return Placed(path, text, Fate.DIFFERENT, f"lacks {', '.join(lacking)}")
    return Placed(path, text, Fate.DIFFERENT, _OTHER)


def _written(root: Path, missing: Placed) -> Placed:
    try:
        create_regular(root, missing.path, missing.text.encode())
    except FileExistsError:
        return _compared(root, missing.path, missing.text)  # somebody was faster
    except (NotADirectoryError, IsADirectoryError) as error:
        return Placed(missing.path, missing.text, Fate.DIFFERENT, _in_the_way(error))
    except OSError as error:
        raise GitiamError(
            f"{missing.path} cannot be written: {error.strerror}",
            hint="Mend that, and run it again: what has been written is whole, and stays",
        ) from error
    return Placed(missing.path, missing.text, Fate.WRITTEN)


def _in_the_way(error: OSError) -> str:
    return f"a link, or no plain file, is in the way ({error.strerror})"
