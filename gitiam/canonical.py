"""Values of IAM resources as Terraform has them, with one form for all that mean the same.

Two plans of the same thing differ in what AWS or the provider makes up: ids, dates, counts, the
order of a set, the white space of a policy, an empty text in the place of nothing. All that goes.
What decides access stays, and what cannot be understood stays as it is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from gitiam.policy.statement import VERSION, Document, PolicyError, parse_document

#: Attributes that hold a policy document as text.
DOCUMENTS = frozenset({"policy", "assume_role_policy"})
#: What AWS makes up, or what only repeats something else: `tags_all` repeats `tags`.
MADE_UP = frozenset(
    {"arn", "id", "unique_id", "create_date", "attachment_count", "policy_id", "tags_all"}
)
#: A role shows what hangs on it. Those things are resources of their own; here they count only
#: when the plan itself would change them, as with an `inline_policy` block in the role.
SHADOWS = frozenset({"inline_policy", "managed_policy_arns"})
#: What a policy without `Version` is in: there, variables are plain text.
OLD_VERSION = "2008-10-17"
_SETS = frozenset({"groups", "managed_policy_arns"})
_UNREADABLE = "unreadable"

Values = Mapping[str, Any]


def strict_json(text: str) -> Any:
    """Parsed JSON; ValueError for a name that stands twice, for `NaN`, and for endless nesting."""
    try:
        return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_document(value: Any) -> tuple[str, Document]:
    """A policy's version and statements, from text or parsed JSON; PolicyError if it is none."""
    if isinstance(value, str):
        try:
            value = strict_json(value)
        except ValueError as error:
            raise PolicyError(f"the document is not JSON: {error}") from None
    statements = parse_document(value)
    return value.get("Version", OLD_VERSION), statements


def canonical(
    before: Values | None, after: Values | None, unknown: frozenset[str]
) -> tuple[Values | None, Values | None, frozenset[str]]:
    """Both sides of a change and the names of what is known only after it, in the one form.

    The form of a form is itself, so that what was recorded compares with what is planned.
    """
    dropped = MADE_UP | frozenset(_unmoved_shadows(before, after, unknown))
    return (
        _side(before, dropped),
        _side(after, dropped | unknown),
        frozenset(name for name in unknown - dropped if name != "name_prefix"),
    )


def _unmoved_shadows(
    before: Values | None, after: Values | None, unknown: frozenset[str]
) -> Iterator[str]:
    for name in SHADOWS:
        old, new = ((side or {}).get(name) for side in (before, after))
        if after is None or name in unknown or old == new:
            yield name


def _side(values: Values | None, dropped: frozenset[str]) -> Values | None:
    if values is None:
        return None
    kept = {name: _value(name, values[name]) for name in sorted(values.keys() - dropped)}
    return {name: value for name, value in kept.items() if not _is_nothing(value)}


def _value(name: str, value: Any) -> Any:
    if name in DOCUMENTS and not _is_nothing(value):
        return _document(value)
    if isinstance(value, Mapping):
        # A tag may be called `policy`, too.
        return {k: value[k] if name == "tags" else _value(k, value[k]) for k in sorted(value)}
    if isinstance(value, list):
        parts = [_value("", part) for part in value]
        return sorted(parts, key=_text) if name in _SETS | SHADOWS else parts
    return value


def _document(value: Any) -> Any:
    """Statements by meaning and in an order of their own; what cannot be read stays as it is."""
    if isinstance(value, Mapping) and value.keys() == {_UNREADABLE}:
        return dict(value)
    try:
        version, statements = read_document(value)
    except PolicyError:
        return {_UNREADABLE: value}
    found = {_text(body): body for body in (s.meaning().as_json() for s in statements)}
    body: dict[str, Any] = {} if version == VERSION else {"Version": version}
    return {"Version": VERSION} | body | {"Statement": [found[text] for text in sorted(found)]}


def _is_nothing(value: Any) -> bool:
    """`null`, empty and false are what a resource has that was never given anything else."""
    return value is None or value is False or value in ("", [], {})


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value")
