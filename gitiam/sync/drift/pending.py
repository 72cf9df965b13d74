"""Which differences a pending module accounts for: those that its apply takes away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

from gitiam.config import Account
from gitiam.drift import Aspect, DriftItem, DriftKind
from gitiam.modules import Record
from gitiam.policy.statement import PolicyError, Statement, parse_document
from gitiam.sync.drift.statements import trust_meaning

_TRUST_FILE = "policies/trust.json"


def is_pending(item: DriftItem, record: Record | None, account: Account) -> bool:
    """Whether the apply of the item's module, which is pending, is all that it takes.

    Only of what is gitiam's own: what is asked for and not there yet, and what the last apply left
    and the next takes away. `record` tells what that was. Whatever is live beyond both came from
    somebody else, and is to be looked into whether anything is pending or not.
    """
    match item.kind:
        case DriftKind.UNMANAGED:
            return False
        case DriftKind.MISSING:
            return True
    if item.extra:
        left = {statement.meaning() for statement in _left(item.aspect, record, account)}
        return all(statement.meaning() in left for statement in item.extra)
    if item.kind is DriftKind.EXPIRED:
        return record is not None and _was_made(item, record)
    return item.aspect is not Aspect.TAGS or _keys(item.found) <= _keys(item.expected)


def _left(aspect: Aspect, record: Record | None, account: Account) -> Iterator[Statement]:
    """The statements of the last apply: who may assume the role, or what the principal may do."""
    for path, text in record.files.items() if record else ():
        if path.startswith("policies/") and (path == _TRUST_FILE) == (aspect is Aspect.TRUST):
            # What cannot be read explains nothing.
            with suppress(PolicyError, json.JSONDecodeError):
                document = parse_document(json.loads(text))
                yield from trust_meaning(document, account)


def _was_made(item: DriftItem, record: Record) -> bool:
    """Whether this attachment or membership is the last apply's, by what imports are called."""
    owner, name = item.principal.partition("/")[2].lower(), item.name.lower()
    if item.aspect is Aspect.MEMBERSHIP:
        members = record.imports.get("aws_iam_user_group_membership.groups", "").lower().split("/")
        return name in members[1:]
    return f"{owner}/{name}" in {called.lower() for called in record.imports.values()}


def _keys(value: object) -> set[str]:
    return set(value) if isinstance(value, Mapping) else set()
