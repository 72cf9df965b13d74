"""Records of what reviewers were shown: written by `plan --save`, taken by `apply --reviewed`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitiam.errors import GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.catalog import Catalog
    from gitiam.models import ModuleKey
    from gitiam.outcomes import Result
    from gitiam.reviewed import ReviewedModule

F = TypeVar("F", bound=Callable[..., Any])

REVIEWED_VARIABLE = "GITIAM_REVIEWED"


def reviewed_option(function: F) -> F:
    """`--reviewed`, which may be given more than once."""
    option = click.option(
        "--reviewed",
        "reviewed",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        envvar=REVIEWED_VARIABLE,
        show_envvar=True,
        help="Apply only what this record of `gitiam plan --save` shows; may be given more than"
        " once, as for several pull requests.",
    )
    return option(function)


def shown_in(files: Sequence[Path]) -> Mapping[ModuleKey, tuple[ReviewedModule, ...]] | None:
    """What these records show, by module; None where none was given. GitiamError for a bad one."""
    from gitiam.reviewed import read_reviewed, shown_of

    if not files:
        refuse_empty(REVIEWED_VARIABLE)
        return None
    return shown_of(read_reviewed(_bytes(file), str(file)) for file in files)


def plans_option(function: F) -> F:
    """`--plans`, which may be given more than once."""
    option = click.option(
        "--plans",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Tell what Terraform would do, by this record of `gitiam plan --save`; may be given"
        " more than once.",
    )
    return option(function)


def plans_in(files: Sequence[Path], catalog: Catalog) -> dict[ModuleKey, str]:
    """What these records tell of each module, in words. GitiamError for a bad one."""
    from gitiam.report.plan import plans_of
    from gitiam.reviewed import read_reviewed

    found: dict[ModuleKey, str] = {}
    for file in files:
        found |= plans_of(read_reviewed(_bytes(file), str(file)), catalog)
    return found


def refuse_empty(variable: str) -> None:
    """A step of a workflow that found nothing hands on an empty text: that must not mean all."""
    said = os.environ.get(variable)
    if said is not None and not said.strip():
        raise UsageError(
            f"{variable} is set, and empty",
            hint="Unset it where nothing is meant by it",
        )


def refuse_unfit(file: Path) -> None:
    """An error where no record can be put there: found out before the planning, not after it.

    What exists and is no regular file - a pipe, a link, a device - is somebody else's. A folder
    that does not exist is a mistyped one, and is not made.
    """
    if not file.parent.is_dir():
        raise UsageError(
            f"there is no folder {file.parent}, so {file} cannot be written",
            hint="Make the folder, or name a file in one that there is",
        )
    if os.path.lexists(file) and (file.is_symlink() or not file.is_file()):
        raise GitiamError(
            f"{file} is no regular file, and stays as it is",
            hint="Name a file that is, or one that does not exist yet",
        )
    try:
        with TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise _unwritable(file, error) from error


def save(file: Path, results: Sequence[Result], run: Mapping[str, str]) -> None:
    """Write what these plans show, all at once or not at all; GitiamError where that cannot be."""
    from gitiam.files import write_atomically
    from gitiam.reviewed import Reviewed, ReviewedModule

    record = Reviewed(
        modules=tuple(
            ReviewedModule(r.change.key, r.change.module.digest, r.outcome.plan)
            for r in results
            if r.error is None and r.outcome.plan is not None
        ),
        run=run,
        unplanned={str(r.change.key): r.error.message for r in results if r.error is not None},
    )
    refuse_unfit(file)
    try:
        write_atomically(file, record.as_text().encode())
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> GitiamError:
    return GitiamError(f"{file} cannot be written: {error.strerror}")


def _bytes(file: Path) -> bytes:
    """Its bytes, and one more than a record may have: never all that somebody makes of it."""
    from gitiam.reviewed import ROOM

    try:
        with file.open("rb") as stream:
            return stream.read(ROOM + 1)
    except OSError as error:
        raise GitiamError(
            f"the record of reviewed plans {file} cannot be read: {error.strerror}",
            hint="`gitiam plan --save FILE` writes one",
        ) from error
