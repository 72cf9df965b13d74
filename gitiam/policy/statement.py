"""Policy documents as values: parse strictly, write canonically, compare by meaning.

The grammar is that of "Grammar of the IAM JSON policy language" in the IAM User Guide. An element
that is not in it raises: dropping what one does not know (a lost `Condition`) would widen access.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from gitiam.models import Condition, Conditions

VERSION = "2012-10-17"
_VERSIONS = (VERSION, "2008-10-17")

Principals = tuple[tuple[str, tuple[str, ...]], ...]

_DOCUMENT_KEYS = frozenset(["Version", "Id", "Statement"])
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_STATEMENT_KEYS = frozenset(
    ["Sid", "Effect", "Condition", *(key for pair in _PAIRS for key in pair)]
)


class PolicyError(ValueError):
    """The document is no policy that gitiam understands; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Of each pair (actions, not_actions …) one alone is filled.

    `principals` is for trust and resource policies: pairs of type (`AWS`, `Service`, …) and names;
    `("*", ("*",))` stands for the bare string `"*"`, which is not the same as `{"AWS": "*"}`.
    """

    effect: str
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    conditions: Conditions = ()
    not_actions: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: Principals = ()
    not_principals: Principals = ()
    sid: str = ""

    def as_json(self) -> dict[str, Any]:
        """AWS's form, in AWS's usual order of keys; one value stands without a list."""
        body: dict[str, Any] = {"Sid": self.sid} if self.sid else {}
        body["Effect"] = self.effect
        for key, principals in (
            ("Principal", self.principals),
            ("NotPrincipal", self.not_principals),
        ):
            if principals:
                body[key] = _principals_as_json(principals)
        for key, values in (
            ("Action", self.actions),
            ("NotAction", self.not_actions),
            ("Resource", self.resources),
            ("NotResource", self.not_resources),
        ):
            if values:
                body[key] = _single(values)
        if self.conditions:
            body["Condition"] = _conditions_as_json(self.conditions)
        return body

    def but(
        self,
        *,
        actions: tuple[str, ...] | None = None,
        resources: tuple[str, ...] | None = None,
        conditions: Conditions | None = None,
        sid: str | None = None,
    ) -> Statement:
        """The same with these parts instead.

        Every grant is copied several times, and dataclasses.replace takes four times as long.
        """
        return Statement(
            self.effect,
            self.actions if actions is None else actions,
            self.resources if resources is None else resources,
            self.conditions if conditions is None else conditions,
            self.not_actions,
            self.not_resources,
            self.principals,
            self.not_principals,
            self.sid if sid is None else sid,
        )

    def meaning(self) -> Statement:
        """The one statement for all that mean the same: no Sid, no order, no case of actions.

        The case of resources, condition values and principals does matter, and is kept.
        """
        return Statement(
            effect=self.effect,
            actions=_sorted(tuple(a.lower() for a in self.actions)),
            not_actions=_sorted(tuple(a.lower() for a in self.not_actions)),
            resources=_sorted(self.resources),
            not_resources=_sorted(self.not_resources),
            principals=_sorted_principals(self.principals),
            not_principals=_sorted_principals(self.not_principals),
            conditions=meaning_of_conditions(self.conditions),
        )


Document = tuple[Statement, ...]

_PARTS = tuple(part.name for part in fields(Statement))
_all_but_actions = attrgetter(*(part for part in _PARTS if part != "actions"))
_all_but_resources = attrgetter(*(part for part in _PARTS if part != "resources"))


def parse_document(document: Any) -> Document:
    """A policy document (parsed JSON) as statements, in its order; PolicyError if it is none."""
    body = _mapping(document, "the document")
    _known_keys(body, _DOCUMENT_KEYS, "the document")
    if body.get("Version", VERSION) not in _VERSIONS:
        raise PolicyError(f"Version is {body['Version']!r}; only {' and '.join(_VERSIONS)} exist")
    statements = body.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise PolicyError("Statement must be a statement or a list of at least one")
    return tuple(parse_statement(s, f"Statement[{i}]") for i, s in enumerate(statements))


def parse_statement(statement: Any, where: str = "the statement") -> Statement:
    """One statement of a document; PolicyError names `where` when it is not one."""
    body = _mapping(statement, where)
    _known_keys(body, _STATEMENT_KEYS, where)
    if body.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"{where}: Effect must be Allow or Deny")
    for key, opposite in _PAIRS:
        if key in body and opposite in body:
            raise PolicyError(f"{where}: {key} and {opposite} cannot stand together")
    if "Action" not in body and "NotAction" not in body:
        raise PolicyError(f"{where}: Action is missing")
    sid = body.get("Sid", "")
    if not isinstance(sid, str):
        raise PolicyError(f"{where}: Sid must be text")
    return Statement(
        effect=body["Effect"],
        actions=_strings(body, "Action", where),
        not_actions=_strings(body, "NotAction", where),
        resources=_strings(body, "Resource", where),
        not_resources=_strings(body, "NotResource", where),
        principals=_parse_principals(body, "Principal", where),
        not_principals=_parse_principals(body, "NotPrincipal", where),
        conditions=_parse_conditions(body.get("Condition", {}), where),
        sid=sid,
    )


def document_as_json(statements: Iterable[Statement]) -> dict[str, Any]:
    """The document in AWS's form."""
    return {"Version": VERSION, "Statement": [statement.as_json() for statement in statements]}


