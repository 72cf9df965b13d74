"""`gitiam form`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.errors import ExitCode, GitiamError, UsageError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--write", metavar="FILE", type=_FILE, help="Put it into this file.")
@click.option(
    "--check", metavar="FILE", type=_FILE, help="Only say whether this file is what it would be."
)
@format_option("text", "json")
@estate_command
def form(context: EstateContext, write: Path | None, check: Path | None, format_: str) -> int:
    """Write the issue form that people ask for access with, for GitHub.

    It offers what the estate knows: accounts, principals, bundles with what each gives, and how
    long access may last. Make it again when these change. It has no clock in it: the same estate
    gives the same bytes. `gitiam request` reads what is written with it.

    \b
    Examples:
      gitiam form
      gitiam form --write .github/ISSUE_TEMPLATE/access-request.yml
      gitiam form --check .github/ISSUE_TEMPLATE/access-request.yml

    Exits with 0, or with 10 when the file of --check is not up to date.
    """
    from gitiam.forms.form import form_text
    from gitiam.forms.offer import offer_of

    if write is not None and check is not None:
        raise UsageError("--write and --check are two things; give one of them")
    text = form_text(offer_of(context.estate, context.bundles))
    if check is not None:
        return _checked(check, text, format_)
    if write is not None:
        _write(write, text)
    if format_ == "json":
        click.echo(json.dumps({"text": text, "written": None if write is None else str(write)}))
    else:
        click.echo(text if write is None else f"{write} written\n", nl=False)
    return ExitCode.CLEAN


def _write(file: Path, text: str) -> None:
    from gitiam.files import write_atomically

    try:
        write_atomically(file, text.encode())
    except OSError as error:
        raise GitiamError(f"{file} cannot be written: {error.strerror}") from error


def _checked(file: Path, text: str, format_: str) -> int:
    from gitiam.files import read_regular

    try:
        is_current = read_regular(file) == text.encode()
    except FileNotFoundError:
        is_current = False
    except OSError as error:
        raise GitiamError(f"{file} cannot be read: {error.strerror}") from error
    if format_ == "json":
        click.echo(json.dumps({"file": str(file), "is_current": is_current}))
    elif is_current:
        click.echo(f"{file} is up to date")
    else:
        click.echo(f"{file} is not up to date; `gitiam form --write {file}` makes it so")
    return ExitCode.CLEAN if is_current else ExitCode.FINDINGS
