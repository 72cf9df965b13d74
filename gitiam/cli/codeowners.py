"""`gitiam codeowners`."""

from __future__ import annotations

from pathlib import Path

import click

from gitiam.cli.common import EstateContext, estate_command
from gitiam.cli.style import shown
from gitiam.errors import ExitCode, GitiamError, UsageError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--write", metavar="FILE", type=_FILE, help="Write it to this file.")
@click.option("--check", metavar="FILE", type=_FILE, help="Only say whether this file is it.")
@estate_command
def codeowners(context: EstateContext, write: Path | None, check: Path | None) -> int:
    """Print the CODEOWNERS file that goes with `approvals` in gitiam.yaml.

    It guards what decides what every request means, and asks for the reviews of requests; by
    account where their files lie in requests/ACCOUNT/. FILE is as seen from here, not from the
    estate's folder.

    \b
    Examples:
      gitiam codeowners
      gitiam codeowners --write .github/CODEOWNERS
      gitiam codeowners --check .github/CODEOWNERS

    Exits with 0, or with 10 when the file of --check differs.
    """
    if write is not None and check is not None:
        raise UsageError("--write and --check exclude each other", hint="Leave one of them out")
    text = _text(context)
    if check is not None:
        return _compared(check, text)
    if write is None:
        click.echo(text, nl=False)
        return ExitCode.CLEAN
    from gitiam.files import write_atomically

    write_atomically(write, text.encode())
    click.echo(f"{shown(str(write))} written")
    return ExitCode.CLEAN


def _text(context: EstateContext) -> str:
    from gitiam.approvals.codeowners import codeowners as text_of

    accounts = context.config.accounts
    tiers = {name: account.tier for name, account in accounts.items()}
    folders = {name for name in accounts if (context.root / "requests" / name).is_dir()}
    try:
        return text_of(context.config.approvals, tiers, folders)
    except ValueError as error:
        raise GitiamError(
            f"CODEOWNERS cannot be made: {error}",
            hint="Name them in gitiam.yaml: approvals: {estate: {teams: ['@ORGANISATION/TEAM']}}",
        ) from error


def _compared(file: Path, text: str) -> int:
    from gitiam.files import read_regular

    name = shown(str(file))
    try:
        found = read_regular(file)
    except FileNotFoundError:
        click.echo(f"{name} is not there; `gitiam codeowners --write {name}` writes it")
        return ExitCode.FINDINGS
    except OSError as error:
        raise GitiamError(f"{name} cannot be read: {error.strerror}") from error
    if found != text.encode():
        click.echo(f"{name} differs from gitiam.yaml; `gitiam codeowners --write {name}` mends it")
        return ExitCode.FINDINGS
    click.echo(f"{name} is as gitiam.yaml has it")
    return ExitCode.CLEAN
