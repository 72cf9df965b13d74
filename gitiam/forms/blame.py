"""Findings about a file that was made of a form → the fields that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitiam.findings import Finding, Fix, Location
from gitiam.forms.fields import Field, Problem
from gitiam.forms.seen import shortened
from gitiam.load.document import Document, DocumentError, read_document
from gitiam.models import Step

# What these rules find has no place in the file, or stands at another key.
_BY_RULE = {
    "missing-expiry": Field.DURATION,
    "missing-reason": Field.REASON,
    "missing-ticket": Field.TICKET,
}
_BY_KEY = {
    "account": Field.ACCOUNTS,
    "principal": Field.PRINCIPAL,
    "reason": Field.REASON,
    "ticket": Field.TICKET,
    "expires": Field.DURATION,
}
_BY_GRANT = {
    "bundle": Field.BUNDLES,
    "managed_policy": Field.MANAGED_POLICY,
    "group": Field.GROUP,
    "assume": Field.ASSUME,
}


def problems_from(findings: Iterable[Finding], document: Document) -> tuple[Problem, ...]:
    """Each finding in the words of the form; those that block come first."""
    problems = (_problem(finding, document) for finding in findings if finding.allowed is None)
    return tuple(sorted(problems, key=lambda problem: problem.severity.rank))


def _problem(finding: Finding, document: Document) -> Problem:
    place = finding.location
    is_here = place.path == document.path
    field = _BY_RULE.get(finding.rule) or (_field_at(place, document) if is_here else None)
    meant = _meant(finding.fix) if is_here else ""
    return Problem(
        field,
        finding.message if is_here else f"{place}: {finding.message}",
        written=shortened(_plain(_text_at(place, document))) if is_here and field else "",
        meant=shortened(meant),
        advice="" if meant or finding.fix is None else finding.fix.title,
        rule=finding.rule,
        severity=finding.severity,
    )


def _meant(fix: Fix | None) -> str:
    """What belongs in the place of what was written; "" where a fix does something else."""
    place = fix.location if fix is not None and fix.is_exact else None
    if fix is None or place is None or not fix.replacement or "\n" in fix.replacement:
        return ""
    is_put_in = (place.line, place.column) == (place.end_line, place.end_column)
    return "" if is_put_in else _plain(fix.replacement)


def _plain(text: str) -> str:
    """A YAML scalar on one line as the text that it is; anything else as it stands."""
    if not text.startswith(("'", '"')):
        return text
    try:
        data = read_document("", text.encode()).data
    except DocumentError:
        return text
    return data if isinstance(data, str) else text


def _field_at(place: Location, document: Document) -> Field | None:
    """The field of the narrowest value that holds the place; None where it is the whole file."""
    found = None
    for steps, field in _values(document):
        if _holds(document.place(*steps), place) or document.place_of_key(*steps) == place:
            found = field
    return found


def _values(document: Document) -> Iterator[tuple[tuple[Step, ...], Field]]:
    """Where each field's value stands, the narrower ones later."""
    for key, field in _BY_KEY.items():
        if key in document.data:
            yield (key,), field
    for index, grant in enumerate(document.data["grants"]):
        field = next(field for key, field in _BY_GRANT.items() if key in grant)
        yield ("grants", index), field
        if "resources" in grant:
            yield ("grants", index, "resources"), Field.RESOURCES
        if "parameters" in grant:
            yield ("grants", index, "parameters"), Field.PARAMETERS


def _holds(outer: Location, inner: Location) -> bool:
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    return (outer.line, outer.column) <= start and max(start, end) <= (
        outer.end_line,
        outer.end_column,
    )


def _text_at(place: Location, document: Document) -> str:
    """What stands there, if it is a part of one line."""
    if place.line != place.end_line:
        return ""
    return document.text.split("\n")[place.line - 1][place.column - 1 : place.end_column - 1]
