"""pydantic's errors → findings in words, at the place in the file that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.load.dates import meant_date
from gitiam.load.document import Document
from gitiam.load.fields import meant_principal
from gitiam.load.keys import Place
from gitiam.models import Step
from gitiam.nearest import nearest_text
from gitiam.spelling import same_letters

RULE = "schema"

_WANTED = {
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "bool_parsing": "true or false",
}

_QUOTED = re.compile(r"'([^']+)'")


def findings_from(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    skip: frozenset[str] = frozenset(),
    kinds: Mapping[str, type[BaseModel]] = MappingProxyType({}),
    now: datetime | None = None,
) -> Iterator[Finding]:
    """One finding for each of pydantic's errors.

    `skip` are union tags, which no file holds; `kinds` the schemas of all kinds of files among
    which the file's key `kind` chooses; from `now` on fixes count the days that somebody wrote.
    """
    misspelt: set[tuple[Step, ...]] = set()
    missing: list[tuple[tuple[Step, ...], Finding]] = []
    for detail in error.errors(include_url=False):
        steps = _steps_in_file(detail["loc"], document.data, skip)
        if detail["type"] == "extra_forbidden":
            place = Place(
                model=model,
                loc=detail["loc"],
                beside=_beside(steps, document.data),
                tags=skip,
                kinds={name: other for name, other in kinds.items() if other is not model},
                kind=next((name for name, own in kinds.items() if own is model), ""),
            )
            finding = _unknown_key(steps, document, place)
            if finding.fix is not None and finding.fix.replacement is not None:
                misspelt.add((*steps[:-1], finding.fix.replacement))
            yield finding
        elif detail["type"] == "missing":
            missing.append((steps, _finding(detail, steps, document, now)))
        else:
            yield _finding(detail, steps, document, now)
    # A key that is there under a misspelt name is one mistake, not two.
    yield from (finding for steps, finding in missing if steps not in misspelt)


def _steps_in_file(loc: Sequence[Step], data: Any, skip: frozenset[str]) -> tuple[Step, ...]:
    """Pydantic's location without what it added: union tags, and index 0 of a lone value."""
    steps: list[Step] = []
    for step in loc:
        if _holds(data, step):
            data = data[step]
        elif (
            step in skip
            or step == "[key]"
            or (isinstance(step, int) and not isinstance(data, list))
        ):
            continue
        else:
            data = None
        steps.append(step)
    return tuple(steps)


def _holds(data: Any, step: Step) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _finding(
    detail: Any, steps: tuple[Step, ...], document: Document, now: datetime | None
) -> Finding:
    name = _name(steps)
    kind = detail["type"]
    given = detail.get("ctx", {})
    if kind == "missing":
        message = f"{name} is missing"
    elif kind in ("union_tag_not_found", "union_tag_invalid"):
        forms = "bundle, access, actions, managed_policy, group, assume"
        message = f"{name} is no grant: it needs one of {forms}"
    elif kind in _WANTED:
        message = f"{name} must be {_WANTED[kind]}, not {_what(detail['input'])}"
    elif kind in ("literal_error", "enum"):
        near = _meant_word(detail)
        hint = f"; did you mean `{near}`?" if near else ""
        message = f"{name} must be {given['expected']}, not {_what(detail['input'])}{hint}"
    elif kind == "too_short":
        message = f"{name} is empty; it needs at least one entry"
    elif kind == "string_pattern_mismatch":
        message = f"{name} has a form that cannot be right: {_what(detail['input'])}"
    elif kind == "value_error":
        message = f"{name}: {given['error']}" if steps else str(given["error"])
    else:
        message = f"{name}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    place = document.place(*steps)
    return Finding(RULE, Severity.ERROR, place, message, _fix(detail, steps, place, now))


def _fix(detail: Any, steps: tuple[Step, ...], place: Location, now: datetime | None) -> Fix | None:
    """The right spelling of what can mean one thing only."""
    given = detail["input"]
    if not isinstance(given, str):
        return None
    if steps == ("expires",) and now is not None and (day := meant_date(given, now)):
        return Fix(f"write `{day}`", place, f"{day}", safe=True)
    if meant := _meant_word(detail):
        return Fix(f"write `{meant}`", place, meant, safe=same_letters(meant, given))
    if steps and steps[0] == "principal" and (meant := meant_principal(given)):
        return Fix(f"write `{meant}`", place, meant, safe=False)
    return None


def _meant_word(detail: Any) -> str | None:
    """The one of the words that a value may be which was probably meant."""
    given = detail["input"]
    if detail["type"] not in ("literal_error", "enum") or not isinstance(given, str):
        return None
    known = _QUOTED.findall(str(detail["ctx"]["expected"]))
    same = next((word for word in known if same_letters(word, given)), None)
    return same or nearest_text(given, known, 0.6)


def _unknown_key(steps: tuple[Step, ...], document: Document, key: Place) -> Finding:
    place = document.place_of_key(*steps)
    message, meant = key.said()
    safe = meant is not None and same_letters(meant, str(steps[-1]))
    fix = Fix(f"write `{meant}`", place, meant, safe) if meant else None
    return Finding(RULE, Severity.ERROR, place, message, fix)


def _beside(steps: tuple[Step, ...], data: Any) -> frozenset[str]:
    """All keys of the mapping in which the last of the steps is one."""
    for step in steps[:-1]:
        data = data[step]
    return frozenset(map(str, data))


def _name(steps: tuple[Step, ...]) -> str:
    """``entry 2 of `resources` in grant 1``, counted as people do; the file without steps."""
    parts: list[str] = []
    keys: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(_entry(".".join(keys), step + 1))
            keys = []
        else:
            keys.append(step)
    if keys:
        parts.append(f"`{'.'.join(keys)}`")
    return " in ".join(reversed(parts)) or "the file"


def _entry(list_: str, number: int) -> str:
    if list_ == "grants":
        return f"grant {number}"
    return f"entry {number} of `{list_}`" if list_ else f"entry {number}"


def _what(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        shown = value if len(value) <= 60 else value[:57] + "…"
        return f"`{shown}`"
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "something else"
