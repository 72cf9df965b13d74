"""The estate → everything that is wrong with it. Whatever could not be checked blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from gitiam.catalog import Catalog
from gitiam.desired.compute import desired_state
from gitiam.desired.state import DesiredState, Unfit
from gitiam.findings import Finding, Location, Severity, in_order
from gitiam.load.estate import CONFIG_FILE, Estate
from gitiam.risk import Assessment
from gitiam.snapshot import Snapshot
from gitiam.validate.allowances import HasRun, complaints, silenced
from gitiam.validate.context import Context, File
from gitiam.validate.lasting import too_long, with_one_date
from gitiam.validate.registry import (
    CRASHED,
    LASTING,
    RULES,
    TOO_LARGE,
    TOO_MANY,
    UNRESOLVED,
    UNUSED,
)
from gitiam.validate.risk import assess
from gitiam.validate.rule import Rule, listed
from gitiam.validate.severity import Rulings

_LONGEST_ERROR = 200
_NO_SNAPSHOTS: Mapping[str, Snapshot] = {}
#: Findings of one rule in one file. A hostile file could have thousands, and each takes its time.
MOST = 500


@dataclass(frozen=True, slots=True)
class Judgement:
    """What there is to say: findings in the order in which people read them.

    `assessments` say how risky each of the proposed files is that could be read.
    """

    findings: tuple[Finding, ...]
    assessments: tuple[Assessment, ...] = ()


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
    """All findings about the estate at `now` (aware); see `judge`."""
    return judge(estate, catalog, now, proposed, state, only=only, rules=rules).findings


def judge(
    estate: Estate,
    catalog: Catalog,
    now: datetime,
    proposed: frozenset[str] = frozenset(),
    state: DesiredState | None = None,
    *,
    only: frozenset[str] | None = None,
    rules: Sequence[Rule] = RULES,
    snapshots: Mapping[str, Snapshot] = _NO_SNAPSHOTS,
) -> Judgement:
    """All that there is to say about the estate at `now` (aware).

    `snapshots` are live accounts by name: what lives there outside the estate counts for the risk.

    `only` confines the answer to these files, and to what is wrong with the configuration; `state`
    spares computing it again. What the desired state could not resolve or fit blocks even where no
    rule says why.
    """
    state = desired_state(estate, catalog, now) if state is None else state
    context = Context(estate, catalog, now, state, proposed, snapshots)
    rulings = Rulings(rules, estate.config.rules)
    files = [file for file in context.files if only is None or file.source.path in only]
    judged = [file for file in files if context.is_judged(file)]
    found, has_run = _by_rules(files, judged, rulings, context)
    found = silenced([*estate.findings, *map(rulings.adjusted, found)], judged, rulings)
    found += _unexplained(context, found)
    assessments = _assessed(judged, found, context)
    if not rulings.is_off(LASTING):
        adjusted = map(rulings.adjusted, too_long(assessments, found, context))
        late = silenced(adjusted, judged, rulings)
        found = [*with_one_date(found, late), *late]
    found += _about_allowances(found, judged, rulings, has_run, context)
    kept = (f for f in found if only is None or f.location.path in only)
    return Judgement(in_order([*rulings.mistakes(), *kept]), assessments)


def _by_rules(
    files: list[File], judged: list[File], rulings: Rulings, context: Context
) -> tuple[list[Finding], HasRun]:
    """What the rules find, and whether a rule has come to an end with a file."""
    found: list[Finding] = []
    done: set[str] = set()
    for rule in rulings.rules:
        if rulings.is_off(rule.id):
            continue
        mine = _apply(rule, files if rule.judges_expired else judged, context)
        if not any(finding.rule == CRASHED for finding in mine):
            done.add(rule.id)
        found += mine

    def has_run(name: str, file: File) -> bool:
        if name == LASTING:
            return file.source.path in context.proposed and not rulings.is_off(LASTING)
        return name in done

    return found, has_run


def _assessed(
    judged: Iterable[File], found: Iterable[Finding], context: Context
) -> tuple[Assessment, ...]:
    mine = sorted(
        (file for file in judged if file.source.path in context.proposed),
        key=lambda file: file.source.path,
    )
    return tuple(assess(file, found, context) for file in mine)


def _about_allowances(
    found: list[Finding],
    judged: list[File],
    rulings: Rulings,
    has_run: HasRun,
    context: Context,
) -> Iterator[Finding]:
    """With time, an entry can come to silence nothing; that never blocks what stands already."""
    for finding in map(rulings.adjusted, complaints(found, judged, rulings, has_run)):
        if finding.rule != UNUSED:
            yield finding
        elif not rulings.is_off(UNUSED):
            is_new = finding.location.path in context.proposed
            gravest = Severity.ERROR if is_new else Severity.WARNING
            severity = max(finding.severity, gravest, key=lambda one: one.rank)
            yield replace(finding, severity=severity)


def _apply(rule: Rule, files: Iterable[File], context: Context) -> list[Finding]:
    """A rule that raises is a bug in gitiam; it blocks, and is not tried on the remaining files."""
    found: list[Finding] = []
    for file in files:
        try:
            offences = rule.check(file, context)
            found.extend(islice(offences, MOST))
            if next(offences, None) is not None:
                found.append(_too_many(rule, file))
        except Exception as error:
            found.append(_crash(rule, file, error))
            break
    return found


def _too_many(rule: Rule, file: File) -> Finding:
    message = (
        f"the rule `{rule.id}` finds more than {MOST} offences in this file; those after them were"
        " not looked at: mend these first, or divide the file"
    )
    return Finding(TOO_MANY, Severity.ERROR, Location(file.source.path), message)


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
