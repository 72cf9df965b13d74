"""`gitiam revert`: what was there before, as a branch ready for a pull request."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command, format_option
from gitiam.cli.style import style
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.reverts import Base, Target
    from gitiam.sync.undo.git import Repository
    from gitiam.sync.undo.workshop import Workshop

#: Nothing that a shell, or git push, could take for something else.
_BRANCH = re.compile(r"[A-Za-z0-9][\w./#@=,-]*", re.ASCII)


@click.command()
@click.argument("what", metavar="REQUEST|PR|COMMIT")
@click.option("--base", metavar="REF", help="The main branch. [default: origin's, else main]")
@click.option("--branch", metavar="NAME", help="The new branch. [default: gitiam/revert-…]")
@click.option("--reason", metavar="TEXT", help="Why, for the commit's message.")
@click.option(
    "--all", "whole", is_flag=True, help="Take back other files, too: templates, workflows, all."
)
@click.option("--dry-run", is_flag=True, help="Show the difference and what it does; make nothing.")
@click.option("--force", is_flag=True, help="Make the branch though findings block.")
@format_option("text", "json")
@estate_command
def revert(
    estate: EstateContext,
    what: str,
    base: str | None,
    branch: str | None,
    reason: str | None,
    whole: bool,
    dry_run: bool,
    force: bool,
    format_: str,
) -> None:
    """Write the change that restores what was there before, as a branch for a pull request.

    REQUEST is a file under requests/, deleted ones too: its last change on the main branch is taken
    back. PR is a pull request's number: all that it changed under requests/ is. COMMIT is a
    commit's id. Later changes are kept, or named where they are in the way.

    Neither the working tree nor the branch that you are on is touched, and nothing is pushed. What
    comes out is checked as in a pull request.

    \b
    Examples:
      gitiam revert requests/prod/data-pipeline-read-orders.yaml
      gitiam revert 42 --reason "the job needs it until March"
      gitiam revert 42 --dry-run

    Exits with 0, or with 10 when a finding blocks; then no branch is made, unless with --force or
    where the main branch has the finding already.
    """
    from gitiam.cli.trial import Trial
    from gitiam.report import revert as report
    from gitiam.sync.undo import revert as sync
    from gitiam.sync.undo.git import open_repository
    from gitiam.sync.undo.workshop import open_workshop

    estate.refuse_the_past()
    repository = open_repository(estate.root)
    found_base = sync.find_base(repository, base)
    with open_workshop(repository) as workshop, tempfile.TemporaryDirectory() as name:
        path = _path_of(estate, repository, what)
        target = _find(workshop, repository, found_base, what, path)
        name_ = _branch_name(repository, branch, target, path)
        draft = sync.draft(workshop, target, found_base, repository.prefix, path, whole)
        trial = Trial(estate, repository, workshop, Path(name), found_base, draft)
        result = trial.outcome(target, name_, reason, dry_run, force)
        if result.made:
            repository.take(workshop.pack(result.commit, found_base.commit))
            repository.make_branch(name_, result.commit)
        text = (
            report.as_json(result)
            if format_ == "json"
            else report.as_text(result, trial.line_source, style)
        )
    click.echo(text)
    if any(finding.blocks for finding in result.findings):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _find(
    workshop: Workshop, repository: Repository, base: Base, what: str, path: str | None
) -> Target:
    from gitiam.sync.undo import revert as sync

    if path is not None:
        return sync.find_change(workshop, base, path)
    if number := _pull_number(what):
        return sync.find_pull(workshop, repository, base, number)
    return sync.find_commit(workshop, repository, base, what.lower())


def _pull_number(what: str) -> int | None:
    found = re.fullmatch(r"#?([1-9]\d{0,8})", what, re.ASCII)
    return int(found[1]) if found else None


def _path_of(estate: EstateContext, repository: Repository, what: str) -> str | None:
    """The file as the repository names it; None for a number or a commit. It need not exist."""
    if _pull_number(what) or re.fullmatch(r"[0-9a-fA-F]{7,64}", what):
        return None
    # Links are not followed: a file is named as itself.
    root, here = estate.root.resolve(), Path().resolve()
    for candidate in (root / what, here / what, Path(os.path.abspath(what))):  # noqa: PTH100
        flat = Path(os.path.normpath(candidate))
        if flat.is_relative_to(root / "requests") and flat.suffix in (".yaml", ".yml"):
            return repository.prefix + flat.relative_to(root).as_posix()
    raise UsageError(
        f"{what} is no file under requests/, no number of a pull request and no commit's id",
        hint="Such as requests/prod/x.yaml, 42, or 7 or more characters of a commit's id",
    )


def _branch_name(
    repository: Repository, wanted: str | None, target: Target, path: str | None
) -> str:
    name = wanted or f"gitiam/revert-{_about(target, path)}"
    if not _BRANCH.fullmatch(name) or name == "HEAD" or not repository.is_branch_name(name):
        raise UsageError(f"a branch cannot be called {name}")
    if repository.commit_id(f"refs/heads/{name}"):
        raise GitiamError(
            f"there is a branch {name} already",
            hint=f"git log {name} shows what it is; choose another name with --branch",
        )
    return name


def _about(target: Target, path: str | None) -> str:
    if path is not None:
        stem = re.sub(r"[^a-z0-9]+", "-", Path(path).stem.lower()).strip("-")[:40].strip("-")
        return f"{stem or 'request'}-{target.commit[:7]}"
    return str(target.pull or target.commit[:12])
