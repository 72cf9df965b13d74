"""`gitiam explain`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, against_option, format_option, requests_command
from gitiam.cli.telling import pages, proposal, tell
from gitiam.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from gitiam.models import Bundle
    from gitiam.report.told import Told

_SUFFIXES = (".yaml", ".yml")


@click.command()
@click.argument("names", nargs=-1, metavar="[BUNDLE | FILE...]")
@against_option(
    "New is what the files in this folder did not give; without FILE: each that differs.",
)
@click.option("--verbose", is_flag=True, help="Name every action and resource, however many.")
@format_option("text", "json", "markdown")
@requests_command
def explain(
    estate: EstateContext, names: tuple[str, ...], against: Path | None, verbose: bool, format_: str
) -> int:
    """Say in words what request files open, or exactly what a bundle gives.

    Of a FILE under requests/ it says for each principal which access is new, which it has already
    and from where, what is forbidden, under which conditions and until when; and how risky that is.
    New is what nothing else in the estate gives; with --against, what the files there did not give.
    Without a name the bundles are listed.

    \b
    Examples:
      gitiam explain
      gitiam explain s3-read
      gitiam explain requests/prod/data-pipeline-read-orders.yaml
      gitiam explain --requests pr/requests --against requests --format markdown

    Exits with 0, or with 10 when a file cannot be read, and so nobody can say what it opens.
    """
    if against is not None or any(_is_path(name) for name in names):
        return _files(estate, names, against, verbose, format_)
    if estate.requests is not None:
        raise UsageError(
            "bundles do not come from request files; leave --requests out",
            hint="Name a file to explain, or --against DIR",
        )
    if format_ == "markdown":
        raise UsageError("bundles are explained as text or json")
    if len(names) > 1:
        raise UsageError(
            "one bundle at a time is explained", hint="Files are named by their paths: requests/…"
        )
    _bundle(estate, next(iter(names), None), format_)
    return ExitCode.CLEAN


def _is_path(name: str) -> bool:
    """Whether a file is meant; the name of a bundle has neither slash nor suffix."""
    return "/" in name or "\\" in name or name.endswith(_SUFFIXES)


# -- files --------------------------------------------------------------------------------------


def _files(
    estate: EstateContext,
    names: tuple[str, ...],
    against: Path | None,
    verbose: bool,
    format_: str,
) -> int:
    from gitiam.explaining.values import UNREADABLE

    before = None if against is None else EstateContext(estate.root, against, estate.now)
    paths = [_path(name, estate, before) for name in names]
    if not paths and before is not None:
        found = proposal(estate, before)
        estate, before, paths = found.estate, found.before, list(found.paths)
    told = tell(tuple(dict.fromkeys(paths)), estate, before)
    click.echo(_said(told, estate, verbose, format_), nl=False)
    unreadable = any(one.explanation.kind == UNREADABLE for one in told)
    return ExitCode.FINDINGS if unreadable else ExitCode.CLEAN


def _path(name: str, estate: EstateContext, before: EstateContext | None) -> str:
    """What the file is called in the estate; UsageError when there is none, there or before."""
    from gitiam.load.tree import REQUESTS

    folder = (estate.requests or estate.root / REQUESTS).resolve()
    for given in (Path(name), estate.root / name):
        # Only the folder is resolved: a link is named as itself.
        whole = given.parent.resolve() / given.name
        if whole.is_relative_to(folder) and (whole.is_file() or whole.is_symlink()):
            return f"{REQUESTS}/{whole.relative_to(folder).as_posix()}"
    if before is not None and name in before.tree.files:
        return name
    raise UsageError(f"{name} is not a file under {folder}")


def _said(told: Sequence[Told], estate: EstateContext, verbose: bool, format_: str) -> str:
    from gitiam.cli.style import style
    from gitiam.report.explanation_json import as_json
    from gitiam.report.explanation_markdown import as_markdown
    from gitiam.report.explanation_text import as_text

    if format_ == "json":
        return as_json(told)
    pairs = zip(pages(told, estate, everything=verbose), told, strict=True)
    triples = [(page, one.assessment, one.findings) for page, one in pairs]
    if format_ == "markdown":
        return as_markdown(triples)
    texts = [as_text(*triple, style) for triple in triples]
    return "\n".join(texts) if texts else "no file differs\n"


# -- bundles ------------------------------------------------------------------------------------


def _bundle(estate: EstateContext, name: str | None, format_: str) -> None:
    from gitiam.nearest import nearest_text
    from gitiam.report.explain import bundle_as_json, bundle_as_text

    bundles = estate.bundles
    if name is None:
        _list(bundles, format_)
        return
    if name not in bundles:
        near = nearest_text(name, bundles, 0.6)
        hint = f"Did you mean `{near}`?" if near else "`gitiam explain` lists the bundles"
        raise UsageError(f"there is no bundle `{name}`", hint=hint)
    if format_ == "json":
        click.echo(json.dumps(bundle_as_json(bundles[name], estate.catalog), indent=2))
    else:
        click.echo(bundle_as_text(bundles[name], estate.catalog))


def _list(bundles: Mapping[str, Bundle], format_: str) -> None:
    from gitiam.report.layout import columns

    found = sorted((name, bundle.description) for name, bundle in bundles.items())
    if format_ == "json":
        click.echo(json.dumps(dict(found)))
    else:
        click.echo("\n".join(columns(found)))
