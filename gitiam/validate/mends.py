"""Mends inside conditions and lists, where putting in a text could do more than it says.

A key of a mapping cannot be renamed to one that stands there already, an operator that several
keys share cannot be changed for the sake of one, and what an alias (`*x`) stands for is not here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from gitiam.findings import Fix
from gitiam.models import Condition, Conditions
from gitiam.validate.context import File
from gitiam.validate.rule import replaced, shown
from gitiam.validate.walk import Steps


def renamed_operator(
    file: File, steps: Steps, conditions: Conditions, old: str, new: str, *, safe: bool = False
) -> Fix:
    """`new` in the place of the operator `old` of the block at `steps`, for all of its keys."""
    others = {c.operator for c in conditions} - {old}
    return _renamed(file, (*steps, old), others, new, safe)


def other_operator(
    file: File,
    steps: Steps,
    conditions: Conditions,
    condition: Condition,
    new: str,
    *,
    safe: bool = False,
) -> Fix:
    """`new` for one key: exact only where the operator has no other key."""
    if sum(c.operator == condition.operator for c in conditions) > 1:
        return Fix(f"put `{condition.key}` under `{new}`")
    return renamed_operator(file, steps, conditions, condition.operator, new, safe=safe)


def renamed_key(
    file: File,
    steps: Steps,
    conditions: Conditions,
    condition: Condition,
    new: str,
    *,
    safe: bool = False,
) -> Fix:
    """`new` in the place of a condition's key."""
    others = {
        c.key
        for c in conditions
        if c.operator == condition.operator and c is not condition and c.key != condition.key
    }
    return _renamed(file, (*steps, condition.operator, condition.key), others, new, safe)


def _renamed(file: File, steps: Steps, others: Iterable[str], new: str, safe: bool) -> Fix:
    if new.lower() in {other.lower() for other in others}:
        return Fix(f"put its values together with those of `{new}`")
    place = file.source.place_of_key(*steps)
    title = f"write `{new}`"
    if place == file.source.place(*steps[:-1]):
        return Fix(title)
    old = str(steps[-1])
    is_plain = place.line == place.end_line and place.end_column - place.column == len(old)
    # A quoted key may stand without a space before its value, which a plain one may not.
    return Fix(title, place, new if is_plain else json.dumps(new), safe)


def replaced_value(file: File, steps: Steps, siblings: int, new: str, *, safe: bool = False) -> Fix:
    """`new` in the place of one of `siblings` values in a list, or of a lone one."""
    place = file.source.place(*steps)
    if siblings > 1 and place == file.source.place(*steps[:-1]):
        return Fix(f"write `{new}`")
    fix = replaced(place, new)
    return Fix(fix.title, fix.location, fix.replacement, safe)


def removed_entry(file: File, steps: Steps, entry: str) -> Fix:
    """One entry of a list taken out, where nothing else goes with it; the list says the same."""
    span = file.source.place_of_entry(*steps)
    title = f"remove this entry, {shown(entry)}"
    return Fix(title, span, "", safe=True) if span else Fix(title)
