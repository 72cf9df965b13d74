"""What one file opens: for each of its principals, beside all that the principal has anyhow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gitiam.config import Account
from gitiam.explaining.comparing import Judged, Rest, name_of
from gitiam.explaining.grouping import Spelling, parts_of
from gitiam.explaining.sides import Given, Side, label_of
from gitiam.explaining.trust import trust_of
from gitiam.explaining.values import Boundary, Effect, Explanation, Part, Standing
from gitiam.load.estate import File
from gitiam.models import Declaration, Kind, ModuleKey, Request, SharedPolicy
from gitiam.policy.coverage import covers, singles
from gitiam.policy.new_access import may_meet
from gitiam.policy.reach import Piece
from gitiam.policy.statement import Statement

_KINDS = {Request: "request", Declaration: "principal", SharedPolicy: "policy"}
_TURNED = {Standing.NEW: Standing.GONE, Standing.LONGER: Standing.SHORTER}


def explained(path: str, side: Side, against: Side | None = None) -> Explanation:
    """What the file of this path opens; KeyError when it is not in the tree, or unreadable.

    New is what it adds to `against`, another tree with the same configuration; without one, to all
    other files of its own. A permission that cannot be proved to be old is new.
    """
    file = side.file(path)
    if file is None:
        raise KeyError(path)
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
        against=against is not None,
        is_known_there=against is not None and against.file(path) is not None,
        unknown_accounts=tuple(n for n in dict.fromkeys(file.accounts) if n not in known),
        effects=tuple(_effects(file, side, against)),
    )


def _effects(file: File, side: Side, against: Side | None) -> Iterator[Effect]:
    for account in side.accounts_of(file):
        match file:
            case Request():
                for who in dict.fromkeys(file.principals):
                    key = ModuleKey(account.name, who.kind, who.name)
                    yield _of_request(file, key, account, side, against)
            case SharedPolicy():
                yield from _of_policy(file, account, side, against)
            case Declaration():
                yield _of_declaration(file, account, side, against)


# -- requests -----------------------------------------------------------------------------------


def _of_request(
    file: Request, key: ModuleKey, account: Account, side: Side, against: Side | None
) -> Effect:
    mine = side.given(file, key, account)
    others = [r for r in side.requests_of(key) if r.path != file.path]
    rest = [side.given(r, key, account) for r in others]
    was = Given()
    before = [piece for given in rest for piece in given.pieces]
    if against is not None:
        before = against.everything(key, account)
        old = against.file(file.path)
        if isinstance(old, Request) and key in _keys(old, against):
            was = against.given(old, key, account)
    effect = _compared(key, account, mine, was, before, rest, side)
    return replace(
        effect,
        unresolved=mine.unresolved,
        unread=tuple(u for u in mine.unread if u not in was.unread),
        unread_before=tuple(sorted({u for given in rest for u in given.unread})),
        others=tuple(sorted(r.path for r in others)),
    )


def _keys(file: Request, side: Side) -> set[ModuleKey]:
    return {
        ModuleKey(account.name, who.kind, who.name)
        for account in side.accounts_of(file)
        for who in file.principals
    }


def _compared(
    key: ModuleKey,
    account: Account,
    mine: Given,
    was: Given,
    before: list[Piece],
    rest: Iterable[Given],
    side: Side,
) -> Effect:
    """What is given, forbidden, gone and freed, in parts."""
    around = [piece for given in rest for piece in given.pieces]
    after = [*mine.pieces, *around]
    named, limits = side.boundary(key, account)
    spelling = Spelling.of(p.statement for p in (*mine.pieces, *was.pieces))

    def parts(judged: Iterable[Judged]) -> tuple[Part, ...]:
        return parts_of(judged, spelling, side.catalog)

    gained = Rest(before, [p for p in after if p.statement.effect == "Deny"], limits)
    lost = Rest(after, [p for p in before if p.statement.effect == "Deny"])
    gone = (j for j in lost.judged(was.pieces) if j.standing in _TURNED)
    declaration = side.declaration_of(key)
    return Effect(
        account=account,
        kind=key.kind,
        name=key.name,
        allows=parts(gained.judged(mine.pieces)),
        forbids=parts(_forbidden(mine.pieces, after, before)),
        gone=parts(replace(j, standing=_TURNED[j.standing]) for j in gone),
        freed=parts(_freed(was.pieces, after)),
        users=side.members_of(key.name, account) if key.kind is Kind.GROUP else (),
        trust=trust_of(declaration, declaration, account) if declaration else (),
        boundary=Boundary(named, named, named is None or limits is not None),
    )


def _forbidden(
    mine: Iterable[Piece], allows: Iterable[Piece], before: Iterable[Piece]
) -> Iterator[Judged]:
    """Each thing that is forbidden; new unless it was before. `by`: what it cuts into."""
    given = _meant(allows, "Allow")
    known = [one for piece in before for one in _denials(piece)]
    for piece in mine:
        for one in _denials(piece):
            cut = sorted({name_of(other) for allow, other in given if may_meet(one, allow)})
            is_old = any(covers(other, one) for other in known)
            standing = Standing.HAD if is_old else Standing.NEW
            yield Judged(one, standing, piece.via, tuple(cut))


def _freed(was: Iterable[Piece], after: list[Piece]) -> Iterator[Judged]:
    """What the file forbade, and nobody does now. `by`: who gives it, so that it is open again."""
    given = _meant(after, "Allow")
    still = [one for piece in after for one in _denials(piece)]
    for piece in was:
        for one in _denials(piece):
            if not any(covers(other, one) for other in still):
                opened = sorted({name_of(o) for allow, o in given if may_meet(one, allow)})
                yield Judged(one, Standing.GONE, piece.via, tuple(opened))


def _denials(piece: Piece) -> Iterator[Statement]:
    return singles([piece.statement]) if piece.statement.effect == "Deny" else iter(())


def _meant(pieces: Iterable[Piece], effect: str) -> list[tuple[Statement, Piece]]:
    return [(p.statement.meaning(), p) for p in pieces if p.statement.effect == effect]


# -- shared policies ----------------------------------------------------------------------------


def _of_policy(
    file: SharedPolicy, account: Account, side: Side, against: Side | None
) -> Iterator[Effect]:
    """For each who has it; for the policy itself, where nobody has."""
    contents = side.policy(file, account)
    old = against.file(file.source.path) if against is not None else None
    holders = side.holders_of(file, account)
    for key in holders or [ModuleKey(account.name, Kind.POLICY, file.name)]:
        requests = side.requests_of(key)
        rest = [_apart_from(side.given(r, key, account), file, account) for r in requests]
        mine = was = Given()
        before = [piece for given in rest for piece in given.pieces]
        if against is not None:
            before = against.everything(key, account)
            if isinstance(old, SharedPolicy) and account.name in old.accounts:
                was = against.by_policy(old, key, account)
        mine = side.by_policy(file, key, account)
        if not holders:
            before = [*was.pieces]
        effect = _compared(key, account, mine, was, before, rest, side)
        yield replace(
            effect,
            unresolved=contents.unresolved,
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
    file: Declaration, account: Account, side: Side, against: Side | None
) -> Effect:
    who = file.principal
    key = ModuleKey(account.name, who.kind, who.name)
    old = against.declaration_of(key) if against is not None else None
    named, limits = side.boundary(key, account)
    before = against.boundary(key, account)[0] if against is not None else None
    return Effect(
        account=account,
        kind=who.kind,
        name=who.name,
        trust=trust_of(file, old, account),
        boundary=Boundary(named, before, named is None or limits is not None),
        users=side.members_of(who.name, account) if who.kind is Kind.GROUP else (),
        others=tuple(sorted(r.path for r in side.requests_of(key))),
    )
