"""`gitiam comment`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from gitiam.cli.common import EstateContext, against_option, requests_command
from gitiam.cli.review import plans_in, plans_option
from gitiam.cli.telling import proposal, shown_of
from gitiam.errors import ExitCode


@click.command()
@against_option(
    "The request files as they are without the pull request.",
    required=True,
)
@click.option("--full-text", metavar="URL", help="Where all of it stands, should it not find room.")
@plans_option
@requests_command
def comment(
    estate: EstateContext, against: Path, full_text: str | None, plans: tuple[Path, ...]
) -> int:
    """Print the comment that tells reviewers what a pull request opens.

    At a glance: who, what newly opens, until when, how risky; folded below it the findings, what
    it opens in words, and how policies and modules differ, or, with --plans, what Terraform would
    do. It never exceeds what GitHub takes.

    \b
    Examples:
      gitiam comment --requests pr/requests --against requests
      gitiam -C base comment --requests head/requests --against base/requests > comment.md

    Exits with 0, or with 10 when a finding blocks: the comment says what to mend.
    """
    from gitiam.report.comment import as_comment

    found = proposal(estate, EstateContext(estate.root, against, estate.now))
    shown = replace(shown_of(found), plans=plans_in(plans, estate.catalog))
    click.echo(as_comment(shown, full_text), nl=False)
    return ExitCode.FINDINGS if any(f.blocks for f in shown.findings) else ExitCode.CLEAN
