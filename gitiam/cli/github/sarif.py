"""`gitiam github sarif`."""

from __future__ import annotations

from pathlib import Path

import click

from gitiam.cli.hub import connected, repository_option
from gitiam.errors import ExitCode, GitiamError


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--commit", metavar="SHA", envvar="GITHUB_SHA", show_envvar=True, required=True)
@click.option("--ref", metavar="REF", envvar="GITHUB_REF", show_envvar=True, required=True)
@repository_option
def sarif(file: Path, commit: str, ref: str, repository: str | None) -> int:
    """Hand findings to GitHub's code scanning, which shows them at their lines.

    FILE is what `gitiam validate --format sarif` printed for this commit; --ref is its full name,
    such as refs/pull/12/merge. The token needs `security-events: write`, and the repository code
    scanning, which is part of GitHub for public ones.

    \b
    Examples:
      gitiam validate --format sarif > gitiam.sarif
      gitiam github sarif gitiam.sarif
      gitiam github sarif gitiam.sarif --commit SHA --ref refs/heads/main
    """
    from gitiam.review.github.code_scanning import upload_sarif

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise GitiamError(f"{file} is not UTF-8") from error
    number = upload_sarif(connected(repository), text, commit, ref)
    click.echo(f"handed over as {number}" if number else "handed over")
    return ExitCode.CLEAN
