"""`gitiam request`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.intake import given_issue, received
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.forms.draft import Drafted
    from gitiam.report.request import Received


@click.command()
@click.option(
    "--from-issue",
    metavar="FILE",
    help="The issue as GitHub's JSON, an event about it or the issue alone; - for standard input.",
)
@click.option("--write", is_flag=True, help="Put the file into the estate's requests/.")
@format_option("text", "json")
@estate_command
def request(context: EstateContext, from_issue: str | None, write: bool, format_: str) -> int:
    """Make a request file of an issue that was written with the form of `gitiam form`.

    The file is judged as `gitiam validate` does it. What is not right is said in the words of the
    form: which field, what was written, what may be meant. Everything in the issue is data; the
    file's name is made of checked names and the issue's number alone.

    \b
    Examples:
      gitiam request --from-issue issue.json
      gitiam request --from-issue "$GITHUB_EVENT_PATH" --format json > request.json
      gitiam request --write --from-issue issue.json

    Exits with 0, or with 10 when something must be mended first; nothing is written then.
    """
    if from_issue is None:
        raise UsageError("say what the request is made of", hint="--from-issue FILE is one way")
    found = received(context, given_issue(from_issue))
    file = found.drafted if found.is_right else None
    if file is not None and write:
        _write(context.root, file)
    _say(found, format_, is_written=write)
    return ExitCode.FINDINGS if file is None else ExitCode.CLEAN


def _write(root: Path, file: Drafted) -> None:
    """Put it there, or find it there as it is; GitiamError where something else has its name."""
    from gitiam.files import create_regular, read_regular

    raw, path = file.text.encode(), root / file.path
    try:
        create_regular(root, file.path, raw)
    except FileExistsError:
        if path.is_symlink() or read_regular(path) != raw:
            raise GitiamError(f"{path} is there already, and is not replaced") from None
    except OSError as error:
        raise GitiamError(f"{file.path} cannot be written: {error.strerror}") from error


def _say(found: Received, format_: str, *, is_written: bool) -> None:
    from gitiam.report.request import as_json, as_text

    file = found.drafted if found.is_right else None
    if format_ == "json":
        click.echo(as_json(found), nl=False)
        return
    click.echo(as_text(found), nl=False, err=True)
    if file is not None:
        click.echo(f"{file.path} written\n" if is_written else file.text, nl=False)
