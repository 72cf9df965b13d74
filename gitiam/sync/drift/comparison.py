"""Desired state and snapshots → drift. Pure: two lists in, one sorted value out.

Desired is what the repository says, not what the ledger says was applied. So a change that is
merged and not yet applied is drift too; where the ledger is at hand, what an apply takes away is
marked pending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from gitiam.config import Account, Config
from gitiam.desired.state import Desired, DesiredState
from gitiam.drift import Aspect, DriftItem, DriftKind, DriftReport, UnreadPart, in_order
from gitiam.errors import GitiamError
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Record
from gitiam.policy.glob import matches
from gitiam.snapshot import LivePolicy, LivePrincipal, Snapshot, Unparsed, Unread
from gitiam.sync.drift.differences import Comparison, Outcome, is_overflow, policy_outcomes
from gitiam.sync.drift.pending import is_pending
from gitiam.sync.drift.statements import Expired, arn_key

EVERYTHING = "everything"
NO_MODULES: Mapping[ModuleKey, Record | None] = MappingProxyType({})

_Name = tuple[Kind, str]


def compare(
    state: DesiredState,
    expired: DesiredState,
    live: Mapping[str, Snapshot | Unread],
    config: Config,
    *,
    accounts: Iterable[str] | None = None,
    pending: Mapping[ModuleKey, Record | None] = NO_MODULES,
    unread: Iterable[UnreadPart] = (),
) -> DriftReport:
    """Compare the accounts of that name, or all.

    `expired` comes from `gitiam.desired.expired.expired_state`; `live` holds what the crawl brought
    back for each account. `pending` are the modules that are not applied yet, each with the record
    of its last apply; `unread` is what the caller itself could not read. GitiamError when there is
    no account to compare.
    """
    names = sorted(set(config.accounts if accounts is None else accounts))
    if not names:
        raise GitiamError("there is no account to compare", hint="gitiam.yaml lists accounts")
    parts = [*unread, *_uncomputed(state, names)]
    items: list[DriftItem] = []
    read_at = {}
    ignored = 0
    for name in names:
        snapshot = _usable(live.get(name), config.accounts[name])
        if isinstance(snapshot, Unread):
            parts.append(UnreadPart("account", snapshot.reason, account=name))
            continue
        read_at[name] = snapshot.taken_at
        account = config.accounts[name]
        for key, entity, outcomes in _account(state, expired, snapshot, config):
            if _is_ignored(entity, config):
                ignored += sum(1 for _ in outcomes)
                continue
            for outcome in outcomes:
                if isinstance(outcome, UnreadPart):
                    parts.append(outcome)
                else:
                    waits = key in pending and is_pending(outcome, pending[key], account)
                    items.append(replace(outcome, pending=waits))
    ordered = tuple(sorted(set(parts), key=lambda part: part.order))
    return DriftReport(in_order(items), ordered, read_at, ignored)


def _uncomputed(state: DesiredState, names: Collection[str]) -> Iterator[UnreadPart]:
    """What the estate asks for but gitiam cannot tell: `gitiam validate` says more."""
    for unfit in state.unfit:
        if unfit.key.account in names:
            reason = f"its grants take {unfit.size:,} characters; it may hold {unfit.room:,}"
            yield UnreadPart(
                "desired state", reason, account=unfit.key.account, principal=unfit.key.principal
            )
    for part in state.unresolved:
        yield UnreadPart(part.path, part.message)


def _usable(found: Snapshot | Unread | None, account: Account) -> Snapshot | Unread:
    if found is None:
        return Unread(account.name, "there is no snapshot of it")
    if isinstance(found, Snapshot) and found.account_id != account.id:
        reason = f"the snapshot is of {found.account_id}, but gitiam.yaml says {account.id}"
        return Unread(account.name, reason)
    return found


#: The module, the entity as `drift.ignore` sees it, and what is to be said of it.
_Found = tuple[ModuleKey, str, Iterator[Outcome]]


def _account(
    state: DesiredState, expired: DesiredState, snapshot: Snapshot, config: Config
) -> Iterator[_Found]:
    view = _View.of(state, expired, snapshot, config)
    for name in sorted({*view.desired, *view.left}):
        if name[0] is Kind.POLICY:
            yield from view.shared_policy(name)
        else:
            yield from view.known_principal(name)
    for principal in snapshot.principals:
        yield from view.unknown_principal(principal)
    yield from view.unknown_policies()


@dataclass(frozen=True)
class _View:
    """One account from both sides; names are lower case, as IAM takes no notice of their case."""

    account: Account
    everything: bool
    desired: Mapping[_Name, Desired]
    left: Mapping[_Name, Desired]
    unfit: frozenset[_Name]
    principals: Mapping[_Name, LivePrincipal]
    policies: Mapping[str, LivePolicy]
    policies_by_arn: Mapping[str, LivePolicy]

    @classmethod
    def of(
        cls, state: DesiredState, expired: DesiredState, snapshot: Snapshot, config: Config
    ) -> _View:
        account = config.accounts[snapshot.account]
        of_principals = (d for d in _of(expired, account) if d.key.kind is not Kind.POLICY)
        return cls(
            account=account,
            everything=config.drift.unmanaged == EVERYTHING,
            desired={_name(d.key): d for d in _of(state, account)},
            left={_name(d.key): d for d in of_principals},
            unfit=frozenset(_name(u.key) for u in state.unfit if u.key.account == account.name),
            principals={(p.kind, p.name.lower()): p for p in snapshot.principals},
            policies={p.name.lower(): p for p in snapshot.policies},
            policies_by_arn={arn_key(p.arn): p for p in snapshot.policies},
        )

    def shared_policy(self, name: _Name) -> Iterator[_Found]:
        desired, live = self.desired[name], self.policies.get(name[1])
        path = live.path if live else desired.shared.path if desired.shared else "/"
        yield desired.key, self._entity(desired.key, path), policy_outcomes(desired, live)

    def known_principal(self, name: _Name) -> Iterator[_Found]:
        """A principal that a file of the estate names, be it in an expired request alone."""
        if name in self.unfit:
            return
        left, live = self.left.get(name), self.principals.get(name)
        desired = self.desired.get(name) or Desired(_either(left).key, self.account)
        comparison = Comparison(
            desired=desired,
            expired=Expired.of(left),
            live=live,
            policies=self.policies_by_arn,
            strict=self.everything or desired.declaration is not None,
        )
        declared = desired.declaration.path if desired.declaration else "/"
        entity = self._entity(desired.key, live.path if live else declared)
        yield desired.key, entity, comparison.outcomes()

    def unknown_principal(self, live: LivePrincipal) -> Iterator[_Found]:
        """One that no file names: what bears gitiam's names, and, if asked for, the whole of it."""
        name = (live.kind, live.name.lower())
        if name in self.desired or name in self.left or name in self.unfit:
            return
        key = ModuleKey(self.account.name, live.kind, live.name)
        entity = self._entity(key, live.path)
        if self.everything:
            yield key, entity, iter([_whole_principal(key, live)])
        comparison = Comparison(
            Desired(key, self.account), Expired(), live, self.policies_by_arn, strict=False
        )
        yield key, entity, comparison.outcomes()

    def unknown_policies(self) -> Iterator[_Found]:
        """Customer managed policies that no file names, and gitiam's own that nobody holds."""
        known = {arn_key(arn) for desired in self.desired.values() for arn in _arns(desired)}
        names = {name for kind, name in self.desired if kind is Kind.POLICY}
        attached = {arn_key(arn) for p in self.principals.values() for arn in p.attached}
        for policy in self.policies.values():
            own = is_overflow(policy.arn, self.account)
            reported = own and arn_key(policy.arn) in attached
            if policy.name.lower() in names or arn_key(policy.arn) in known or reported:
                continue
            if own or self.everything:
                key = ModuleKey(self.account.name, Kind.POLICY, policy.name)
                yield key, self._entity(key, policy.path), _whole_policy(key, policy)

    def _entity(self, key: ModuleKey, path: str) -> str:
        return f"{key.account}/{key.kind}{path}{key.name}"


