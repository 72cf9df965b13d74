"""`gitiam request`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.forms.draft import Drafted
    from gitiam.forms.issue import Issue
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
    received = _received(context, _issue(from_issue))
    file = received.drafted if received.is_right else None
    if file is not None and write:
        _write(context.root, file)
    _say(received, format_, is_written=write)
    return ExitCode.FINDINGS if file is None else ExitCode.CLEAN


def _issue(name: str) -> Issue:
    from gitiam.files import read_regular
    from gitiam.forms.issue import MAX_BYTES, issue_from

    if name == "-":
        return issue_from(sys.stdin.buffer.read(MAX_BYTES + 1))
    try:
        return issue_from(read_regular(Path(name)))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise GitiamError(f"{name} cannot be read: {why}") from error


def _received(context: EstateContext, issue: Issue) -> Received:
    from gitiam.forms.offer import offer_of
    from gitiam.forms.read import read_issue
    from gitiam.report.request import Received

    found = read_issue(issue, offer_of(context.estate, context.bundles), context.now)
    return Received(None, found) if isinstance(found, tuple) else _judged(context, found)


def _judged(context: EstateContext, file: Drafted) -> Received:
    """The file in the estate, where it would stand."""
    from gitiam.forms.blame import problems_from
    from gitiam.forms.fields import Problem
    from gitiam.load.document import read_document
    from gitiam.load.tree import Tree
    from gitiam.report.request import Received
    from gitiam.validate.run import judge
    from gitiam.validate.selection import Selection

    raw = file.text.encode()
    files = context.tree.files
    if files.get(file.path, raw) != raw:
        message = "its file is in the estate already, and says something else; change that file"
        return Received(None, (Problem(None, message, advice=f"the file is {file.path}"),))
    tree = Tree(_with(files, file.path, raw), context.tree.findings)
    only = frozenset({file.path})
    needed = Selection(tree.files).needed_for(only)
    estate = context.load(lambda path, _raw: path in needed, tree)
    judgement = judge(estate, context.catalog, context.now, only, only=only)
    problems = problems_from(judgement.findings, read_document(file.path, raw))
    return Received(file, problems, next(iter(judgement.assessments), None))


def _with(files: Mapping[str, bytes], path: str, raw: bytes) -> dict[str, bytes]:
    """The files with one more, in the order in which a tree is read."""
    return dict(sorted({**files, path: raw}.items(), key=lambda item: item[0].split("/")))


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


def _say(received: Received, format_: str, *, is_written: bool) -> None:
    from gitiam.report.request import as_json, as_text

    file = received.drafted if received.is_right else None
    if format_ == "json":
        click.echo(as_json(received), nl=False)
        return
    click.echo(as_text(received), nl=False, err=True)
    if file is not None:
        click.echo(f"{file.path} written\n" if is_written else file.text, nl=False)
