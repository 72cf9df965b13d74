"""AWS's own managed policies, as moto's package carries them, as the raw grants of a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

_KEYS = {
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}


@cache
def managed_policies() -> Mapping[str, Any]:
    """Name → policy document, all 1,582 and what came later."""
    policies = json.loads(aws_managed_policies_data)
    return {name: policies[name]["Document"] for name in sorted(policies)}


def size_of(document: Any) -> int:
    """Characters without white space, as AWS counts."""
    return len("".join(json.dumps(document, separators=(",", ":")).split()))


def statements_of(document: Any) -> list[dict[str, Any]]:
    """A policy may hold one statement without a list."""
    found = document["Statement"]
    return [found] if isinstance(found, dict) else found


def grants_of(document: Any) -> list[dict[str, Any]]:
    """The grants that say what the document says."""
    return [_grant(statement) for statement in statements_of(document)]


def _grant(statement: Mapping[str, Any]) -> dict[str, Any]:
    grant: dict[str, Any] = {"effect": statement["Effect"].lower()}
    grant |= {_KEYS[key]: value for key, value in statement.items() if key in _KEYS}
    if "Condition" in statement:
        grant["conditions"] = statement["Condition"]
    return grant
