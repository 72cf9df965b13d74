"""What one file opens: for each of its principals, beside all that the principal has anyhow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from gitiam.config import Account
from gitiam.explaining.budget import Budget
from gitiam.explaining.comparing import Judged, Rest, as_long_as
from gitiam.explaining.denials import forbidden, freed
from gitiam.explaining.grouping import Spelling, parts_of
from gitiam.explaining.sides import Given, Side, label_of
from gitiam.explaining.trust import trust_of
from gitiam.explaining.values import UNREADABLE, Boundary, Effect, Explanation, Part, Standing
from gitiam.load.estate import File
from gitiam.models import Declaration, Kind, ModuleKey, Request, SharedPolicy
from gitiam.policy.piece import Piece

_KINDS = {Request: "request", Declaration: "principal", SharedPolicy: "policy"}
_TURNED = {Standing.NEW: Standing.GONE, Standing.LONGER: Standing.SHORTER}


@dataclass(frozen=True, slots=True)
class _Trees:
    """The tree that is asked about, the one to compare with, and how much may be compared."""

    side: Side
    against: Side | None
    budget: Budget = field(default_factory=Budget)


def explained(path: str, side: Side, against: Side | None = None) -> Explanation:
    """What the file of this path opens; with `against`, also what it opened there and does no more.

    New is what it adds to `against`, another tree with the same configuration; without one, to all
    other files of its own. A permission that cannot be proved to be old is new. Of a file that
    neither tree can read there is nothing but its path.
    """
    new = side.file(path)
    old = against.file(path) if against is not None else None
    file = new or old
    if file is None:
        return Explanation(path, UNREADABLE, "", against=against is not None)
    trees = _Trees(side, against)
    if new is not None and old is not None and type(new) is not type(old):
        # Another kind of file in the place of the old one: that is gone, and this is new.
        effects = [*_effects(None, old, trees), *_effects(new, None, trees)]
    else:
        effects = [*_effects(new, old, trees)]
    known = side.estate.config.accounts
    request = file if isinstance(file, Request) else None
    return Explanation(
        path=path,
        kind=_KINDS[type(file)],
        reason=file.reason,
        ticket=request.ticket if request else None,
        expires=request.expires if request else None,
        never_expires=request is not None and request.never_expires,
        is_expired=request is not None and request.is_expired(side.now),
        is_gone=new is None,
        against=against is not None,
        is_known_there=old is not None,
        unknown_accounts=tuple(n for n in dict.fromkeys(file.accounts) if n not in known),
        effects=tuple(effects),
    )


def _effects(new: File | None, old: File | None, trees: _Trees) -> Iterator[Effect]:
    """For everybody whom the one file or the other is about; both are of one kind."""
    accounts: dict[str, Account] = {}
    for file in (new, old):
        if file is not None:
            accounts |= {account.name: account for account in trees.side.accounts_of(file)}
    for account in accounts.values():
        match new or old:
            case Request():
                yield from _of_request(_request(new), _request(old), account, trees)
            case SharedPolicy():
                before, now = _in(_policy(old), account), _in(_policy(new), account)
                yield from _of_policy(now, before, account, trees)
            case Declaration():
                yield from _of_declaration(
                    _declaration(new), _declaration(old), account, trees.side
                )


def _request(file: File | None) -> Request | None:
    return file if isinstance(file, Request) else None


def _policy(file: File | None) -> SharedPolicy | None:
    return file if isinstance(file, SharedPolicy) else None


def _declaration(file: File | None) -> Declaration | None:
    return file if isinstance(file, Declaration) else None


def _in(file: SharedPolicy | None, account: Account) -> SharedPolicy | None:
    return file if file is not None and account.name in file.accounts else None


# -- requests -----------------------------------------------------------------------------------


def _of_request(
    new: Request | None, old: Request | None, account: Account, trees: _Trees
) -> Iterator[Effect]:
    side, against = trees.side, trees.against
    keys = {key: None for file in (new, old) if file for key in _keys(file, account)}
    for key in keys:
        mine = side.given(new, key, account) if new and key in _keys(new, account) else Given()
        was = Given()
        if against is not None and old is not None and key in _keys(old, account):
            was = against.given(old, key, account)
        path = (new or old).source.path  # type: ignore[union-attr]
        others = [r for r in side.requests_of(key) if r.path != path]
        rest = [side.given(r, key, account) for r in others]
        before = [piece for given in rest for piece in given.pieces]
        if against is not None:
            before = against.everything(key, account)
        effect = _compared(key, account, mine, was, before, rest, trees)
        yield replace(
            effect,
            unresolved=mine.unresolved,
            unread=tuple(u for u in mine.unread if u not in was.unread),
            unread_before=tuple(sorted({u for given in rest for u in given.unread})),
            others=tuple(sorted(r.path for r in others)),
        )


def _keys(file: Request, account: Account) -> tuple[ModuleKey, ...]:
    if account.name not in file.accounts:
        return ()
    return tuple(ModuleKey(account.name, who.kind, who.name) for who in file.principals)


def _compared(
    key: ModuleKey,
    account: Account,
    mine: Given,
    was: Given,
    before: list[Piece],
    rest: Iterable[Given],
    trees: _Trees,
) -> Effect:
    """What is given, forbidden, gone and freed, in parts."""
    side, budget = trees.side, trees.budget
    after = [*mine.pieces, *(piece for given in rest for piece in given.pieces)]
    named, limits = side.boundary(key, account)
    spelling = Spelling.of(p.statement for p in (*mine.pieces, *was.pieces))

    def parts(judged: Iterable[Judged]) -> tuple[Part, ...]:
        return parts_of(judged, spelling, side.catalog)

    gained = Rest(before, [p for p in after if p.statement.effect == "Deny"], limits, budget)
    lasting = as_long_as(after, was.pieces)
    lost = Rest(lasting, [p for p in before if p.statement.effect == "Deny"], None, budget)
    gone = (j for j in lost.judged(was.pieces) if j.standing in _TURNED)
    declaration = side.declaration_of(key)
    effect = Effect(
        account=account,
        kind=key.kind,
        name=key.name,
        allows=parts(gained.judged(mine.pieces)),
        forbids=parts(forbidden(mine.pieces, after, before, budget)),
        gone=parts(replace(j, standing=_TURNED[j.standing]) for j in gone),
        freed=parts(freed(was.pieces, after, budget)),
        users=side.members_of(key.name, account) if key.kind is Kind.GROUP else (),
        trust=trust_of(declaration, declaration, account),
        boundary=Boundary(named, named, named is None or limits is not None),
    )
    return replace(effect, is_rough=budget.is_spent)


# -- shared policies ----------------------------------------------------------------------------


def _of_policy(
    new: SharedPolicy | None,
    old: SharedPolicy | None,
    account: Account,
    trees: _Trees,
) -> Iterator[Effect]:
    """For each who has it, or had it; for the policy itself, where nobody has."""
    side, against = trees.side, trees.against
    holders = dict.fromkeys(side.holders_of(new, account) if new else ())
    if against is not None and old is not None:
        holders |= dict.fromkeys(against.holders_of(old, account))
    policy = new or old
    if policy is None:
        return
    for key in sorted(holders, key=lambda key: key.order) or [
        ModuleKey(account.name, Kind.POLICY, policy.name)
    ]:
        mine = side.by_policy(new, key, account) if new else Given()
        was = against.by_policy(old, key, account) if against and old else Given()
        requests = side.requests_of(key)
        rest = [_apart_from(side.given(r, key, account), policy, account) for r in requests]
        before = [piece for given in rest for piece in given.pieces]
        if against is not None:
            before = against.everything(key, account) if holders else list(was.pieces)
        effect = _compared(key, account, mine, was, before, rest, trees)
        yield replace(
            effect,
            unresolved=mine.unresolved,
            unread_before=tuple(sorted({u for given in rest for u in given.unread})),
            others=tuple(sorted(r.path for r in requests)),
        )


def _apart_from(given: Given, policy: SharedPolicy, account: Account) -> Given:
    """The same without what comes by the policy."""
    label = label_of(policy, account)
    kept = tuple(piece for piece in given.pieces if piece.via != label)
    return replace(given, pieces=kept, unread=tuple(u for u in given.unread if u != label))


# -- declarations -------------------------------------------------------------------------------


def _of_declaration(
    new: Declaration | None,
    old: Declaration | None,
    account: Account,
    side: Side,
) -> Iterator[Effect]:
    keys = dict.fromkeys(
        ModuleKey(account.name, file.principal.kind, file.principal.name)
        for file in (new, old)
        if file is not None and account.name in file.accounts
    )
    for key in keys:
        now = _of_key(new, key)
        before = _of_key(old, key)
        named, limits = side.boundary(key, account)
        yield Effect(
            account=account,
            kind=key.kind,
            name=key.name,
            trust=trust_of(now, before, account),
            boundary=Boundary(
                named,
                before.permissions_boundary if before else None,
                named is None or limits is not None,
            ),
            users=side.members_of(key.name, account) if key.kind is Kind.GROUP else (),
            others=tuple(sorted(r.path for r in side.requests_of(key))),
        )


def _of_key(file: Declaration | None, key: ModuleKey) -> Declaration | None:
    """The declaration, where it is one of this principal in this account."""
    if file is None or key.account not in file.accounts:
        return None
    same = (file.principal.kind, file.principal.name) == (key.kind, key.name)
    return file if same else None
