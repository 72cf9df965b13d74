"""`allow:` in the files: which findings it silences, and what is wrong with its entries.

A finding that is allowed stays: it blocks nothing, but whoever reviews sees it with the reason, and
it counts for the risk of the file. An entry silences what is found in its own file alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.load.document import Document
from gitiam.load.removal import entry_to_cut
from gitiam.models import Allowance
from gitiam.nearest import nearest_words
from gitiam.validate.context import File
from gitiam.validate.registry import FORBIDDEN, UNUSED
from gitiam.validate.rule import instead, shown
from gitiam.validate.severity import Rulings

#: Whether a rule, by its name, has looked at a file and come to an end.
HasRun = Callable[[str, File], bool]


def silenced(findings: Iterable[Finding], files: Iterable[File], rulings: Rulings) -> list[Finding]:
    """All findings; those that are allowed are notes, with the reason and without a mend."""
    reasons = {
        (file.source.path, entry.rule): entry.reason
        for file in files
        for entry in reversed(file.allow)  # of two for one rule the first holds
        if rulings.is_allowable(entry.rule)
    }
    if not reasons:
        return list(findings)
    return [_silenced(f, reasons.get((f.location.path, f.rule))) for f in findings]


def _silenced(finding: Finding, reason: str | None) -> Finding:
    if reason is None:
        return finding
    return replace(finding, severity=Severity.NOTE, fix=None, allowed=reason)


def complaints(
    findings: Iterable[Finding], files: Iterable[File], rulings: Rulings, has_run: HasRun
) -> Iterator[Finding]:
    """Entries that may not be, and those that silence nothing.

    `findings` are what `silenced` gave. Nothing is said of a rule that has not looked at the file.
    """
    used = {(f.location.path, f.rule) for f in findings if f.allowed is not None}
    for file in files:
        idle = []
        for index, entry in enumerate(file.allow):
            if not rulings.is_allowable(entry.rule):
                yield _forbidden(file.source.place("allow", index, "rule"), entry, rulings)
            elif entry.rule in {earlier.rule for earlier in file.allow[:index]}:
                idle.append((index, f"`{entry.rule}` is allowed above already"))
            elif (file.source.path, entry.rule) not in used and has_run(entry.rule, file):
                idle.append((index, f"`{entry.rule}` finds nothing here that wants allowing"))
        yield from _unused(file, idle)


def _forbidden(place: Location, entry: Allowance, rulings: Rulings) -> Finding:
    fix = None
    if entry.rule not in rulings.ids:
        near = nearest_words(entry.rule, sorted(filter(rulings.is_allowable, rulings.ids)))
        hint, fix = instead(place, near)
        message = f"there is no rule {shown(entry.rule)}{hint}"
    elif rulings.is_fixed(entry.rule):
        message = f"no file may allow `{entry.rule}`: gitiam needs the rule as it is"
    else:
        message = (
            f"no file may allow `{entry.rule}` in this estate;"
            f" `rules.{entry.rule}.allowable` in gitiam.yaml would let it"
        )
    return Finding(FORBIDDEN, Severity.ERROR, place, message, fix)


def _unused(file: File, idle: list[tuple[int, str]]) -> Iterator[Finding]:
    every = len(idle) == len(file.allow)
    for index, message in idle:
        # To cut each of all entries out would leave a key with nothing below it.
        cut = _cut(file, index) if not every or len(idle) == 1 else None
        fix = Fix("take the entry out", cut, None if cut is None else "", safe=cut is not None)
        place = file.source.place("allow", index)
        yield Finding(UNUSED, Severity.WARNING, place, message, fix)


def _cut(file: File, index: int) -> Location | None:
    source = file.source
    return entry_to_cut(source, "allow", index) if isinstance(source, Document) else None
