"""Random requests that GitHub's description allows."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.github.description import operation_of, slice_of_github
from tests.support.github.messages import Request
from tests.support.github.routes import Route

#: Values of which some exist, so that more than 404 comes of it.
_VALUES = {
    **{"owner": ["acme"], "repo": ["estate", "estate", "estate", "other"], "org": ["acme"]},
    **{"team_slug": ["platform", "nobody"], "username": ["alice", "bob", "zoe"]},
    **{"issue_number": ["1", "2", "99"], "pull_number": ["2", "3", "1"], "path": ["a.txt", "d/b"]},
    **{
        "ref": ["heads/topic", "topic", "main"],
        "branch": ["main", "topic", "gone"],
        "name": ["iam"],
    },
    **{"basehead": ["main...topic", "main...gone"], "sha": ["main"], "commit_sha": ["main"]},
    **{"workflow_id": ["a.yml"], "tree_sha": ["main"], "sarif_id": ["x"]},
}
_IDS = [str(number) for number in range(1001, 1060)]
_TOKENS = ["ghp_alice", "ghp_bob", "ghs_app", None]
#: Text that fits more often than chance would have it.
_TEXT = st.sampled_from(["main", "topic", "a.txt", "refs/heads/x", "", "ä\u2028\U0001f600"])


def requests_for(route: Route) -> st.SearchStrategy[Request]:
    """Requests for one operation, from anybody."""
    values = {name: st.sampled_from(_VALUES.get(name, _IDS)) for name in route.parameters}
    return st.builds(
        _built,
        st.just(route),
        st.fixed_dictionaries(values),
        _body(operation_of(route)),
        st.sampled_from(_TOKENS),
    )


def _built(route: Route, values: dict[str, str], body: Any, token: str | None) -> Request:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = b"" if body is None else json.dumps(body).encode()
    return Request(route.method, route.encoded(values), (), headers, data)


def _body(operation: dict[str, Any]) -> st.SearchStrategy[Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return _of(content["schema"]) if content else st.none()


def _of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a schema; those parts of JSON Schema that GitHub's requests have."""
    if "$ref" in schema:
        _, _, kind, name = schema["$ref"].split("/")
        return _of(slice_of_github()["components"][kind][name])
    for choice in ("oneOf", "anyOf"):
        if choice in schema and "properties" not in schema:
            return st.one_of([_of(one) for one in schema[choice]])
    value = _plain(schema)
    return st.one_of(st.none(), value) if schema.get("nullable") else value


def _plain(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        known = {name: _of(one) for name, one in schema.get("properties", {}).items()}
        if not known and schema.get("additionalProperties"):
            return st.dictionaries(_TEXT, _TEXT, max_size=2)
        needed = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {name: one for name, one in known.items() if name in needed},
            optional={name: one for name, one in known.items() if name not in needed},
        )
    if kind == "array":
        return st.lists(_of(schema["items"]), min_size=schema.get("minItems", 0), max_size=3)
    if kind in {"integer", "number"}:
        return st.integers(1, 60)
    return st.booleans() if kind == "boolean" else _text(schema)


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.just("2026-01-05T09:00:00Z")
    if "pattern" in schema or "minLength" in schema:
        return st.just("0" * 40)
    return _TEXT
