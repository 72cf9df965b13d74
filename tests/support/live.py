"""What a perfect apply of a desired state leaves behind, and every way to spoil it a little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gitiam.config import Account, Config
from gitiam.desired.state import INLINE_NAME, Desired, DesiredState
from gitiam.drift import Aspect, DriftKind
from gitiam.models import Kind
from gitiam.policy.statement import Document, Statement
from gitiam.snapshot import LivePolicy, LivePrincipal, Snapshot, Unread

READ_AT = datetime(2027, 1, 15, 3, tzinfo=UTC)
FOREIGN = "arn:aws:iam::aws:policy/AdministratorAccess"
STRAY = Statement("Allow", ("*",), ("*",), sid="Stray")

Live = Mapping[str, Snapshot | Unread]


def live_of(state: DesiredState, config: Config) -> dict[str, Snapshot]:
    """A snapshot of each account in which everything is as it is asked for, and nothing else is."""
    return {account.name: _snapshot(state, account) for account in config.accounts.values()}


def _snapshot(state: DesiredState, account: Account) -> Snapshot:
    mine = [d for d in state.modules.values() if d.key.account == account.name]
    principals = [principal_of(d) for d in mine if d.shared is None]
    shared = [
        LivePolicy(d.key.name, d.shared.path, d.arn, d.inline, d.shared.description)
        for d in mine
        if d.shared is not None
    ]
    overflow = [
        LivePolicy(policy.name, "/gitiam/", policy.arn, policy.document)
        for d in mine
        for policy in d.overflow
    ]
    return Snapshot(
        account=account.name,
        account_id=account.id,
        taken_at=READ_AT,
        users=tuple(p for p in principals if p.kind is Kind.USER),
        groups=tuple(p for p in principals if p.kind is Kind.GROUP),
        roles=tuple(p for p in principals if p.kind is Kind.ROLE),
        policies=(*shared, *overflow),
    )


def principal_of(desired: Desired) -> LivePrincipal:
    """The principal as its module makes it; an undeclared one stands at the path `/`."""
    declared, is_role = desired.declaration, desired.key.kind is Kind.ROLE
    arns = [*(a.arn for a in desired.attachments), *(p.arn for p in desired.overflow)]
    return LivePrincipal(
        kind=desired.key.kind,
        name=desired.key.name,
        path=declared.path if declared else "/",
        arn=desired.arn,
        inline={INLINE_NAME: desired.inline} if desired.inline else {},
        attached=tuple(sorted(arns)),
        groups=desired.groups,
        boundary=desired.boundary,
        tags=dict(declared.tags) if declared else {},
        description=(declared.description if declared else "") if is_role else None,
        max_session=((declared and declared.max_session) or 3600) if is_role else None,
        trust=(desired.trust or None) if is_role else None,
    )


def with_principal(live: Snapshot, old: LivePrincipal, new: LivePrincipal | None) -> Snapshot:
    """The snapshot with one principal replaced or, by None, removed."""
    field = {Kind.USER: "users", Kind.GROUP: "groups", Kind.ROLE: "roles"}[old.kind]
    kept = [p for p in getattr(live, field) if p.name != old.name]
    changed: Any = {field: tuple([*kept, new] if new else kept)}
    return replace(live, **changed)


def with_policy(live: Snapshot, arn: str, new: Document | None) -> Snapshot:
    """The snapshot with one customer managed policy changed or, by None, removed and detached."""
    policies = tuple(
        replace(p, document=new or ()) if p.arn == arn else p
        for p in live.policies
        if p.arn != arn or new is not None
    )
    live = replace(live, policies=policies)
    if new is None:
        for p in live.principals:
            live = with_principal(
                live, p, replace(p, attached=tuple(a for a in p.attached if a != arn))
            )
    return live


@dataclass(frozen=True)
class Spoiled:
    """A snapshot in which one thing is wrong, and the one item that must tell of it."""

    live: Snapshot
    principal: str
    kind: DriftKind
    aspect: Aspect
    name: str = ""

    @property
    def expected(self) -> tuple[str, DriftKind, Aspect, str]:
        """As `told` gives it."""
        return (self.principal, self.kind, self.aspect, self.name)


def every_spoiling(live: Snapshot, state: DesiredState) -> Iterator[Spoiled]:
    """Each single tampering with the account that matters in an estate that owns everything."""
    for desired in state.modules.values():
        if desired.key.account != live.account:
            continue
        if desired.shared is not None:
            yield from _spoiled_policy(live, desired)
            continue
        found = next(
            p for p in live.principals if (p.kind, p.name) == (desired.key.kind, desired.key.name)
        )
        yield from _spoiled_principal(live, found, desired)
        yield from _spoiled_overflow(live, found, desired)
    yield from _strangers(live)


def _spoiled_policy(live: Snapshot, desired: Desired) -> Iterator[Spoiled]:
    who, arn = desired.key.principal, desired.arn
    yield Spoiled(
        with_policy(live, arn, (*desired.inline, STRAY)), who, DriftKind.CHANGED, Aspect.POLICY, arn
    )
    moved = tuple(replace(p, path="/x/") if p.arn == arn else p for p in live.policies)
    yield Spoiled(replace(live, policies=moved), who, DriftKind.CHANGED, Aspect.PATH)
    gone = tuple(p for p in live.policies if p.arn != arn)
    yield Spoiled(replace(live, policies=gone), who, DriftKind.MISSING, Aspect.POLICY, arn)


def _spoiled_principal(live: Snapshot, old: LivePrincipal, desired: Desired) -> Iterator[Spoiled]:
    def spoiled(kind: DriftKind, aspect: Aspect, name: str = "", **changes: Any) -> Spoiled:
        new = with_principal(live, old, replace(old, **changes))
        return Spoiled(new, desired.key.principal, kind, aspect, name)

    gone = with_principal(live, old, None)
    yield Spoiled(gone, desired.key.principal, DriftKind.MISSING, Aspect.PRINCIPAL)
    yield spoiled(
        DriftKind.UNMANAGED, Aspect.INLINE, "other", inline={**old.inline, "other": (STRAY,)}
    )
    attached = (*old.attached, FOREIGN)
    yield spoiled(DriftKind.UNMANAGED, Aspect.ATTACHMENT, FOREIGN, attached=attached)
    for item in desired.attachments:
        left = tuple(arn for arn in old.attached if arn != item.arn)
        yield spoiled(DriftKind.MISSING, Aspect.ATTACHMENT, item.arn, attached=left)
    if old.kind is Kind.USER:
        joined = (*old.groups, "Strangers")
        yield spoiled(DriftKind.UNMANAGED, Aspect.MEMBERSHIP, "Strangers", groups=joined)
        for group in desired.groups:
            left = tuple(name for name in old.groups if name != group)
            yield spoiled(DriftKind.MISSING, Aspect.MEMBERSHIP, group, groups=left)
    for kind, document in _spoiled_documents(desired.inline):
        inline = {INLINE_NAME: document} if document else {}
        yield spoiled(kind, Aspect.INLINE, INLINE_NAME, inline=inline)
    if desired.declaration:
        for aspect, changes in _spoiled_attributes(old):
            yield spoiled(DriftKind.CHANGED, aspect, **changes)


def _spoiled_documents(wanted: Document) -> Iterator[tuple[DriftKind, Document]]:
    if not wanted:
        yield DriftKind.UNMANAGED, (STRAY,)
        return
    yield DriftKind.MISSING, ()
    yield DriftKind.CHANGED, (*wanted, STRAY)
    yield DriftKind.CHANGED, (*wanted[1:], STRAY)
    first = wanted[0]
    more = {"actions": (*first.actions, "stray:Do")}, {"resources": (*first.resources, "arn:stray")}
    for changes in more:
        yield DriftKind.CHANGED, (replace(first, **changes), *wanted[1:])  # type: ignore[arg-type]
    if len(wanted) > 1:
        yield DriftKind.MISSING, wanted[1:]


def _spoiled_attributes(old: LivePrincipal) -> Iterator[tuple[Aspect, dict[str, Any]]]:
    yield Aspect.PATH, {"path": f"{old.path}x/"}
    if old.kind is Kind.GROUP:
        return
    yield Aspect.TAGS, {"tags": {**old.tags, "stray": "x"}}
    yield Aspect.BOUNDARY, {"boundary": None if old.boundary else FOREIGN}
    if old.kind is Kind.ROLE and isinstance(old.trust, tuple):
        yield Aspect.DESCRIPTION, {"description": "x" + (old.description or "")}
        yield Aspect.MAX_SESSION, {"max_session": 43_200}
        trusted = Statement("Allow", ("sts:AssumeRole",), principals=(("AWS", ("*",)),))
        yield Aspect.TRUST, {"trust": (*old.trust, trusted)}


def _spoiled_overflow(live: Snapshot, old: LivePrincipal, desired: Desired) -> Iterator[Spoiled]:
    who = desired.key.principal
    for policy in desired.overflow:
        arn = policy.arn
        changed = with_policy(live, arn, (*policy.document, STRAY))
        yield Spoiled(changed, who, DriftKind.CHANGED, Aspect.POLICY, arn)
        gone = with_policy(live, arn, None)
        yield Spoiled(gone, who, DriftKind.MISSING, Aspect.POLICY, arn)
        left = replace(old, attached=tuple(a for a in old.attached if a != arn))
        detached = with_principal(live, old, left)
        yield Spoiled(detached, who, DriftKind.MISSING, Aspect.ATTACHMENT, arn)


def _strangers(live: Snapshot) -> Iterator[Spoiled]:
    """Entities that no file names."""
    base = f"arn:aws:iam::{live.account_id}:"
    for kind, field in ((Kind.USER, "users"), (Kind.GROUP, "groups"), (Kind.ROLE, "roles")):
        stranger = LivePrincipal(
            kind, "stranger", "/", f"{base}{kind}/stranger", inline={"x": (STRAY,)}, trust=(STRAY,)
        )
        changed: Any = {field: (*getattr(live, field), stranger)}
        new = replace(live, **changed)
        yield Spoiled(new, f"{kind}/stranger", DriftKind.UNMANAGED, Aspect.PRINCIPAL)
    for path, name in (("/", "stranger"), ("/gitiam/", "gitiam-role-gone-1")):
        arn = f"{base}policy{path}{name}"
        new = replace(live, policies=(*live.policies, LivePolicy(name, path, arn, (STRAY,))))
        yield Spoiled(new, f"policy/{name}", DriftKind.UNMANAGED, Aspect.POLICY, arn)
