"""`gitiam comment`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, against_option, requests_command
from gitiam.cli.telling import Proposal, pages, proposal, tell
from gitiam.errors import ExitCode

if TYPE_CHECKING:
    from gitiam.report.comment import Shown


@click.command()
@against_option(
    "The request files as they are without the pull request.",
    required=True,
)
@click.option("--full-text", metavar="URL", help="Where all of it stands, should it not find room.")
@requests_command
def comment(estate: EstateContext, against: Path, full_text: str | None) -> int:
    """Print the comment that tells reviewers what a pull request opens.

    At a glance: who, what newly opens, until when, how risky; folded below it the findings, what
    it opens in words, and how policies and modules differ. It never exceeds what GitHub takes.

    \b
    Examples:
      gitiam comment --requests pr/requests --against requests
      gitiam -C base comment --requests head/requests --against base/requests > comment.md

    Exits with 0, or with 10 when a finding blocks: the comment says what to mend.
    """
    from gitiam.report.comment import as_comment

    found = proposal(estate, EstateContext(estate.root, against, estate.now))
    shown = _shown(found)
    click.echo(as_comment(shown, full_text), nl=False)
    return ExitCode.FINDINGS if any(f.blocks for f in shown.findings) else ExitCode.CLEAN


def _shown(found: Proposal) -> Shown:
    """What it says. Modules are made of what nothing blocks."""
    from gitiam.cli.pipeline import changed
    from gitiam.report.comment import Shown
    from gitiam.validate.run import judge

    here, paths = found.estate, frozenset(found.paths)
    judgement = judge(
        here.estate, here.catalog, here.now, paths, here.state, only=found.judged | paths
    )
    blocks = any(finding.blocks for finding in judgement.findings)
    told = tell(found.paths, here, found.before, judgement)
    return Shown(
        files=list(zip(told, pages(told, here), strict=True)),
        changes=() if blocks else changed(here, found.before),
        elsewhere=[f for f in judgement.findings if f.location.path not in paths],
    )
