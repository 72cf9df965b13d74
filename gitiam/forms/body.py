"""The text of an issue → what was answered in each field of the form.

GitHub makes `### Label`, an empty line and the answer of every field, in the order of the form, and
escapes nothing. So an answer can look like the heading of another field. Nobody can tell them apart
then, and nobody tries: a heading that stands twice, or not in its place, is refused.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gitiam.forms.fields import BY_LABEL, Field, Problem

#: GitHub takes no longer text for an issue.
LONGEST_BODY = 65_536

# What GitHub writes where nothing was: the second is that of dropdowns, in older issues.
_NOTHING = frozenset({"", "_No response_", "None"})
_HEADING = re.compile(r"### (?P<label>.*\S)[ \t]*")
_FENCE = re.compile(r"`{3,}[A-Za-z]*")
_NOT_A_FORM = "this is not what the form writes; open a new issue with the form"


@dataclass(slots=True)
class _Section:
    field: Field
    lines: list[str] = dataclasses.field(default_factory=list)


def answers_in(body: str) -> tuple[Mapping[Field, str], tuple[Problem, ...]]:
    """The answer in each field that stands in the text, "" for none; and what is wrong with it.

    With a problem the answers are not to be used.
    """
    if len(body) > LONGEST_BODY:
        message = f"this is longer than {LONGEST_BODY:,} characters, the most that an issue has"
        return {}, (Problem(None, message),)
    above, sections = _divided(body)
    if not sections or above:
        return {}, (Problem(None, _NOT_A_FORM),)
    problems = tuple(_misplaced(sections))
    return {s.field: _answer("\n".join(s.lines)) for s in sections}, problems


def _divided(body: str) -> tuple[str, list[_Section]]:
    """What stands above the first heading, and the fields as they follow."""
    above: list[str] = []
    sections: list[_Section] = []
    for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _HEADING.fullmatch(line)
        here = BY_LABEL.get(found["label"]) if found else None
        if here is not None:
            sections.append(_Section(here))
        else:
            (sections[-1].lines if sections else above).append(line)
    return "\n".join(above).strip(), sections


def _misplaced(sections: Iterable[_Section]) -> Iterator[Problem]:
    """Headings that an answer may have brought along."""
    order = list(Field)
    seen: set[Field] = set()
    last = -1
    for section in sections:
        at = order.index(section.field)
        heading = f"### {section.field.label}"
        if section.field in seen:
            message = (
                "the heading of this field stands in the issue twice, perhaps within another"
                " answer; take out the line that is not the form's"
            )
            yield Problem(section.field, message, heading)
        elif at < last:
            message = (
                "this field does not stand in its place; leave the form's headings as they are"
            )
            yield Problem(section.field, message, heading)
        seen.add(section.field)
        last = max(last, at)


def _answer(text: str) -> str:
    """The answer without the fence that GitHub puts around it."""
    text = text.strip("\n\t ")
    first, *inside = text.split("\n")
    if inside and _FENCE.fullmatch(first) and _FENCE.fullmatch(inside[-1]):
        text = "\n".join(inside[:-1]).strip("\n\t ")
    return "" if text in _NOTHING else text
