"""The steps that several commands take: check, render, ask the ledger, say what is pending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.findings import Finding
    from gitiam.models import ModuleKey
    from gitiam.modules import Change, Module, Standing
    from gitiam.render.changes import Files
    from gitiam.render.module import Renderer
    from gitiam.sync.ledger import Ledger


class BlockedError(GitiamError):
    """The estate has findings that block; nothing may be made from it."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, findings: Sequence[Finding]) -> None:
        count = len(findings)
        super().__init__(
            f"{count} {'findings block' if count > 1 else 'finding blocks'}; nothing was done",
            hint="`gitiam validate` shows them with the lines that they are about",
        )


def require_valid(estate: EstateContext, *, allow_empty: bool = False) -> None:
    """Stop with exit code 10 when a check blocks, or when anything could not be understood.

    An estate without any file is refused, too: a checkout that went wrong must not take away all
    access there is.
    """
    from gitiam.report.layout import printable
    from gitiam.validate.run import validate

    if not estate.estate.files and not allow_empty:
        raise GitiamError(
            "there is no file in requests/; nothing was done",
            hint="If all access shall really go, apply it with --allow-empty",
        )
    findings = validate(estate.estate, estate.catalog, estate.now, state=estate.state)
    blocking = [finding for finding in findings if finding.blocks]
    for finding in blocking:
        click.echo(printable(f"{finding.location}: {finding.message} ({finding.rule})"), err=True)
    if blocking:
        raise BlockedError(blocking)
    if estate.state.unfit or estate.state.unresolved:
        raise AssertionError("the checks passed what could not be turned into access")


def renderer_for(estate: EstateContext) -> Renderer:
    """The renderer of this estate, with its own templates and lock file if it has some."""
    from gitiam.render.estate import renderer_of
    from gitiam.shipped import templates_dir

    return renderer_of(estate.config, estate.root, templates_dir())


def open_ledger(estate: EstateContext) -> Ledger:
    """The ledger, where `gitiam.yaml` says that it lives."""
    from gitiam.sync.ledger import Ledger
    from gitiam.sync.stores import open_objects

    return Ledger(open_objects(estate.config.store, estate.root))


def files_of(estate: EstateContext) -> Files:
    """Which files there are, and which of them have expired: for the reasons of changes."""
    from gitiam.render.changes import Files

    everything = estate.estate
    sources = (
        *(request.source for request in everything.requests),
        *(declaration.source for declaration in everything.declarations),
        *(policy.source for policy in everything.policies),
    )
    present = frozenset(source.path for source in sources)
    return Files(present, frozenset(request.path for request in estate.state.expired))


def pending_changes(
    estate: EstateContext,
    ledger: Ledger,
    modules: Mapping[ModuleKey, Module],
    renderer: Renderer,
    standings: Mapping[ModuleKey, Standing],
) -> tuple[Change, ...]:
    """What differs from the ledger, with reasons."""
    from gitiam.render.changes import pending

    return pending(
        modules,
        standings,
        renderer.empty,
        lambda key: ledger.record(key, standings[key]) if key in standings else None,
        files_of(estate),
    )


def only(changes: Sequence[Change], wanted: Sequence[str], known: set[str]) -> list[Change]:
    """Those changes that were asked for; all of them when none was. UsageError for a stranger."""
    for name in wanted:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`gitiam changes` lists what is pending"
            raise UsageError(f"there is no module {name}", hint=hint)
    return [change for change in changes if not wanted or str(change.key) in wanted]


def only_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--only`, which may be given more than once."""
    return click.option(
        "--only",
        "only_",
        multiple=True,
        metavar="ACCOUNT/KIND/NAME",
        help="This module alone; may be given more than once.",
    )(function)


def jobs_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--jobs`: how many Terraforms at once."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        metavar="N",
        help="How many modules at a time. [default: what cores and memory allow]",
    )(function)


def relative(path: Path) -> str:
    """A path as people like to read it: relative to here when it is below."""
    try:
        return str(path.resolve().relative_to(Path().resolve()))
    except ValueError:
        return str(path)
