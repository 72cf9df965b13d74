"""`gitiam github`: what the workflows tell on GitHub, one subcommand a file."""

from __future__ import annotations

import click

from gitiam.cli.lazy import LazyGroup

#: Every subcommand, and what it is for; each lies in a file of its name.
SUBCOMMANDS = {
    "propose": "Make a pull request of an issue that was written with the form.",
    "review": "Tell a pull request's reviewers what it opens, and where its approval stands.",
    "sarif": "Hand findings to GitHub's code scanning.",
    "applied": "Tell pull requests what became of them, and keep one issue of what failed.",
    "answer": "Do what a comment orders with /gitiam, and answer it.",
    "drift": "Keep one issue that says where live IAM and the estate differ.",
    "expiring": "Keep one issue that says which access ends soon, and for whom.",
    "tidy": "Propose to remove request files whose access ended long ago.",
}


@click.group(cls=LazyGroup, table=SUBCOMMANDS, package=__name__)
def github() -> None:
    """Tell on GitHub what there is to tell: comments, statuses, issues, pull requests.

    These are for workflows. The token is taken from GITHUB_TOKEN, and the repository from
    GITHUB_REPOSITORY; each says in its help which permissions the token needs.

    \b
    Examples:
      gitiam github review 12 --requests head/requests --against base/requests
      gitiam github propose --from-issue "$GITHUB_EVENT_PATH"
      gitiam github answer --event "$GITHUB_EVENT_PATH"
      gitiam github applied --pending pending.json applied-*.json
      gitiam github drift drift.json
      gitiam github expiring
      gitiam github tidy --merge
    """