def _whole_principal(key: ModuleKey, live: LivePrincipal) -> DriftItem:
    holds = {
        "inline policies": ", ".join(sorted(live.inline)),
        "managed policies": ", ".join(live.attached),
        "groups": ", ".join(live.groups),
    }
    return DriftItem(
        account=key.account,
        principal=key.principal,
        kind=DriftKind.UNMANAGED,
        aspect=Aspect.PRINCIPAL,
        found={what: names for what, names in holds.items() if names},
    )


def _whole_policy(key: ModuleKey, policy: LivePolicy) -> Iterator[Outcome]:
    document = policy.document
    yield DriftItem(
        account=key.account,
        principal=key.principal,
        kind=DriftKind.UNMANAGED,
        aspect=Aspect.POLICY,
        name=policy.arn,
        extra=() if isinstance(document, Unparsed) else document,
    )
    if isinstance(document, Unparsed):
        yield UnreadPart("policy", document.reason, account=key.account, principal=key.principal)


def _arns(desired: Desired) -> Iterator[str]:
    """The managed policies that the estate names for a principal."""
    yield from (policy.arn for policy in desired.overflow)
    yield from (attachment.arn for attachment in desired.attachments)
    if desired.boundary:
        yield desired.boundary


def _of(state: DesiredState, account: Account) -> Iterator[Desired]:
    return (d for key, d in state.modules.items() if key.account == account.name)


def _name(key: ModuleKey) -> _Name:
    return key.kind, key.name.lower()


def _either(left: Desired | None) -> Desired:
    assert left is not None  # noqa: S101  (the name came from one of the two)
    return left


def _is_ignored(entity: str, config: Config) -> bool:
    """Letter case does not matter here either.

    The wildcards for account and kind reach no further than these: anybody can make a role at the
    path `/x/role/aws-service-role/`.
    """
    return any(_fits(pattern.lower(), entity.lower()) for pattern in config.drift.ignore)


def _fits(pattern: str, entity: str) -> bool:
    steps = pattern.split("/", 2)
    return all(map(matches, steps, entity.split("/", len(steps) - 1)))
