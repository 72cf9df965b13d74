"""The steps that several commands take: check, render, ask the ledger, say what is pending."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext
from gitiam.cli.recollection import Recollection
from gitiam.cli.review import refuse_empty
from gitiam.cli.survey import GiveUpError, Survey, anew
from gitiam.errors import ExitCode, GitiamError, UsageError

if TYPE_CHECKING:
    from gitiam.findings import Finding
    from gitiam.models import ModuleKey
    from gitiam.modules import Change, Marker, Record, Standing
    from gitiam.render.module import Renderer
    from gitiam.sync.store.ledger import Ledger

ONLY_VARIABLE = "GITIAM_ONLY"

#: What one module takes on one core, measured (docs/performance.md): with the provider host, and
#: without. Real AWS answers more slowly than the embedded one.
_SECONDS = 0.5
_SECONDS_ALONE = 5.0
#: As many connections as boto3 keeps open.
_READERS = 10


class BlockedError(GitiamError):
    """The estate has findings that block; nothing may be made from it."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, findings: Sequence[Finding], requests: Path | None) -> None:
        count = len(findings)
        folder = f" --requests {shlex.quote(str(requests))}" if requests else ""
        super().__init__(
            f"{count} {'findings block' if count > 1 else 'finding blocks'}; nothing was done",
            hint=f"`gitiam validate{folder}` shows them with the lines that they are about",
        )


def require_valid(
    estate: EstateContext,
    *,
    allow_empty: bool = False,
    has_access: Callable[[], bool] = lambda: False,
) -> None:
    """Stop with exit code 10 when a check blocks, or when anything could not be understood.

    An estate without any file is refused, too, unless `allow_empty`: a checkout that went wrong
    must not take away all access there is. `has_access` says whether there is some to be taken.
    """
    from gitiam.report.layout import printable
    from gitiam.validate.run import validate

    if not estate.estate.files and not allow_empty:
        raise GitiamError(
            f"there is no file in {estate.requests or 'requests/'}; nothing was done",
            hint="If all access shall really go: --allow-empty"
            if has_access()
            else "Put a request into it: a file such as requests/NAME.yaml",
        )
    findings = validate(estate.estate, estate.catalog, estate.now, state=estate.state)
    blocking = [finding for finding in findings if finding.blocks]
    for finding in blocking:
        click.echo(printable(f"{finding.location}: {finding.message} ({finding.rule})"), err=True)
    if blocking:
        raise BlockedError(blocking, estate.requests)
    if estate.state.unfit or estate.state.unresolved:
        raise AssertionError("the checks passed what could not be turned into access")


def renderer_for(estate: EstateContext) -> Renderer:
    """The renderer of this estate, with its own templates and lock file if it has some."""
    from gitiam.render.estate import renderer_of
    from gitiam.shipped import templates_dir

    return renderer_of(estate.config, estate.root, templates_dir())


def open_ledger(estate: EstateContext, is_stopping: Callable[[], bool] = lambda: False) -> Ledger:
    """The ledger, where `gitiam.yaml` says that it lives; see `open_objects`."""
    from gitiam.sync.store.ledger import Ledger
    from gitiam.sync.store.opened import open_objects

    return Ledger(open_objects(estate.config.store, estate.root, is_stopping))


@dataclass(frozen=True)
class Pending:
    """What differs from the ledger, and beside what.

    `known` are all modules, those of the ledger and those of the estate; `unchanged` is how many of
    them are not pending.
    """

    changes: tuple[Change, ...]
    standings: Mapping[ModuleKey, Standing]
    known: frozenset[ModuleKey]
    renderer: Renderer

    @property
    def unchanged(self) -> int:
        """How many modules stay as they are."""
        return len(self.known) - len(self.changes)

    @property
    def names(self) -> set[str]:
        """All modules, as `--only` names them."""
        return {str(key) for key in self.known}


def look(
    estate: EstateContext, ledger: Ledger, *, allow_empty: bool = False, share: bool = False
) -> Pending:
    """Judge the estate, ask the ledger, and say what is pending.

    Only what has changed since the estate was last judged is judged and rendered, where that is
    remembered. Stops with exit code 10 when a check blocks. `share` leaves what is to be remembered
    for other machines, too: for those who may write to the store.
    """
    renderer = renderer_for(estate)
    recollection = Recollection(estate, renderer, ledger.objects)

    def judge() -> None:
        require_valid(estate, allow_empty=allow_empty, has_access=lambda: bool(ledger.standings()))

    survey = recollection.survey(judge)
    standings = ledger.standings()
    try:
        changes = _pending(estate, ledger, survey, renderer, standings)
    except GiveUpError:
        survey = recollection.anew(judge)
        changes = _pending(estate, ledger, survey, renderer, standings)
    recollection.keep(survey, share=share)
    return Pending(changes, standings, frozenset({*survey.digests, *standings}), renderer)


