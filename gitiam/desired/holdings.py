"""Everything that one principal holds, wherever it comes from: the statements, and their origins.

Its own policies, what the estate's shared policies and AWS's managed ones say, what its groups
have, and, from a snapshot, what lives outside the estate. What cannot be read is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from gitiam.catalog import Catalog
from gitiam.catalog_managed import ManagedPolicyError
from gitiam.desired.state import INLINE_NAME, OVERFLOW_PATH, Desired, DesiredState
from gitiam.models import Kind, ModuleKey
from gitiam.policy.piece import Piece
from gitiam.policy.statement import Document
from gitiam.snapshot import LivePolicy, LivePrincipal, Snapshot


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a principal holds. `boundary` is None where none limits it, or where it is unread.

    `unread` names the policies and groups whose contents nobody here knows.
    """

    pieces: tuple[Piece, ...]
    boundary: Document | None = None
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shelf:
    """Where the contents of policies and groups are looked up."""

    state: DesiredState
    catalog: Catalog
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)

    def holdings(self, desired: Desired) -> Holdings:
        """All that the principal, or shared policy, of a module will hold."""
        pieces: list[Piece] = []
        unread: set[str] = set()
        self._gather(desired, pieces, unread)
        boundary = None
        if desired.boundary is not None:
            boundary = self._document(desired, desired.boundary)
            if boundary is None:
                unread.add(desired.boundary)
        return Holdings(tuple(pieces), boundary, frozenset(unread))

    def _gather(self, desired: Desired, pieces: list[Piece], unread: set[str]) -> None:
        for document in (desired.inline, *(policy.document for policy in desired.overflow)):
            pieces += _own(document, desired)
        arns = [item.arn for item in desired.attachments]
        groups = list(desired.groups)
        live = self._live(desired.key)
        if live is not None:
            pieces += _live_inline(live, unread)
            arns += _live_attached(live)
            groups += live.groups
        self._gather_attached(desired, arns, pieces, unread)
        # Nobody else can be a member: a group that asks to be in itself is an error of its own.
        for group in dict.fromkeys(groups) if desired.key.kind is Kind.USER else ():
            self._gather_group(desired, group, pieces, unread)

    def _gather_attached(
        self, desired: Desired, arns: list[str], pieces: list[Piece], unread: set[str]
    ) -> None:
        for arn in dict.fromkeys(arns):
            document = self._document(desired, arn)
            label = _label(arn)
            if document is None:
                unread.add(label)
            else:
                pieces += (Piece(statement, label, label) for statement in document)

    def _gather_group(
        self, desired: Desired, group: str, pieces: list[Piece], unread: set[str]
    ) -> None:
        key = ModuleKey(desired.key.account, Kind.GROUP, group)
        found, live = self.state.modules.get(key), self._live(key)
        theirs: list[Piece] = []
        if found is not None:
            self._gather(found, theirs, unread)
        elif live is not None:
            theirs += _live_inline(live, unread)
            self._gather_attached(desired, _live_attached(live), theirs, unread)
        pieces += (replace(piece, via=f"group/{group}") for piece in theirs)
        if (found is None or found.declaration is None) and live is None:
            unread.add(f"group/{group}")

    def _document(self, desired: Desired, arn: str) -> Document | None:
        """What a managed policy says; None when nobody here knows."""
        try:
            known = self.catalog.aws_managed_document(arn)
        except ManagedPolicyError:
            return None
        if known is not None:
            return known
        module = self._shared.get((desired.key.account, arn))
        if module is not None:
            return module.inline
        live = self._live_policies.get(arn)
        return None if live is None or not isinstance(live.document, tuple) else live.document

    @cached_property
    def _shared(self) -> Mapping[tuple[str, str], Desired]:
        modules = self.state.modules.items()
        return {(k.account, d.arn): d for k, d in modules if k.kind is Kind.POLICY}

    @cached_property
    def _live_policies(self) -> Mapping[str, LivePolicy]:
        return {p.arn: p for snapshot in self.snapshots.values() for p in snapshot.policies}

    def _live(self, key: ModuleKey) -> LivePrincipal | None:
        snapshot = self.snapshots.get(key.account)
        if snapshot is None:
            return None
        names = (p for p in snapshot.principals if p.kind is key.kind)
        return next((p for p in names if p.name.lower() == key.name.lower()), None)


def _own(document: Document, desired: Desired) -> Iterator[Piece]:
    """Statements that requests gave, each led back to its file by its Sid."""
    for statement in document:
        yield Piece(statement, desired.origin_of(statement.sid))


def _live_inline(live: LivePrincipal, unread: set[str]) -> Iterator[Piece]:
    """What lives outside the estate; gitiam's own policy is what the desired state says anew."""
    for name, document in live.inline.items():
        if name == INLINE_NAME:
            continue
        if not isinstance(document, tuple):
            unread.add(name)
            continue
        yield from (Piece(statement, f"live policy {name}") for statement in document)


def _live_attached(live: LivePrincipal) -> list[str]:
    """What is attached from outside the estate: not what gitiam's own policy had no room for."""
    return [arn for arn in live.attached if OVERFLOW_PATH not in arn]


def _label(arn: str) -> str:
    """`aws:policy/ReadOnlyAccess`: what tells managed policies apart."""
    return arn.split(":iam::", 1)[-1]
