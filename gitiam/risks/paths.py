"""The ways in which permissions lead to more permissions, read from `data/escalations.yaml`.

A path there has an `id`; a `class`; `needs`, all of which must be met; `passes`, the services to
one of which a role must be passed; `why`, a sentence about whoever has it; and `from`, the
catalogues that know it. A need is an action, or a mapping of `action` or `any_of`, with `where`
and `same`:

- `any`: on any resource on which the action works;
- `self`: on the principal itself, or where it is left open on which;
- `other`: on somebody else than the principal;
- `broad`: where it is left open on which resource;
- `same`: needs of the same word must be met on the same resource.

Without `where`, the class decides: `self` has `self`, `takeover` has `other`, `pass-role` has
`any`, and `compute`, where named resources are ordinary work, has `broad`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parents[1] / "data" / "escalations.yaml"


class Where(StrEnum):
    """On which resource an action must be permitted."""

    ANY = "any"
    SELF = "self"
    OTHER = "other"
    BROAD = "broad"


class Class(StrEnum):
    """How a path leads up."""

    SELF = "self"
    TAKEOVER = "takeover"
    PASSING = "pass-role"
    COMPUTE = "compute"


_USUAL = {
    Class.SELF: Where.SELF,
    Class.TAKEOVER: Where.OTHER,
    Class.PASSING: Where.ANY,
    Class.COMPUTE: Where.BROAD,
}


@dataclass(frozen=True, slots=True)
class Need:
    """One of these actions, permitted where it matters."""

    actions: tuple[str, ...]
    where: Where
    same: str = ""


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """One way up. `passes` are service principals; () where no role is passed."""

    id: str
    kind: Class
    needs: tuple[Need, ...]
    why: str
    sources: tuple[str, ...]
    passes: tuple[str, ...] = ()

    @property
    def actions(self) -> frozenset[str]:
        """Every action that has a part in it."""
        return frozenset(action for need in self.needs for action in need.actions)


@cache
def paths() -> tuple[EscalationPath, ...]:
    """All of them, in the order of the file."""
    body = yaml.load(_DATA.read_bytes(), yaml.CSafeLoader)
    catalogues: Mapping[str, str] = body["catalogues"]
    return tuple(_path(entry, catalogues) for entry in body["paths"])


def _path(entry: Mapping[str, Any], catalogues: Mapping[str, str]) -> EscalationPath:
    unknown = set(entry) - {"id", "class", "needs", "passes", "why", "from"}
    if unknown:
        raise ValueError(f"{entry.get('id')}: unknown key {sorted(unknown)[0]}")
    kind = Class(entry["class"])
    passes = entry.get("passes", [])
    return EscalationPath(
        id=entry["id"],
        kind=kind,
        needs=tuple(_need(need, kind) for need in entry["needs"]),
        why=entry["why"],
        sources=tuple(catalogues[name] for name in entry["from"]),
        passes=(passes,) if isinstance(passes, str) else tuple(passes),
    )


def _need(need: str | Mapping[str, Any], kind: Class) -> Need:
    if isinstance(need, str):
        return Need((need,), _USUAL[kind])
    actions = need.get("any_of") or [need["action"]]
    return Need(tuple(actions), Where(need.get("where", _USUAL[kind])), need.get("same", ""))