def _pending(
    estate: EstateContext,
    ledger: Ledger,
    survey: Survey,
    renderer: Renderer,
    standings: Mapping[ModuleKey, Standing],
) -> tuple[Change, ...]:
    from gitiam.render.changes import behind, pending

    wanted = behind(survey.digests, standings)
    gone = (key for key in standings if key not in survey.digests)
    records = recorded(ledger, standings, [*(k for k in wanted if k in standings), *gone])
    return pending(
        survey.modules(wanted),
        standings,
        renderer.empty,
        records.get,
        survey.files,
        survey.digests.keys(),
        lambda key: _marker(ledger, key),
    )


def _marker(ledger: Ledger, key: ModuleKey) -> Marker | None:
    """What an apply that did not end left; None where it cannot be read: an apply says so."""
    try:
        return ledger.marker(key)
    except GitiamError:
        return None


def recorded(
    ledger: Ledger, standings: Mapping[ModuleKey, Standing], keys: Sequence[ModuleKey]
) -> Mapping[ModuleKey, Record | None]:
    """What was recorded of these modules; several at a time where the ledger is far away."""

    def read(key: ModuleKey) -> Record | None:
        return ledger.record(key, standings[key])

    if not ledger.objects.is_distant or len(keys) < 2:
        return {key: read(key) for key in keys}

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=_READERS) as pool:
        return dict(zip(keys, pool.map(read, keys), strict=True))


@dataclass(frozen=True)
class Preview:
    """How the requests of one folder differ from those of another, taken for what was applied."""

    changes: tuple[Change, ...]
    unchanged: int


def preview(estate: EstateContext, other: EstateContext, *, allow_empty: bool = False) -> Preview:
    """What the requests of `estate` change, seen from those of `other`, which may have faults."""
    renderer = renderer_for(estate)
    after = Recollection(estate, renderer)
    earlier = Recollection(other, renderer)

    def judge() -> None:
        require_valid(estate, allow_empty=allow_empty, has_access=lambda: bool(other.tree.files))

    surveys = (after.survey(judge), earlier.survey(None))
    try:
        return _difference(*surveys, renderer)
    except GiveUpError:
        surveys = (after.anew(judge), earlier.anew(None))
        return _difference(*surveys, renderer)


def changed(estate: EstateContext, other: EstateContext) -> tuple[Change, ...]:
    """The same of parts of an estate, of which nothing is remembered, and which are judged."""
    renderer = renderer_for(estate)
    return _difference(anew(estate, renderer, None), anew(other, renderer, None), renderer).changes


def _difference(after: Survey, before: Survey, renderer: Renderer) -> Preview:
    from gitiam.modules import Standing
    from gitiam.render.changes import behind, pending, record_of

    standings = {key: Standing((digest,)) for key, digest in before.digests.items()}
    changed = behind(after.digests, standings)
    gone = before.digests.keys() - after.digests.keys()
    old = before.modules({*(key for key in changed if key in before.digests), *gone})
    found = pending(
        after.modules(changed),
        standings,
        renderer.empty,
        lambda key: record_of(old[key]) if key in old else None,
        after.files,
        after.digests.keys(),
    )
    total = len({*after.digests, *before.digests})
    return Preview(found, total - len(found))


def announce(changes: Sequence[Change], jobs: int | None = None, *, hosted: bool = True) -> None:
    """Say what many modules will take, before they begin; nothing where they are few."""
    from gitiam.report.effort import MANY, announcement
    from gitiam.sync.machine.capacity import capacity

    if len(changes) < MANY:
        return
    jobs = jobs or capacity(accounts=len({c.key.account for c in changes})).jobs
    said = announcement(changes, jobs, _SECONDS if hosted else _SECONDS_ALONE)
    if said:
        click.echo(said, err=True)


def only(changes: Sequence[Change], wanted: Sequence[str], known: set[str]) -> list[Change]:
    """Those changes that were asked for; all of them when none was. UsageError for a stranger."""
    for name in wanted:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`gitiam changes` lists what is pending"
            raise UsageError(f"there is no module {name}", hint=hint)
    return [change for change in changes if not wanted or str(change.key) in wanted]


def some(changes: list[Change], most: int | None) -> tuple[list[Change], int]:
    """So many of the changes, the most urgent ones, and how many are left; says so."""
    if most is None or len(changes) <= most:
        return changes, 0

    from gitiam.report.effort import first
    from gitiam.report.layout import counted

    left = len(changes) - most
    click.echo(f"{counted(left, 'module')} left for the next run (--at-most {most})", err=True)
    return first(changes, most), left


def _refuse_nothing(
    _ctx: click.Context, _option: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    """An empty shard must not become the whole estate."""
    if not names:
        refuse_empty(ONLY_VARIABLE)
    return names


def allow_empty_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--allow-empty`."""
    return click.option(
        "--allow-empty",
        is_flag=True,
        help="Let an estate without any request file end all access.",
    )(function)


def only_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--only`, which may be given more than once."""
    return click.option(
        "--only",
        "only_",
        multiple=True,
        metavar="ACCOUNT/KIND/NAME",
        envvar=ONLY_VARIABLE,
        show_envvar=True,
        callback=_refuse_nothing,
        help="This module alone; may be given more than once.",
    )(function)


def relative(path: Path) -> str:
    """A path as people like to read it: relative to here when it is below."""
    try:
        return str(path.resolve().relative_to(Path().resolve()))
    except ValueError:
        return str(path)
