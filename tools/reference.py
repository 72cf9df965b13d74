"""Commands and bundles → their reference pages."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.testing import CliRunner

from gitiam.bundles import example_arn
from gitiam.catalog import Catalog, catalog
from gitiam.cli.lazy import LazyGroup
from gitiam.cli.main import COMMANDS, cli
from gitiam.load.estate import load_bundles
from gitiam.models import Bundle
from gitiam.report.explain import bundle_as_text
from gitiam.report.layout import fenced
from gitiam.shipped import templates_dir

#: What click makes of a terminal of 80 columns; the page looks the same on every machine.
WIDTH = 78

_COMMANDS = """\
# Commands

What `--help` says of each command. `-C` and `--at` may stand before the command's name; the
[exit codes](../../README.md#exit-codes) are the same everywhere. Results go to standard output,
progress and errors to standard error. This page is made from the commands by `make docs`.
"""

_BUNDLES = """\
# Bundles

Every bundle that comes with gitiam: what it is for, what it takes and exactly what it gives, as
`gitiam explain NAME` prints it. An estate may add bundles of its own, or replace these, in
`templates/bundles/`. Actions *for the console* are those that only AWS's web console needs. This
page is made from the bundles and the catalogue of AWS's actions by `make docs`.

| bundle | what it is for | takes | actions | for the console |
|---|---|---|---|---|
"""


def commands_page() -> str:
    """`--help` of gitiam and of each of its commands."""
    parts = [_COMMANDS, _shown(help_text())]
    for name in COMMANDS:
        parts += [f"## gitiam {name}", _shown(help_text(name))]
        for part in subcommands(name):
            parts += [f"### gitiam {name} {part}", _shown(help_text(name, part))]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def subcommands(name: str) -> list[str]:
    """Those of a command that has some."""
    command = cli.get_command(click.Context(cli), name)
    return list(below(command)) if command else []


def below(command: click.Command) -> dict[str, click.Command]:
    """The commands of a group, those among them that are imported when called."""
    if isinstance(command, LazyGroup):
        return command.all_commands()
    return dict(command.commands) if isinstance(command, click.Group) else {}


def help_text(*command: str) -> str:
    """What `gitiam [COMMAND]... --help` prints, in 80 columns."""
    arguments = [*command, "--help"]
    done = CliRunner().invoke(
        cli, arguments, prog_name="gitiam", terminal_width=WIDTH, max_content_width=WIDTH
    )
    if done.exit_code:
        raise ValueError(f"gitiam {' '.join(arguments)} fails: {done.output}")
    return done.stdout


def bundles_page() -> str:
    """Every shipped bundle: a table, then each as `gitiam explain` shows it."""
    bundles, findings = load_bundles([templates_dir() / "bundles"])
    if findings:
        raise ValueError(f"a bundle cannot be read: {findings[0].location}: {findings[0].message}")
    known = catalog()
    rows = "".join(f"{_row(bundle, known)}\n" for bundle in bundles.values())
    sections = "\n".join(_section(bundle, known) for bundle in bundles.values())
    return f"{_BUNDLES}{rows}\n{sections}"


def _row(bundle: Bundle, known: Catalog) -> str:
    apart = {console: set(_actions(bundle, known, console)) for console in (False, True)}
    takes = [f"{r.name}{' (optional)' if r.optional else ''}" for r in bundle.resources]
    cells = (
        f"[{bundle.name}](#{bundle.name})",
        " ".join(bundle.description.split()).replace("|", "\\|"),
        ", ".join(takes) or "nothing",
        str(len(apart[False])),
        str(len(apart[True] - apart[False])),
    )
    return f"| {' | '.join(cells)} |"


def _actions(bundle: Bundle, known: Catalog, console: bool) -> Iterator[str]:
    for statement in bundle.statements:
        if statement.console is console:
            for pattern in statement.actions:
                yield from known.expand(pattern) or (pattern,)


def _section(bundle: Bundle, known: Catalog) -> str:
    patterns = "".join(
        f"| {kind.name} | `{kind.arn}` | `{example_arn(kind)}` |\n" for kind in bundle.resources
    )
    table = f"| takes | as | such as |\n|---|---|---|\n{patterns}\n" if patterns else ""
    return f"## {bundle.name}\n\n{table}{_shown(bundle_as_text(bundle, known))}\n"


def _shown(text: str) -> str:
    return fenced(text.rstrip("\n"), "text")
