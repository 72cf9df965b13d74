"""Live IAM of one account at one instant, as values; and the JSON in which they are kept.

An account that could not be read is an `Unread`, never an empty `Snapshot`; a policy that gitiam
does not understand is an `Unparsed`, never an empty document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gitiam.models import Kind
from gitiam.policy.statement import Document, PolicyError, document_as_json, parse_document

VERSION = 1


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A policy that is not in IAM's grammar as gitiam knows it: what AWS gave, and why not."""

    raw: str
    reason: str


LiveDocument = Document | Unparsed


@dataclass(frozen=True, slots=True)
class LivePrincipal:
    """A user, group or role as it is. What a kind cannot have is empty.

    `description` and `max_session` are None where AWS did not tell them; `trust` is None for all
    but roles. `attached` and `groups` are sorted.
    """

    kind: Kind
    name: str
    path: str
    arn: str
    inline: Mapping[str, LiveDocument] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    max_session: int | None = None
    trust: LiveDocument | None = None


@dataclass(frozen=True, slots=True)
class LivePolicy:
    """A customer managed policy in its default version; `description` is None where not told."""

    name: str
    path: str
    arn: str
    document: LiveDocument
    description: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything that was read of one account. ValueError when a name stands twice in it."""

    account: str
    account_id: str
    taken_at: datetime
    users: tuple[LivePrincipal, ...] = ()
    groups: tuple[LivePrincipal, ...] = ()
    roles: tuple[LivePrincipal, ...] = ()
    policies: tuple[LivePolicy, ...] = ()

    def __post_init__(self) -> None:
        """IAM's names are unique regardless of letter case; anything else was misread."""
        for kind, entities in (
            (Kind.USER, self.users),
            (Kind.GROUP, self.groups),
            (Kind.ROLE, self.roles),
            (Kind.POLICY, self.policies),
        ):
            _refuse_twins(kind, [entity.name for entity in entities])

    @property
    def principals(self) -> tuple[LivePrincipal, ...]:
        """Groups, roles and users."""
        return (*self.groups, *self.roles, *self.users)


@dataclass(frozen=True, slots=True)
class Unread:
    """An account that could not be read, and why."""

    account: str
    reason: str


def live_document(document: Any) -> LiveDocument:
    """A policy as AWS gives it: parsed JSON, or text where it was no JSON."""
    try:
        return parse_document(json.loads(document) if isinstance(document, str) else document)
    except (PolicyError, ValueError, RecursionError) as error:
        raw = document if isinstance(document, str) else json.dumps(document, sort_keys=True)
        return Unparsed(raw, str(error))


def snapshot_as_json(snapshot: Snapshot | Unread) -> dict[str, Any]:
    """JSON that depends on nothing but what was read: sorted, one form for each value."""
    body: dict[str, Any] = {"version": VERSION, "account": snapshot.account}
    if isinstance(snapshot, Unread):
        return {**body, "unread": snapshot.reason}
    return {
        **body,
        "account_id": snapshot.account_id,
        "taken_at": snapshot.taken_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "users": [_principal_as_json(p) for p in _by_name(snapshot.users)],
        "groups": [_principal_as_json(p) for p in _by_name(snapshot.groups)],
        "roles": [_principal_as_json(p) for p in _by_name(snapshot.roles)],
        "policies": [
            {
                "name": p.name,
                "path": p.path,
                "arn": p.arn,
                "document": _document_as_json(p.document),
                "description": p.description,
            }
            for p in sorted(snapshot.policies, key=lambda p: p.name)
        ],
    }


def snapshot_text(snapshot: Snapshot | Unread) -> str:
    """The file that keeps it."""
    return json.dumps(snapshot_as_json(snapshot), indent=1, sort_keys=True) + "\n"


def _principal_as_json(principal: LivePrincipal) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": principal.name,
        "path": principal.path,
        "arn": principal.arn,
        "inline": {n: _document_as_json(d) for n, d in sorted(principal.inline.items())},
        "attached": sorted(principal.attached),
    }
    if principal.kind is Kind.GROUP:
        return body
    body |= {"boundary": principal.boundary, "tags": dict(sorted(principal.tags.items()))}
    if principal.kind is Kind.USER:
        return {**body, "groups": sorted(principal.groups)}
    return {
        **body,
        "description": principal.description,
        "max_session": principal.max_session,
        "trust": None if principal.trust is None else _document_as_json(principal.trust),
    }


def _document_as_json(document: LiveDocument) -> dict[str, Any]:
    if isinstance(document, Unparsed):
        return {"unparsed": document.raw, "reason": document.reason}
    return document_as_json(document)


def _by_name(principals: Iterable[LivePrincipal]) -> list[LivePrincipal]:
    return sorted(principals, key=lambda principal: principal.name)


def _refuse_twins(kind: Kind, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise ValueError(f"{kind}/{name} stands twice in the snapshot")
        seen.add(name.lower())
