"""What `gitiam explain BUNDLE` says: what a bundle is for, what it takes and exactly what it gives.

Pure functions of the bundle and the catalogue. The JSON form is stable; the text is for people, in
100 columns where no ARN is longer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any

from gitiam.bundles import example_arn
from gitiam.catalog import Catalog
from gitiam.models import Bundle, BundleParameter, BundleResource, BundleStatement, Conditions

WIDTH = 100

_PLAIN_YAML = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/._*?+@-]*")
_SUCH_AS = re.compile(r"such as ([^\s,;]+)")
_UNKNOWN = "unknown"


def bundle_as_json(bundle: Bundle, catalog: Catalog) -> dict[str, Any]:
    """The bundle as plain data.

    `name`, `description`; `resources`: name, arn, description, optional, example; `parameters`:
    name, description, pattern, default (null: must be given); `statements`: actions (each with its
    access_level, wildcards expanded), resources, conditions in AWS's shape, console, why; and
    `example`, a grant in YAML.
    """
    return {
        "name": bundle.name,
        "description": bundle.description,
        "resources": [
            {
                "name": kind.name,
                "arn": kind.arn,
                "description": kind.description,
                "optional": kind.optional,
                "example": example_arn(kind),
            }
            for kind in bundle.resources
        ],
        "parameters": [
            {
                "name": parameter.name,
                "description": parameter.description,
                "pattern": parameter.pattern,
                "default": parameter.default,
            }
            for parameter in bundle.parameters
        ],
        "statements": [_statement_as_json(s, catalog) for s in bundle.statements],
        "example": example_grant(bundle),
    }


def bundle_as_text(bundle: Bundle, catalog: Catalog) -> str:
    """The bundle for people: plain text that ends with a line feed."""
    return "\n".join([*_head(bundle), *_gives(bundle, catalog), *_example(bundle)]) + "\n"


def example_grant(bundle: Bundle) -> str:
    """A grant of the bundle in YAML, to paste under `grants:`; it gives what must be given."""
    lines = [f"- bundle: {bundle.name}"]
    arns = [example_arn(kind) for kind in bundle.resources if not kind.optional]
    if arns:
        lines += ["  resources:", *(f"    - {_yaml(arn)}" for arn in arns)]
    required = [p for p in bundle.parameters if p.default is None]
    if required:
        lines += ["  parameters:", *(f"    {p.name}: {_yaml(_sample(p))}" for p in required)]
    return "\n".join(lines) + "\n"


# -- data ---------------------------------------------------------------------------------------


def _statement_as_json(statement: BundleStatement, catalog: Catalog) -> dict[str, Any]:
    conditions: dict[str, dict[str, list[str]]] = {}
    for condition in statement.conditions:
        conditions.setdefault(condition.operator, {})[condition.key] = list(condition.values)
    return {
        "actions": [
            {"action": name, "access_level": level}
            for name, level in _actions(statement.actions, catalog)
        ],
        "resources": list(statement.resources),
        "conditions": conditions,
        "console": statement.console,
        "why": statement.why,
    }


def _actions(patterns: Iterable[str], catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each action with its access level, in the order of the file; patterns are expanded."""
    for pattern in patterns:
        for name in catalog.expand(pattern) or (pattern,):
            action = catalog.action(name)
            yield (action.full_name, action.access_level) if action else (name, _UNKNOWN)


def _sample(parameter: BundleParameter) -> str:
    """A value that the parameter takes: the one that its description offers, if that fits."""
    offered = [value.rstrip(".:)") for value in _SUCH_AS.findall(parameter.description)]
    fitting = (value for value in offered if re.fullmatch(parameter.pattern, value))
    return next(fitting, f"<{parameter.name}>")


def _yaml(text: str) -> str:
    return text if _PLAIN_YAML.fullmatch(text) else json.dumps(text, ensure_ascii=False)


# -- text ---------------------------------------------------------------------------------------


def _head(bundle: Bundle) -> Iterator[str]:
    yield bundle.name
    yield from _paragraph(bundle.description, 2)
    names = [kind.name for kind in bundle.resources] + [p.name for p in bundle.parameters]
    width = max(map(len, names), default=0)
    yield from ("", "TAKES")
    if not bundle.resources:
        yield "  no resources"
    for kind in bundle.resources:
        yield from _resource(kind, width)
    for parameter in bundle.parameters:
        yield from _parameter(parameter, width)


def _resource(kind: BundleResource, width: int) -> Iterator[str]:
    optional = " (may be left out)" if kind.optional else ""
    yield from _entry(kind.name, width, kind.description + optional)
    yield f"{' ' * (width + 4)}{example_arn(kind)}"


def _parameter(parameter: BundleParameter, width: int) -> Iterator[str]:
    needed = "must be given" if parameter.default is None else "may be left out"
    yield from _entry(parameter.name, width, f"parameter, {needed}: {parameter.description}")
    yield f"{' ' * (width + 4)}matches {parameter.pattern}"


def _gives(bundle: Bundle, catalog: Catalog) -> Iterator[str]:
    actions = [action for s in bundle.statements for action in _actions(s.actions, catalog)]
    width = max(len(name) for name, _ in actions)
    for title, console in (("GIVES", False), ("AND FOR THE CONSOLE", True)):
        chosen = [s for s in bundle.statements if s.console is console]
        if chosen:
            yield from ("", title)
        for number, statement in enumerate(chosen):
            yield from [""] if number else []
            yield from _statement(statement, catalog, width)


def _statement(statement: BundleStatement, catalog: Catalog, width: int) -> Iterator[str]:
    for name, level in _actions(statement.actions, catalog):
        yield f"  {name:<{width}}  {level}"
    for resource in statement.resources:
        shown = "* (any resource)" if resource == "*" else resource
        yield f"    on   {shown}"
    yield from _conditions(statement.conditions)
    if statement.why:
        yield from _entry("why", 3, statement.why, indent=4)


def _conditions(conditions: Conditions) -> Iterator[str]:
    for condition in conditions:
        values = " or ".join(condition.values)
        yield from _entry("if", 3, f"{condition.key} {condition.operator} {values}", indent=4)


def _example(bundle: Bundle) -> Iterator[str]:
    yield from ("", "A GRANT TO PASTE")
    yield "  grants:"
    yield from (f"    {line}" for line in example_grant(bundle).splitlines())


def _entry(name: str, width: int, text: str, *, indent: int = 2) -> Iterator[str]:
    """`name  text`, the text wrapped in a column of its own."""
    first, *rest = list(_paragraph(text, indent + width + 2)) or [""]
    yield f"{' ' * indent}{name:<{width}}  {first.strip()}"
    yield from rest


def _paragraph(text: str, indent: int) -> Iterator[str]:
    room = WIDTH - indent
    for line in wrap(text, room, break_long_words=False, break_on_hyphens=False):
        yield " " * indent + line
