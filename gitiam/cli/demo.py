"""`gitiam demo`: the whole story against an embedded AWS, on a real Terraform."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@click.command()
@click.option("--keep", is_flag=True, help="Leave the demo's estate in place, to look around in.")
def demo(keep: bool) -> None:
    """Play the whole story against an embedded AWS.

    Checks the example estate, applies it with a real Terraform, changes one request, tampers with
    live IAM, and lets a request expire. It needs no account and no credentials, and leaves nothing
    behind.

    \b
    Examples:
      gitiam demo
      gitiam demo --keep
    """
    from gitiam.cli.story import Story
    from gitiam.sync.aws.emulator import Emulator

    with _folder(keep) as folder, Emulator() as emulator:
        Story(folder, emulator).play()


@contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gitiam-demo-"))
    try:
        yield folder
    finally:
        if keep:
            click.echo(f"\nThe estate is in {folder}. Its AWS has ended with the demo: `validate`,")
            click.echo("`changes`, `render` and `ledger` work there, and what asks AWS does not.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
