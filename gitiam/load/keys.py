"""A key that a file may not have where it stands → what to say of it, and what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from gitiam.models import Step

_FORM = "-grant"


@dataclass(frozen=True)
class Place:
    """Where a key stands: pydantic's location of it, union tags included, in a file of a schema.

    `beside` are the keys that stand with it, `tags` the union tags of the schema, and `kinds` the
    schemas of the other kinds of files that there are in its stead.
    """

    model: type[BaseModel]
    loc: Sequence[Step]
    beside: frozenset[str]
    tags: frozenset[str]
    kinds: Mapping[str, type[BaseModel]]
    kind: str

    def said(self) -> tuple[str, str | None]:
        """The message, and the key that was most likely meant.

        What is right elsewhere was not mistyped: then nothing is offered in its place.
        """
        key, schema = str(self.loc[-1]), self.model.model_json_schema()
        body, form = self._walk(schema)
        others = _others(schema, form)
        if form and (owners := [f for f, keys in others.items() if key in keys]):
            return f"`{key}` does not go with `{self._form_name(form)}`; {_of(key, owners)}", None
        if len(self.loc) == 1 and (kinds := self._kinds_with(key)):
            named = _either(f"`kind: {kind}`" for kind in kinds)
            return f"`{key}` does not go with `kind: {self.kind}`; it belongs to {named}", None
        if key in _everywhere(schema):
            return f"`{key}` does not belong here", None
        near = get_close_matches(key, sorted(_keys(body)), n=1, cutoff=0.6)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        return f"unknown key `{key}`{hint}", near[0] if near else None

    def _walk(self, schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
        """The part of the schema that holds the key, and which form of a grant that is."""
        node: Mapping[str, Any] = schema
        form = None
        for step in self.loc[:-1]:
            if step in self.tags:
                form = str(step).removesuffix(_FORM)
                node = next(b for b in _branches(schema, node) if form in _keys(b))
            else:
                node, form = _below(schema, node, step), None
        return node, form

    def _form_name(self, form: str) -> str:
        """The key by which the grant is of this form: `not_actions` stands for `actions`."""
        return form if form in self.beside else f"not_{form}"

    def _kinds_with(self, key: str) -> list[str]:
        return [k for k, model in self.kinds.items() if key in _keys(model.model_json_schema())]


def _others(schema: Mapping[str, Any], form: str | None) -> Mapping[str, frozenset[str]]:
    """Every other form of a grant by the key that names it, with all keys that it takes."""
    if form is None:
        return {}
    grants = _below(schema, _below(schema, schema, "grants"), 0)
    # The first required key names the form; a grant of actions requires none, as it has either of
    # two.
    named = {b.get("required", ["actions"])[0]: _keys(b) for b in _branches(schema, grants)}
    return {name: keys for name, keys in named.items() if name != form}


def _of(key: str, owners: Sequence[str]) -> str:
    if key in owners or key.removeprefix("not_") in owners:
        return "make it a grant of its own"
    return f"it belongs to a grant with {_either(f'`{owner}`' for owner in owners)}"


def _either(names: Iterator[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} or {last}" if rest else last


def _below(schema: Mapping[str, Any], node: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
    """What the schema says of one key or index; empty where it says nothing."""
    if isinstance(step, int):
        return _resolved(schema, node.get("items", {}))
    for branch in _branches(schema, node):
        named = branch.get("properties", {}).get(step)
        free = next(iter(branch.get("patternProperties", {}).values()), None)
        found = named or free or branch.get("additionalProperties")
        if isinstance(found, Mapping):
            return _resolved(schema, found)
    return {}


def _branches(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    either = node.get("oneOf") or node.get("anyOf")
    for branch in either or [node]:
        yield _resolved(schema, branch)


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = schema["$defs"][name] if name else node
    return found


def _keys(node: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(node.get("properties", {}))


def _everywhere(schema: Mapping[str, Any]) -> frozenset[str]:
    bodies = [schema, *schema.get("$defs", {}).values()]
    return frozenset(key for body in bodies for key in _keys(body))
