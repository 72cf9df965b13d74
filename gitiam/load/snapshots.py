"""Snapshot files → snapshots: strictly, so that what is not understood is never taken for empty."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gitiam.load.fields import AccountId, AccountName
from gitiam.models import Kind
from gitiam.policy.statement import PolicyError, parse_document
from gitiam.snapshot import (
    VERSION,
    LiveDocument,
    LivePolicy,
    LivePrincipal,
    Snapshot,
    Unparsed,
    Unread,
)

_Text = Annotated[str, Field(min_length=1)]
_Names = list[_Text]


class SnapshotError(ValueError):
    """The text is not a snapshot that this version of gitiam understands."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Entity(_Strict):
    name: _Text
    path: Annotated[str, Field(pattern=r"^/(.*/)?\z")]
    arn: Annotated[str, Field(pattern=r"^arn:")]


class _Group(_Entity):
    inline: dict[_Text, dict[str, Any]]
    attached: _Names


class _User(_Group):
    groups: _Names
    boundary: _Text | None
    tags: dict[str, str]


class _Role(_Group):
    boundary: _Text | None
    tags: dict[str, str]
    description: str | None
    max_session: int | None
    trust: dict[str, Any] | None


class _Policy(_Entity):
    document: dict[str, Any]
    description: str | None


class _Snapshot(_Strict):
    version: Literal[1]
    account: AccountName
    account_id: AccountId
    taken_at: Annotated[AwareDatetime, Field(strict=False)]
    users: list[_User]
    groups: list[_Group]
    roles: list[_Role]
    policies: list[_Policy]


class _Unread(_Strict):
    version: Literal[1]
    account: AccountName
    unread: _Text


def read_snapshot(file: Path) -> Snapshot | Unread:
    """The snapshot in a file; SnapshotError when it is none, OSError when it cannot be read."""
    try:
        body = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"not JSON: {error}") from None
    return snapshot_from_json(body)


def snapshot_from_json(body: Any) -> Snapshot | Unread:
    """Read what `gitiam.snapshot.snapshot_as_json` made; SnapshotError for anything else."""
    version = body.get("version") if isinstance(body, dict) else None
    if version != VERSION:
        raise SnapshotError(f"its version is {version!r}; this gitiam reads version {VERSION}")
    try:
        if "unread" in body:
            unread = _Unread.model_validate(body)
            return Unread(unread.account, unread.unread)
        return _value(_Snapshot.model_validate(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SnapshotError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError as error:
        raise SnapshotError(str(error)) from None


def _value(read: _Snapshot) -> Snapshot:
    taken_at: datetime = read.taken_at
    return Snapshot(
        account=read.account,
        account_id=read.account_id,
        taken_at=taken_at,
        users=tuple(_principal(Kind.USER, user) for user in read.users),
        groups=tuple(_principal(Kind.GROUP, group) for group in read.groups),
        roles=tuple(_principal(Kind.ROLE, role) for role in read.roles),
        policies=tuple(
            LivePolicy(p.name, p.path, p.arn, _document(p.document), p.description)
            for p in read.policies
        ),
    )


def _principal(kind: Kind, read: _Group) -> LivePrincipal:
    user = read if isinstance(read, _User) else None
    role = read if isinstance(read, _Role) else None
    holder = user or role
    return LivePrincipal(
        kind=kind,
        name=read.name,
        path=read.path,
        arn=read.arn,
        inline={name: _document(document) for name, document in read.inline.items()},
        attached=tuple(sorted(read.attached)),
        groups=tuple(sorted(user.groups)) if user else (),
        boundary=holder.boundary if holder else None,
        tags=holder.tags if holder else {},
        description=role.description if role else None,
        max_session=role.max_session if role else None,
        trust=_document(role.trust) if role and role.trust is not None else None,
    )


def _document(body: dict[str, Any]) -> LiveDocument:
    """What could not be parsed when it was read is not parsed now: the file says what was found."""
    if set(body) == {"unparsed", "reason"}:
        return Unparsed(str(body["unparsed"]), str(body["reason"]))
    try:
        return parse_document(body)
    except PolicyError as error:
        raise ValueError(f"a policy in it is malformed: {error}") from None
