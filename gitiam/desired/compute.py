"""The estate at an instant → its desired state. Pure: the same in, the same out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from gitiam.catalog import Catalog
from gitiam.config import Account, Config, Limits
from gitiam.desired.grants import Access, GrantError, Resolver, fill_in_all
from gitiam.desired.state import (
    OVERFLOW_PATH,
    Attachment,
    Desired,
    DesiredState,
    Overflow,
    Unfit,
    Unresolved,
    iam_arn,
)
from gitiam.load.estate import Estate, File
from gitiam.models import (
    Declaration,
    Kind,
    ModuleKey,
    Request,
    SharedPolicy,
    TrustEntry,
)
from gitiam.policy.pack import DoesNotFit, Item, Packing, pack
from gitiam.policy.statement import Statement, document_text, merged

#: What 128 characters leave beside `gitiam-group-` and a number.
_NAME_ROOM = 128 - len("gitiam-group-") - len("-99")


@dataclass
class _Collected:
    """What the files say about one principal, before it is packed."""

    account: Account
    declaration: Declaration | None = None
    boundary: str | None = None
    items: list[Item] = field(default_factory=list)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    origins: dict[str, str] = field(default_factory=dict)
    sids: dict[str, str] = field(default_factory=dict)


def resolver_of(estate: Estate, catalog: Catalog) -> Resolver:
    """What turns this estate's grants into access."""
    policies = {(a, policy.name): policy for policy in estate.policies for a in policy.accounts}
    return Resolver(estate.bundles, policies, catalog)


def desired_state(estate: Estate, catalog: Catalog, now: datetime) -> DesiredState:
    """What every principal and shared policy of the estate should have at `now` (aware)."""
    resolver = resolver_of(estate, catalog)
    collected: dict[ModuleKey, _Collected] = {}
    unresolved: list[Unresolved] = []
    for declaration in estate.declarations:
        unresolved += _declare(declaration, resolver, estate.config, collected)
    expired = []
    for request in estate.requests:
        if request.is_expired(now):
            expired.append(request)
        else:
            unresolved += _ask(request, resolver, estate.config, collected)
    modules: dict[ModuleKey, Desired] = {}
    unfit: list[Unfit] = []
    for key, parts in collected.items():
        try:
            modules[key] = _principal(key, parts, estate.config.limits)
        except DoesNotFit as error:
            unfit.append(Unfit(key, error.size, error.room, tuple(sorted(parts.origins))))
    for policy in estate.policies:
        for outcome in _shared(policy, resolver, estate.config):
            match outcome:
                case Desired():
                    modules[outcome.key] = outcome
                case Unfit():
                    unfit.append(outcome)
                case Unresolved():
                    unresolved.append(outcome)
    ordered = {key: modules[key] for key in sorted(modules, key=lambda key: key.order)}
    return DesiredState(ordered, tuple(expired), tuple(unfit), tuple(unresolved))


def _accounts(names: Iterable[str], config: Config) -> Iterator[Account]:
    """The accounts that exist; a name that does not is a finding of its own."""
    return (config.accounts[name] for name in dict.fromkeys(names) if name in config.accounts)


def _declare(
    declaration: Declaration,
    resolver: Resolver,
    config: Config,
    collected: dict[ModuleKey, _Collected],
) -> Iterator[Unresolved]:
    principal = declaration.principal
    for account in _accounts(declaration.accounts, config):
        parts = collected.setdefault(
            ModuleKey(account.name, principal.kind, principal.name), _Collected(account)
        )
        parts.declaration = declaration
        if declaration.permissions_boundary is not None:
            try:
                parts.boundary = resolver.policy_arn(declaration.permissions_boundary, account).arn
            except GrantError as error:
                yield Unresolved(declaration.source.path, ("permissions_boundary",), str(error))
        parts.origins[declaration.source.path] = _declared(declaration, account, parts.boundary)


def _declared(declaration: Declaration, account: Account, boundary: str | None) -> str:
    return _fingerprint(
        declaration.path,
        declaration.description,
        document_text(trust_document(declaration.trust, account)),
        declaration.max_session,
        sorted(declaration.tags.items()),
        boundary,
    )


def _ask(
    request: Request,
    resolver: Resolver,
    config: Config,
    collected: dict[ModuleKey, _Collected],
) -> Iterator[Unresolved]:
    sid = sid_of(request.path)
    for account in _accounts(request.accounts, config):
        access, errors = resolver.access_of_known(request.grants, account, request.expires)
        yield from (Unresolved(request.path, error.steps, str(error)) for error in errors)
        if errors and access == Access():
            continue
        items = [Item(request.path, s.but(sid=sid)) for s in merged(access.statements)]
        fingerprint = _asked(items, access)
        for principal in dict.fromkeys(request.principals):
            key = ModuleKey(account.name, principal.kind, principal.name)
            parts = collected.setdefault(key, _Collected(account))
            _add(parts, request.path, items, access, fingerprint)
            if items:
                parts.sids[sid] = request.path


