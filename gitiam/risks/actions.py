"""The actions of `gitiam/data/risky_actions.yaml` that do harm without a detour, as values.

A class in the file, with its groups:

```yaml
credential-exposure:
  title: Hands out or makes credentials
  scoped: medium               # the risk where the resources are named,
  broad: high                  # and where they are not: `*`, or all of a kind in the account
  sources: [https://...]
  groups:
    - actions: [secretsmanager:GetSecretValue]
      scoped: low              # where a group differs from its class
      broad: critical
      why: One plain sentence.
```

An action that AWS lets nobody scope to a resource is always broad; that is for whoever weighs it
to see. One action may be in several classes, and is in each of them once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from gitiam.findings import Risk
from gitiam.risks.data import DataError, as_list, as_text, as_texts, fields, read


class RiskClass(StrEnum):
    """What sort of harm an action can do."""

    CREDENTIAL_EXPOSURE = "credential-exposure"
    DATA_EXFILTRATION = "data-exfiltration"
    RESOURCE_EXPOSURE = "resource-exposure"
    PERMISSION_MANAGEMENT = "permission-management"
    DESTRUCTIVE = "destructive"


@dataclass(frozen=True, slots=True)
class RiskyAction:
    """One action in one class: `scoped` and `broad` are its risk on named and on all resources."""

    action: str
    kind: RiskClass
    scoped: Risk
    broad: Risk
    why: str


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """What a class is about, and where it comes from."""

    kind: RiskClass
    title: str
    sources: tuple[str, ...]


@cache
def risky_actions() -> Mapping[str, tuple[RiskyAction, ...]]:
    """Lower-case action → what there is to say about it, by class in the order of `RiskClass`."""
    index: dict[str, list[RiskyAction]] = {}
    for found in parse_actions(_document()):
        index.setdefault(found.action.lower(), []).append(found)
    return MappingProxyType({action: tuple(found) for action, found in index.items()})


@cache
def risk_classes() -> tuple[ClassInfo, ...]:
    """Every class."""
    document = _document()
    return tuple(
        ClassInfo(
            kind,
            as_text(document[kind]["title"], kind),
            as_texts(document[kind]["sources"], kind),
        )
        for kind in RiskClass
    )


@cache
def _document() -> Any:
    return read("risky_actions.json")


def parse_actions(document: Any) -> Iterator[RiskyAction]:
    """The actions of a document of this shape; DataError says what is wrong with it."""
    classes = fields(document, "the file", required=tuple(RiskClass))
    for kind in RiskClass:
        entry = fields(
            classes[kind], kind, required=("title", "scoped", "broad", "sources", "groups")
        )
        as_text(entry["title"], kind)
        as_texts(entry["sources"], kind)
        for group in as_list(entry["groups"], kind):
            yield from _group(group, kind, entry)


def _group(group: Any, kind: RiskClass, entry: Mapping[str, Any]) -> Iterator[RiskyAction]:
    found = fields(group, kind, required=("actions", "why"), optional=("scoped", "broad"))
    try:
        scoped = Risk(found.get("scoped", entry["scoped"]))
        broad = Risk(found.get("broad", entry["broad"]))
    except ValueError as error:
        raise DataError(f"{kind}: {error}") from None
    why = as_text(found["why"], kind)
    for action in as_texts(found["actions"], kind):
        yield RiskyAction(action, kind, scoped, broad, why)
