"""The estate → everything that is wrong with it. Whatever could not be checked blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from gitiam.catalog import Catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.state import DesiredState, Unfit
from gitiam.findings import Finding, Location, Severity, in_order
from gitiam.load.estate import CONFIG_FILE, Estate
from gitiam.validate.context import Context, File
from gitiam.validate.registry import CRASHED, RULES, TOO_LARGE, UNRESOLVED
from gitiam.validate.rule import Rule, listed

_LONGEST_ERROR = 200


def validate(
    estate: Estate,
    catalog: Catalog,
    now: datetime,
    proposed: frozenset[str] = frozenset(),
    state: DesiredState | None = None,
    *,
    only: frozenset[str] | None = None,
    rules: Sequence[Rule] = RULES,
) -> tuple[Finding, ...]:
    """All findings about the estate at `now` (aware), in the order in which people read them.

    `only` confines the answer to findings in these files; `state` spares computing it again.
    What the desired state could not resolve or fit blocks even where no rule says why.
    """
    state = desired_state(estate, catalog, now) if state is None else state
    context = Context(estate, catalog, now, state, proposed)
    files = [file for file in context.files if only is None or file.source.path in only]
    judged = [file for file in files if context.is_judged(file)]
    found = [*estate.findings]
    for rule in rules:
        found += _apply(rule, files if rule.judges_expired else judged, context)
    found += _unexplained(context, found)
    return in_order(f for f in found if only is None or f.location.path in only)


def _apply(rule: Rule, files: Iterable[File], context: Context) -> list[Finding]:
    """A rule that raises is a bug in gitiam; it blocks, and is not tried on the remaining files."""
    found: list[Finding] = []
    for file in files:
        try:
            found.extend(rule.check(file, context))
        except Exception as error:
            found.append(_crash(rule, file, error))
            break
    return found


def _crash(rule: Rule, file: File, error: Exception) -> Finding:
    what = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST_ERROR]
    message = (
        f"the rule `{rule.id}` failed here ({what}) and was not run on the files after this one;"
        " this is a bug in gitiam, please report it"
    )
    return Finding(CRASHED, Severity.ERROR, Location(file.source.path), message)


def _unexplained(context: Context, found: Iterable[Finding]) -> Iterator[Finding]:
    """What the desired state leaves out and no rule has blamed yet, so that nothing is lost."""
    blocking: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        if finding.blocks:
            blocking[finding.location.path].append(finding)
    for item in context.state.unresolved:
        file = context.by_path.get(item.path)
        place = file.source.place(*item.steps) if file else Location(item.path)
        if not any(_touch(finding.location, place) for finding in blocking[item.path]):
            yield Finding(UNRESOLVED, Severity.ERROR, place, item.message)
    for unfit in context.state.unfit:
        if not any(f.rule == TOO_LARGE for path in unfit.origins for f in blocking[path]):
            yield _unfit(unfit)


def _unfit(unfit: Unfit) -> Finding:
    message = (
        f"{unfit.key.principal} in {unfit.key.account} needs {unfit.size:,} characters of policy;"
        f" {unfit.room:,} are the most (from {listed(unfit.origins)})"
    )
    place = Location(next(iter(unfit.origins), CONFIG_FILE))
    return Finding(TOO_LARGE, Severity.ERROR, place, message)


def _touch(one: Location, other: Location) -> bool:
    """Whether one of the places holds the other."""
    return _holds(one, other) or _holds(other, one)


def _holds(outer: Location, inner: Location) -> bool:
    start = (outer.line, outer.column) <= (inner.line, inner.column)
    return start and _end(inner) <= _end(outer)


def _end(place: Location) -> tuple[int, int]:
    known = place.end_line > 0
    return (place.end_line, place.end_column) if known else (place.line, place.column)
