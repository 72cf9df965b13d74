"""Writes what was mended: each file whole or not at all, and none that has changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gitiam.errors import GitiamError
from gitiam.files import replace_regular

_PREFIX = "requests/"


def write(folder: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    """Put the files of `after`, which are named as in the estate, into its folder of requests.

    One that cannot be written does not keep the others from it; GitiamError names them all.
    """
    failed = list(_failures(folder, before, after))
    if failed:
        raise GitiamError(
            "not every fix could be written:\n" + "\n".join(failed),
            hint="The other files are written; see to these, and run again",
        )


def _failures(
    folder: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[str]:
    for path, raw in after.items():
        try:
            replace_regular(folder, path.removeprefix(_PREFIX), before[path], raw)
        except OSError as error:
            yield f"  {path}: {error.strerror}"