def document_text(statements: Iterable[Statement]) -> str:
    """The document as files hold it: one statement a line, so that a diff names the change."""
    lines = ",\n".join(map(statement_text, statements))
    return f'{{"Version":"{VERSION}","Statement":[\n{lines}\n]}}\n'


def document_size(statements: Sequence[Statement]) -> int:
    """The characters that AWS counts: the compact document, white space in strings included.

    AWS leaves white space out of its count altogether; counting that inside strings keeps us below.
    """
    return EMPTY_SIZE + sum(statement_size(s) + 1 for s in statements) - bool(statements)


EMPTY_SIZE = len(f'{{"Version":"{VERSION}","Statement":[]}}')


def statement_text(statement: Statement) -> str:
    """One statement as documents hold it, without the comma that follows it."""
    return _compact(statement.as_json())


def statement_size(statement: Statement) -> int:
    """The characters of one statement."""
    return len(statement_text(statement))


def meaning(statements: Iterable[Statement]) -> frozenset[Statement]:
    """What a document means, for comparison: a set, as AWS gives order no meaning."""
    return frozenset(statement.meaning() for statement in statements)


def meaning_of_conditions(conditions: Conditions) -> Conditions:
    """The one tuple for all that mean the same: no order, no case of operators and keys."""
    plain = (Condition(c.operator.lower(), c.key.lower(), _sorted(c.values)) for c in conditions)
    return tuple(sorted(plain, key=_condition_order))


def merged(statements: Iterable[Statement]) -> Document:
    """The same access in fewer statements, for statements of one origin; their Sids are dropped.

    Statements that differ in their actions alone become one, so do those that differ in their
    resources alone, until no two are left. Sorted throughout, so that the order in which grants and
    their values were written does not matter.
    """
    found = [_tidied(statement) for statement in statements]
    while True:
        fewer = _merged_by_resources(_merged_by_actions(found))
        if len(fewer) == len(found):
            return tuple(sorted(fewer, key=_order))
        found = fewer


def _tidied(s: Statement) -> Statement:
    """Every list sorted, and each value in it once."""
    return Statement(
        s.effect,
        _sorted(s.actions),
        _sorted(s.resources),
        tuple(sorted((_sorted_condition(c) for c in s.conditions), key=_condition_order)),
        _sorted(s.not_actions),
        _sorted(s.not_resources),
        _sorted_principals(s.principals),
        _sorted_principals(s.not_principals),
    )


