"""A whole policy document: what IAM would refuse in it, or take for something else.

`parse_document` knows as much of the grammar as it takes to read a document without losing
anything. Documents that come from elsewhere (live IAM, an estate to be adopted, AWS's own) and
those that gitiam renders are held to all of it here: "Grammar of the IAM JSON policy language" and
"IAM policy validation check reference" in the IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitiam.canonical import OLD_VERSION, strict_json
from gitiam.policy.check.conditions import condition_problems
from gitiam.policy.check.names import action_problem, arn_problem, trust_action_problem
from gitiam.policy.check.problem import Problem, Use, below, shown, tame
from gitiam.policy.statement import VERSION, PolicyError, document_size, parse_document

_SID = re.compile(r"[A-Za-z0-9]*")
#: What may stand in a document: tab, line ends, and U+0020 to U+00FF (IAM API Reference,
#: `PutRolePolicy`, the pattern of `PolicyDocument`).
_FOREIGN = re.compile(r"[^\t\n\r -ÿ]")
_PRINCIPALS = frozenset(["AWS", "CanonicalUser", "Federated", "Service"])


def problems(
    document: Any, use: Use = Use.IDENTITY, room: int | None = None
) -> tuple[Problem, ...]:
    """Everything that is wrong with a document, as JSON text or parsed; () where nothing is.

    `room` is the most characters that it may have, where that is known. Of a document that cannot
    be parsed only the first reason is told. No JSON makes this raise.
    """
    try:
        body = strict_json(document) if isinstance(document, str) else document
        statements = parse_document(body)
    except ValueError as error:  # PolicyError is one
        return (Problem("", "unreadable", _reason(error)),)
    except RecursionError:
        return (Problem("", "unreadable", "the document is nested too deeply"),)
    found = [*_document_problems(body), *_id_problems(body.get("Id", ""))]
    for number, statement in enumerate(_listed(body["Statement"])):
        found += _text_problems(statement, f"Statement[{number}]")
        found += _statement_problems(statement, f"Statement[{number}]", use)
    found += _repeated_sids(_listed(body["Statement"]))
    size = document_size(statements)
    if room is not None and size > room:
        found.append(Problem("", "too-large", f"it has {size:,} characters; {room:,} are the most"))
    return tuple(found)


def _reason(error: ValueError) -> str:
    said = tame(str(error))
    return said if isinstance(error, PolicyError) else f"the document is not JSON: {said}"


def _document_problems(body: Mapping[str, Any]) -> Iterator[Problem]:
    version = body.get("Version", OLD_VERSION)
    if version != VERSION:
        message = f"it is in the language of {version}, where policy variables are plain text"
        yield Problem("Version", "old-version", message)


def _id_problems(value: Any) -> Iterator[Problem]:
    """Parsing leaves the Id alone, so it may be anything, however deep."""
    if isinstance(value, str):
        yield from _text_problems(value, "Id")
    else:
        yield Problem("Id", "id", "it is no text")


def _statement_problems(body: Mapping[str, Any], where: str, use: Use) -> Iterator[Problem]:
    sid = body.get("Sid", "")
    if not _SID.fullmatch(sid):
        message = f"{shown(sid)}: letters and digits may stand in a Sid"
        yield Problem(f"{where}.Sid", "sid", message)
    yield from _elements(body, where, use)
    for key in ("Action", "NotAction"):
        for place, action in _values(body, key, where):
            wrong = action_problem(action)
            if wrong is None and use is Use.TRUST:
                wrong = trust_action_problem(action)
            if wrong:
                yield Problem(place, "action", f"{shown(action)}: {wrong}")
    for key in ("Resource", "NotResource"):
        for place, resource in _values(body, key, where):
            wrong = arn_problem(resource)
            if wrong:
                yield Problem(place, "arn", f"{shown(resource)}: {wrong}")
    yield from condition_problems(body.get("Condition", {}), f"{where}.Condition")


def _elements(body: Mapping[str, Any], where: str, use: Use) -> Iterator[Problem]:
    """What a statement must have, and what it must not, by what its document is for."""
    has_resource = "Resource" in body or "NotResource" in body
    has_principal = "Principal" in body or "NotPrincipal" in body
    if use is Use.IDENTITY:
        if not has_resource:
            yield Problem(where, "missing-resource", "it does not say on which resources")
        if has_principal:
            message = "a policy of an identity says nothing of principals"
            yield Problem(where, "unexpected-principal", message)
        return
    if has_resource:
        yield Problem(where, "unexpected-resource", "a trust policy has no resources")
    if "NotAction" in body:
        yield Problem(where, "unexpected-not-action", "a trust policy names its actions")
    if "NotPrincipal" in body:
        yield Problem(where, "not-principal", "a trust policy names its principals")
    elif not has_principal:
        yield Problem(where, "missing-principal", "it does not say who is trusted")
    principals = body.get("Principal", {})
    for kind in principals if isinstance(principals, Mapping) else ():
        if kind not in _PRINCIPALS:
            message = f"{shown(kind)} is no kind of principal"
            yield Problem(f"{where}.Principal", "principal", message)


def _repeated_sids(statements: list[Mapping[str, Any]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, statement in enumerate(statements):
        sid = statement.get("Sid", "")
        if sid and sid in seen:
            message = f"{shown(sid)} is the Sid of a statement before it, too"
            yield Problem(f"Statement[{number}].Sid", "duplicate-sid", message)
        seen.add(sid)


def _text_problems(value: Any, where: str) -> Iterator[Problem]:
    """Characters that IAM does not take, in any text of the document."""
    if isinstance(value, str):
        found = _FOREIGN.search(value)
        if found:
            message = f"U+{ord(found[0]):04X} cannot stand in a policy"
            yield Problem(where, "character", message)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _text_problems(key, where)
            yield from _text_problems(inner, below(where, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _text_problems(inner, f"{where}[{number}]")


def _values(body: Mapping[str, Any], key: str, where: str) -> Iterator[tuple[str, str]]:
    """Each text of an element, with the path to it."""
    values = body.get(key, [])
    if isinstance(values, str):
        yield f"{where}.{key}", values
        return
    for number, value in enumerate(values):
        yield f"{where}.{key}[{number}]", value


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return value if isinstance(value, list) else [value]
