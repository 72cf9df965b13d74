"""One principal or shared policy, as it should be and as it is → every difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitiam.config import Account
from gitiam.desired.state import INLINE_NAME, OVERFLOW_PATH, Desired
from gitiam.drift import Aspect, DriftItem, DriftKind, UnreadPart, Value
from gitiam.models import Declaration, Kind
from gitiam.policy.statement import Document
from gitiam.snapshot import LiveDocument, LivePolicy, LivePrincipal, Unparsed
from gitiam.sync.drift.statements import Expired, arn_key, difference, origins, trust_meaning

Outcome = DriftItem | UnreadPart

#: What AWS sets on a role that asks for nothing else, in seconds.
DEFAULT_SESSION = 3600


def is_overflow(arn: str, account: Account) -> bool:
    """Whether the ARN has the form of the managed policies that gitiam makes for one principal."""
    prefix = f"arn:{account.partition}:iam::{account.id}:policy{OVERFLOW_PATH}gitiam-"
    return arn.startswith(prefix)


@dataclass(frozen=True)
class Comparison:
    """A principal: what it should have, what expired requests gave it, and how it is.

    `strict` asks for whatever the estate does not ask for, beside what bears gitiam's names.
    `policies` are the customer managed policies of the account, by `arn_key`.
    """

    desired: Desired
    expired: Expired
    live: LivePrincipal | None
    policies: Mapping[str, LivePolicy]
    strict: bool

    def outcomes(self) -> Iterator[Outcome]:
        """All differences, in no special order."""
        if self.live is None:
            if self._asks_for_something:
                yield self._absent()
            return
        yield from self._inline(self.live)
        yield from self._overflow(self.live)
        yield from self._attachments(self.live)
        yield from self._memberships(self.live)
        if self.desired.declaration is not None:
            yield from self._attributes(self.live, self.desired.declaration)

    # -- the principal itself ---------------------------------------------------------------

    @property
    def _asks_for_something(self) -> bool:
        d = self.desired
        return bool(d.declaration or d.inline or d.overflow or d.attachments or d.groups)

    def _absent(self) -> DriftItem:
        return self.item(
            DriftKind.MISSING,
            Aspect.PRINCIPAL,
            missing=self._all_wanted(),
            expected="declared" if self.desired.declaration else "made outside the estate",
            origins=tuple(self.desired.origins),
        )

    def _all_wanted(self) -> Document:
        overflow = (s for policy in self.desired.overflow for s in policy.document)
        return (*self.desired.inline, *overflow)

    def _attributes(self, live: LivePrincipal, wanted: Declaration) -> Iterator[Outcome]:
        yield from self.value(Aspect.PATH, wanted.path, live.path)
        if live.kind is Kind.GROUP:
            return
        yield from self._boundary(live)
        yield from self._tags(live, wanted)
        if live.kind is Kind.USER:
            return
        yield from self._told(Aspect.DESCRIPTION, wanted.description, live.description)
        yield from self._told(
            Aspect.MAX_SESSION, wanted.max_session or DEFAULT_SESSION, live.max_session
        )
        yield from self._trust(live)

    def _boundary(self, live: LivePrincipal) -> Iterator[Outcome]:
        wanted, found = self.desired.boundary, live.boundary
        if arn_key(wanted or "") != arn_key(found or ""):
            yield self.item(DriftKind.CHANGED, Aspect.BOUNDARY, expected=wanted, found=found)

    def _tags(self, live: LivePrincipal, wanted: Declaration) -> Iterator[Outcome]:
        """Tags under `aws:` are AWS's own, and nobody can change them."""
        found = {k: v for k, v in live.tags.items() if not k.lower().startswith("aws:")}
        differing = {k for k in {*wanted.tags, *found} if wanted.tags.get(k) != found.get(k)}
        if differing:
            yield self.item(
                DriftKind.CHANGED,
                Aspect.TAGS,
                expected={k: v for k, v in sorted(wanted.tags.items()) if k in differing},
                found={k: v for k, v in sorted(found.items()) if k in differing},
            )

    def _trust(self, live: LivePrincipal) -> Iterator[Outcome]:
        document = live.trust
        if document is None or isinstance(document, Unparsed):
            yield self._unread("trust policy", document)
            return
        account = self.desired.account
        found = difference(
            trust_meaning(self.desired.trust, account), trust_meaning(document, account), Expired()
        )
        if found.missing or found.extra:
            yield self.item(
                DriftKind.CHANGED, Aspect.TRUST, missing=found.missing, extra=found.extra
            )

    def _told(self, aspect: Aspect, wanted: Value, live: Value) -> Iterator[Outcome]:
        """A value that only ListRoles tells: without it, it is unread."""
        if live is None:
            yield self._unread(aspect.words, None)
        else:
            yield from self.value(aspect, wanted, live)

    def value(self, aspect: Aspect, wanted: Value, live: Value) -> Iterator[Outcome]:
        """A plain value that must be as it is asked for."""
        if wanted != live:
            yield self.item(DriftKind.CHANGED, aspect, expected=wanted, found=live)

    # -- policies ---------------------------------------------------------------------------

    def _inline(self, live: LivePrincipal) -> Iterator[Outcome]:
        own = _own_inline(live)
        document = live.inline[own] if own else None
        yield from self.document(Aspect.INLINE, INLINE_NAME, self.desired.inline, document)
        if not self.strict:
            return
        for name in sorted(set(live.inline) - {own}):
            yield from self._unasked(Aspect.INLINE, name, live.inline[name])

    def _overflow(self, live: LivePrincipal) -> Iterator[Outcome]:
        attached = set(map(arn_key, live.attached))
        for policy in self.desired.overflow:
            found = self.policies.get(arn_key(policy.arn))
            document = found.document if found else None
            yield from self.document(Aspect.POLICY, policy.arn, policy.document, document)
            if found and arn_key(policy.arn) not in attached:
                yield self.item(
                    DriftKind.MISSING,
                    Aspect.ATTACHMENT,
                    policy.arn,
                    missing=policy.document,
                    origins=origins(policy.document, self.desired.sids),
                )

    def _attachments(self, live: LivePrincipal) -> Iterator[Outcome]:
        attached = {arn_key(arn): arn for arn in live.attached}
        wanted = {arn_key(item.arn): item.arn for item in self.desired.attachments}
        for key in wanted.keys() - attached.keys():
            yield self.item(DriftKind.MISSING, Aspect.ATTACHMENT, wanted[key])
        overflow = {arn_key(policy.arn) for policy in self.desired.overflow}
        for key in attached.keys() - wanted.keys() - overflow:
            yield from self._unasked_attachment(key, attached[key])

    def _unasked_attachment(self, key: str, arn: str) -> Iterator[Outcome]:
        if key in self.expired.attachments:
            yield self.item(DriftKind.EXPIRED, Aspect.ATTACHMENT, arn)
        elif is_overflow(arn, self.desired.account):
            policy = self.policies.get(key)
            yield from self._unasked(Aspect.ATTACHMENT, arn, policy.document if policy else ())
        elif self.strict:
            yield self.item(DriftKind.UNMANAGED, Aspect.ATTACHMENT, arn)

    def _memberships(self, live: LivePrincipal) -> Iterator[Outcome]:
        found = {name.lower(): name for name in live.groups}
        wanted = {name.lower(): name for name in self.desired.groups}
        for key in wanted.keys() - found.keys():
            yield self.item(DriftKind.MISSING, Aspect.MEMBERSHIP, wanted[key])
        for key in found.keys() - wanted.keys():
            if key in self.expired.groups:
                yield self.item(DriftKind.EXPIRED, Aspect.MEMBERSHIP, found[key])
            elif self.strict:
                yield self.item(DriftKind.UNMANAGED, Aspect.MEMBERSHIP, found[key])

    def document(
        self, aspect: Aspect, name: str, wanted: Document, live: LiveDocument | None
    ) -> Iterator[Outcome]:
        """One policy that gitiam makes; `live` is None where there is none."""
        if isinstance(live, Unparsed):
            yield self._unread(f"{aspect.words} {name}".strip(), live)
        elif live and not wanted:
            yield from self._unasked(aspect, name, live)
        else:
            found = difference(wanted, live or (), self.expired)
            if found.expired:
                yield self._extra(DriftKind.EXPIRED, aspect, name, found.expired)
            if found.missing or found.extra:
                yield self.item(
                    DriftKind.CHANGED if found.extra else DriftKind.MISSING,
                    aspect,
                    name,
                    missing=found.missing,
                    extra=found.extra,
                    origins=origins((*found.missing, *found.extra), *self._sids),
                )

    def _unasked(self, aspect: Aspect, name: str, live: LiveDocument) -> Iterator[Outcome]:
        """A policy of which the estate asks nothing: what expired, and what nobody asked for."""
        if isinstance(live, Unparsed):
            yield self.item(DriftKind.UNMANAGED, aspect, name)
            yield self._unread(f"{aspect.words} {name}", live)
            return
        found = difference((), live, self.expired)
        if found.expired:
            yield self._extra(DriftKind.EXPIRED, aspect, name, found.expired)
        if found.extra or not live:
            yield self._extra(DriftKind.UNMANAGED, aspect, name, found.extra)

    # -- making items -----------------------------------------------------------------------

    @property
    def _sids(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return self.desired.sids, self.expired.sids

    def _extra(self, kind: DriftKind, aspect: Aspect, name: str, extra: Document) -> DriftItem:
        return self.item(kind, aspect, name, extra=extra, origins=origins(extra, *self._sids))

    def item(
        self,
        kind: DriftKind,
        aspect: Aspect,
        name: str = "",
        *,
        missing: Document = (),
        extra: Document = (),
        expected: Value = None,
        found: Value = None,
        origins: tuple[str, ...] = (),
    ) -> DriftItem:
        """A difference at this principal."""
        key = self.desired.key
        return DriftItem(
            account=key.account,
            principal=key.principal,
            kind=kind,
            aspect=aspect,
            name=name,
            missing=missing,
            extra=extra,
            expected=expected,
            found=found,
            origins=origins,
        )

    def _unread(self, what: str, document: Unparsed | None) -> UnreadPart:
        reason = document.reason if document else "AWS did not tell it"
        key = self.desired.key
        return UnreadPart(what, reason, account=key.account, principal=key.principal)


def policy_outcomes(desired: Desired, live: LivePolicy | None) -> Iterator[Outcome]:
    """A shared policy; nothing of it expires."""
    here = Comparison(desired, Expired(), None, {}, strict=True)
    if live is None:
        files = tuple(desired.origins)
        yield here.item(
            DriftKind.MISSING, Aspect.POLICY, desired.arn, missing=desired.inline, origins=files
        )
        return
    if desired.shared is not None:
        yield from here.value(Aspect.PATH, desired.shared.path, live.path)
        if live.description is not None:
            yield from here.value(Aspect.DESCRIPTION, desired.shared.description, live.description)
    yield from here.document(Aspect.POLICY, live.arn, desired.inline, live.document)


def _own_inline(live: LivePrincipal) -> str | None:
    """The inline policy that gitiam keeps, under whatever letter case it was made."""
    if INLINE_NAME in live.inline:
        return INLINE_NAME
    return next((name for name in sorted(live.inline) if name.lower() == INLINE_NAME), None)