def _merged_by_actions(statements: Iterable[Statement]) -> list[Statement]:
    """Statements that are alike but for their actions joined."""
    groups = _alike(statements, _all_but_actions)
    return [g[0].but(actions=_union(s.actions for s in g)) if g[1:] else g[0] for g in groups]


def _merged_by_resources(statements: Iterable[Statement]) -> list[Statement]:
    """Statements that are alike but for their resources joined."""
    groups = _alike(statements, _all_but_resources)
    return [g[0].but(resources=_union(s.resources for s in g)) if g[1:] else g[0] for g in groups]


def _alike(
    statements: Iterable[Statement], rest: Callable[[Statement], tuple[Any, ...]]
) -> Iterable[list[Statement]]:
    groups: dict[tuple[Any, ...], list[Statement]] = {}
    for statement in statements:
        groups.setdefault(rest(statement), []).append(statement)
    return groups.values()


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({value for values in lists for value in values}))


def _order(statement: Statement) -> tuple[Any, ...]:
    return (
        statement.effect,
        statement.actions,
        statement.not_actions,
        statement.resources,
        statement.not_resources,
        tuple(map(_condition_order, statement.conditions)),
        statement.principals,
        statement.not_principals,
    )


_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def _single(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _conditions_as_json(conditions: Conditions) -> dict[str, dict[str, str | list[str]]]:
    """Operators that differ in case alone stand under one spelling: AWS might take the last one."""
    body: dict[str, dict[str, str | list[str]]] = {}
    spelled: dict[str, str] = {}
    for condition in conditions:
        operator = spelled.setdefault(condition.operator.lower(), condition.operator)
        keys = body.setdefault(operator, {})
        if condition.key in keys:
            keys = body.setdefault(condition.operator, {})
        keys[condition.key] = _single(condition.values)
    return body


def _principals_as_json(principals: Principals) -> str | dict[str, str | list[str]]:
    if principals == (("*", ("*",)),):
        return "*"
    return {kind: _single(names) for kind, names in principals}


def _sorted(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values))) if len(values) > 1 else values


def _sorted_condition(condition: Condition) -> Condition:
    return Condition(condition.operator, condition.key, _sorted(condition.values))


def _condition_order(condition: Condition) -> tuple[str, str, tuple[str, ...]]:
    return (condition.operator, condition.key, condition.values)


def _sorted_principals(principals: Principals) -> Principals:
    return tuple(sorted((kind, _sorted(names)) for kind, names in principals))


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PolicyError(f"{where} must be an object")
    return value


def _known_keys(body: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise PolicyError(f"{where}: unknown element {unknown[0]!r}")


def _strings(body: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    if key not in body:
        return ()
    values = [body[key]] if isinstance(body[key], str) else body[key]
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise PolicyError(f"{where}: {key} must be text or a list of texts")
    return tuple(values)


def _parse_principals(body: Mapping[str, Any], key: str, where: str) -> Principals:
    if key not in body:
        return ()
    if body[key] == "*":
        return (("*", ("*",)),)
    kinds = _mapping(body[key], f"{where}: {key}")
    if not kinds:
        raise PolicyError(f"{where}: {key} is empty")
    return tuple(sorted((kind, _strings(kinds, kind, f"{where}: {key}")) for kind in kinds))


def _parse_conditions(block: Any, where: str) -> Conditions:
    conditions = []
    for operator, keys in sorted(_mapping(block, f"{where}: Condition").items()):
        for key, values in sorted(_mapping(keys, f"{where}: Condition.{operator}").items()):
            listed = values if isinstance(values, list) else [values]
            conditions.append(
                Condition(operator, key, tuple(_condition_value(v, where) for v in listed))
            )
    return tuple(conditions)


def _condition_value(value: Any, where: str) -> str:
    """AWS takes JSON's true and 3 in the place of "true" and "3", and so means the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return value
    raise PolicyError(f"{where}: a condition's value must be text, a number, true or false")