def _asked(items: Iterable[Item], access: Access) -> str:
    labels = sorted(attachment.label for attachment in access.attachments)
    return _fingerprint(_text(items), labels, sorted(access.groups))


def fingerprint_in(file: File, account: Account, resolver: Resolver) -> str | None:
    """What `origins` holds of a file in this account; None where its grants come to nothing."""
    path = file.source.path
    try:
        if isinstance(file, Declaration):
            wanted = file.permissions_boundary
            boundary = resolver.policy_arn(wanted, account).arn if wanted is not None else None
            return _declared(file, account, boundary)
    except GrantError:
        return None
    until = file.expires if isinstance(file, Request) else None
    access, errors = resolver.access_of_known(file.grants, account, until)
    items = [Item(path, s.but(sid=sid_of(path))) for s in merged(access.statements)]
    if errors:
        return None
    return _asked(items, access) if isinstance(file, Request) else _shared_part(file, items)


def _add(parts: _Collected, path: str, items: list[Item], access: Access, fingerprint: str) -> None:
    parts.items.extend(items)
    parts.attachments.update({attachment.label: attachment for attachment in access.attachments})
    parts.groups.update(access.groups)
    parts.origins[path] = fingerprint


def _principal(key: ModuleKey, parts: _Collected, limits: Limits) -> Desired:
    """DoesNotFit when the grants exceed what this kind of principal may hold."""
    most = limits.managed_policies[key.kind] - len(parts.attachments)
    packing = pack(parts.items, limits.inline_size[key.kind], limits.managed_size, max(most, 0))
    return Desired(
        key=key,
        account=parts.account,
        declaration=parts.declaration,
        trust=trust_document(parts.declaration.trust, parts.account) if parts.declaration else (),
        boundary=parts.boundary,
        inline=tuple(item.statement for item in packing.inline),
        overflow=tuple(_overflow(key, parts.account, packing)),
        attachments=tuple(parts.attachments[label] for label in sorted(parts.attachments)),
        groups=tuple(sorted(parts.groups)),
        origins=_sorted(parts.origins),
        sids=_sorted(parts.sids),
    )


def _overflow(key: ModuleKey, account: Account, packing: Packing) -> Iterator[Overflow]:
    for number, items in enumerate(packing.managed, start=1):
        name = f"gitiam-{key.kind}-{_short(key.name)}-{number}"
        arn = iam_arn(account, Kind.POLICY, OVERFLOW_PATH, name)
        yield Overflow(number, name, arn, tuple(item.statement for item in items))


def _short(name: str) -> str:
    """The name, or as much of it as leaves room in a policy's name, told apart by a digest."""
    if len(name) <= _NAME_ROOM:
        return name
    return f"{name[: _NAME_ROOM - 9]}-{sha256(name.lower().encode()).hexdigest()[:8]}"


def _shared(
    policy: SharedPolicy, resolver: Resolver, config: Config
) -> Iterator[Desired | Unfit | Unresolved]:
    path = policy.source.path
    sid = sid_of(path)
    for account in _accounts(policy.accounts, config):
        key = ModuleKey(account.name, Kind.POLICY, policy.name)
        access, errors = resolver.access_of_known(policy.grants, account)
        if errors:
            yield from (Unresolved(path, error.steps, str(error)) for error in errors)
            continue
        if access.attachments or access.groups or not access.statements:
            yield Unresolved(path, ("grants",), "a policy holds statements alone")
            continue
        items = [Item(path, s.but(sid=sid)) for s in merged(access.statements)]
        try:
            packing = pack(items, config.limits.managed_size, config.limits.managed_size, 0)
        except DoesNotFit as error:
            yield Unfit(key, error.size, error.room, (path,))
            continue
        yield Desired(
            key=key,
            account=account,
            shared=policy,
            inline=tuple(item.statement for item in packing.inline),
            origins={path: _shared_part(policy, items)},
            sids={sid: path},
        )


def _shared_part(policy: SharedPolicy, items: Iterable[Item]) -> str:
    return _fingerprint(policy.path, policy.description, sorted(policy.tags.items()), _text(items))


def trust_document(entries: Iterable[TrustEntry], account: Account) -> tuple[Statement, ...]:
    """A role's trust policy, with what the account says filled into the names of the trusted."""
    return tuple(
        Statement(
            entry.effect,
            entry.actions,
            conditions=entry.conditions,
            principals=tuple((kind, fill_in_all(who, account)) for kind, who in entry.principals),
        )
        for entry in entries
    )


def sid_of(path: str) -> str:
    """The Sid of the statements that a file asks for: readable, and unique by the file's path."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = re.findall(r"[A-Za-z0-9]+", stem)
    readable = "".join(word[:1].upper() + word[1:] for word in words)[:24]
    return f"{readable}{sha256(path.encode()).hexdigest()[:8]}"


def _fingerprint(*parts: str | int | list[str] | list[tuple[str, str]] | None) -> str:
    """Of plain values, so that it outlives any change to gitiam's own classes."""
    return sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _text(items: Iterable[Item]) -> str:
    return "\n".join(item.text for item in items)


def _sorted(mapping: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(mapping.items()))
