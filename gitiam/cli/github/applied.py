"""`gitiam github applied`."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.hub import connected, repository_option, run_address
from gitiam.errors import ExitCode, GitiamError

if TYPE_CHECKING:
    from gitiam.applied import Applied, Results, Standing
    from gitiam.review.github.applied import Told
    from gitiam.review.github.client import Hub
    from gitiam.review.github.sticky import Written


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--pending",
    "pending_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What `gitiam changes --format json` printed before the run: what no FILE tells of is"
    " pending still.",
)
@repository_option
@format_option("text", "json", "markdown")
@estate_command
def applied(
    estate: EstateContext,
    files: tuple[Path, ...],
    pending_file: Path | None,
    repository: str | None,
    format_: str,
) -> int:
    """Tell each pull request what became of it, and keep one issue of what is not applied.

    FILEs are what `gitiam apply --format json` printed, one for each job of the run; of a folder
    all applied*.json in it, but for those that a job left unfinished. The pull
    request that last changed a request file gets one comment, written anew by each run that has
    something to do for it. The issue has the label gitiam-failure, and is closed when a run leaves
    nothing pending. At most 300 comments are written at once; run again, it goes on.

    The history of main has to be there, whole. The token needs `issues: write` and
    `pull-requests: write`. With --format markdown it prints a summary for the run's page.

    \b
    Examples:
      gitiam github applied --pending pending.json applied-*.json
      gitiam github applied --pending told/pending.json told
      gitiam github applied applied.json --format markdown
    """
    from gitiam.report import applied as report
    from gitiam.report.layout import counted

    told = _told(files, pending_file)
    hub, run = connected(repository), run_address()
    # The issue first: what is said of failures must not depend on how many pull requests there are.
    issue = _tell_issue(hub, told, run)
    pulls = _tell_pulls(estate, hub, told, run)
    _tell_chat(estate, told, run)
    put_off = len(pulls.put_off)
    if format_ == "json":
        body = {
            "written": pulls.written,
            "unchanged": pulls.unchanged,
            "put_off": list(pulls.put_off),
            "issue": issue.address if issue else None,
        }
        click.echo(json.dumps(body, indent=2))
    elif format_ == "markdown":
        click.echo(report.summary_text(told), nl=False)
    else:
        click.echo(f"{counted(pulls.written + pulls.unchanged, 'pull request')} told")
        click.echo(f"issue {issue.did}: {issue.address}" if issue else "no issue is needed")
    if put_off:
        said = f"{counted(put_off, 'pull request')} put off: run this job again, and it goes on"
        click.echo(said, err=True)
        return ExitCode.PENDING
    return ExitCode.CLEAN


def _told(files: Iterable[Path], pending_file: Path | None) -> Applied:
    from gitiam.applied import together
    from gitiam.load.applied import read_pending

    results = list(_results(files))
    pending = _read(pending_file, read_pending) if pending_file is not None else None
    if not results and pending is None:
        raise click.UsageError("name a FILE, or --pending FILE")
    try:
        return together(pending, results)
    except ValueError as error:
        raise GitiamError(str(error), hint="Are the files of two runs mixed?") from error


def _results(files: Iterable[Path]) -> Iterator[Results]:
    """What each file tells. Of a job that died halfway nobody tells: its modules stay pending."""
    from gitiam.cli.style import shown
    from gitiam.load.applied import read_results

    for file in files:
        if not file.is_dir():
            yield _read(file, read_results)
            continue
        for one in sorted(file.glob("applied*.json")):
            try:
                yield _read(one, read_results)
            except GitiamError as error:
                click.echo(f"warning: {shown(error.message)}", err=True)


def _read(file: Path, reader: Callable[[bytes], Results]) -> Results:
    from gitiam.files import read_regular

    try:
        return reader(read_regular(file))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise GitiamError(f"{file} cannot be read: {why}", hint="Nothing was told") from error
    except GitiamError as error:
        raise GitiamError(f"{file}: {error.message}", hint="Nothing was told") from error


def _tell_issue(hub: Hub, told: Applied, run: str | None) -> Written | None:
    from gitiam.report import applied as report
    from gitiam.review.github.single_issue import close_issue, find_issue, tell_issue

    if told.is_whole:
        return close_issue(hub, report.ISSUE, report.LABEL, report.solved_text(told, run))
    found = find_issue(hub, report.ISSUE, report.LABEL)
    is_open = found is not None and found.state == "open"
    since = f"{found.created_at:%Y-%m-%d}" if found is not None and is_open else None
    text = report.issue_text(told, run, since)
    return tell_issue(hub, report.ISSUE, report.LABEL, report.TITLE, text)


def _tell_chat(estate: EstateContext, told: Applied, run: str | None) -> None:
    from gitiam.applied import State
    from gitiam.chat import Event
    from gitiam.cli.chat import tell_chat
    from gitiam.report import chat

    done = [str(one.key) for one in told.modules if one.state is State.APPLIED]
    errors = [f"{one.key}: {one.error}" for one in told.modules if one.state is State.FAILED]
    if done:
        tell_chat(estate.config, os.environ, Event.APPLIED, chat.applied(done, run))
    if errors:
        tell_chat(estate.config, os.environ, Event.FAILED, chat.failed(errors, run))


def _tell_pulls(estate: EstateContext, hub: Hub, told: Applied, run: str | None) -> Told:
    from gitiam.report.applied import COMMENT, comment_text
    from gitiam.review.github.applied import pulls_of, tell_pulls

    commits = _commits(estate, {file for one in told.modules for file in one.files})
    pulls = pulls_of(hub, commits)
    by_pull: defaultdict[int, list[Standing]] = defaultdict(list)
    # Modules come with failures first, and so do the pull requests.
    for one in told.modules:
        for number in sorted({pulls[file] for file in one.files if file in pulls}):
            by_pull[number].append(one)
    texts = {n: comment_text(n, modules, told, run) for n, modules in by_pull.items()}
    return tell_pulls(hub, COMMENT, texts)


def _commits(estate: EstateContext, files: set[str]) -> dict[str, str]:
    """For each file the last commit on the main line that touched it."""
    from gitiam.sync.undo.git import open_repository
    from gitiam.sync.undo.workshop import open_workshop

    if not files:
        return {}
    repository = open_repository(estate.root)
    if repository.is_shallow:
        raise GitiamError(
            "the history is not all there, so nobody knows which pull requests to tell",
            hint="In a workflow: fetch-depth: 0; elsewhere: git fetch --unshallow",
        )
    head = repository.commit_id("HEAD")
    if head is None:
        raise GitiamError("there is no commit yet")
    with open_workshop(repository) as workshop:
        found = workshop.passages(head, [repository.prefix + file for file in files])
    return {
        path.removeprefix(repository.prefix): passed[-1][0]
        for path, passed in found.items()
        if passed and path.removeprefix(repository.prefix) in files
    }
