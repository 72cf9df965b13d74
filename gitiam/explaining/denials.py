"""What a file forbids, and what it forbade before and nobody does now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitiam.explaining.budget import Budget
from gitiam.explaining.comparing import Judged, by_action, name_of, weight
from gitiam.explaining.values import Standing
from gitiam.policy.coverage import covers, singles
from gitiam.policy.new_access import may_meet
from gitiam.policy.piece import Piece
from gitiam.policy.statement import Statement


def forbidden(
    mine: Iterable[Piece], after: Iterable[Piece], before: Iterable[Piece], budget: Budget
) -> Iterator[Judged]:
    """Each thing that is forbidden; new unless it was before. `by`: what that may cut into."""
    given = _allowed(after)
    known = [piece.statement for piece in before if piece.statement.effect == "Deny"]
    for piece in mine:
        if piece.statement.effect == "Deny":
            by = _met(piece.statement, given, budget)
            for one, is_old in _beside(piece.statement, known, budget):
                standing = Standing.HAD if is_old else Standing.NEW
                yield Judged(one, standing, piece.via, by)


def freed(was: Iterable[Piece], after: Iterable[Piece], budget: Budget) -> Iterator[Judged]:
    """What the file forbade, and nobody does now. `by`: who gives it, so that it is open again."""
    now = list(after)
    given = _allowed(now)
    still = [piece.statement for piece in now if piece.statement.effect == "Deny"]
    for piece in was:
        if piece.statement.effect == "Deny":
            by = _met(piece.statement, given, budget)
            for one, is_still in _beside(piece.statement, still, budget):
                if not is_still:
                    yield Judged(one, Standing.GONE, piece.via, by)


def _beside(
    statement: Statement, others: list[Statement], budget: Budget
) -> Iterator[tuple[Statement, bool]]:
    """Each permission, and whether it lies within one of the others; no where that is too much."""
    if not budget.allows(weight(statement) * (1 + sum(map(weight, others)))):
        yield from ((one, False) for one in by_action(statement))
        return
    known = list(singles(others))
    for one in singles([statement]):
        yield one, any(covers(other, one) for other in known)


def _allowed(pieces: Iterable[Piece]) -> list[tuple[Statement, Piece]]:
    return [(p.statement.meaning(), p) for p in pieces if p.statement.effect == "Allow"]


def _met(deny: Statement, given: list[tuple[Statement, Piece]], budget: Budget) -> tuple[str, ...]:
    """The origins of what a Deny may be about, too; all of them where it is too much to tell."""
    deny = deny.meaning()
    cost = sum(
        len(deny.actions) * len(allow.actions) + len(deny.resources) * len(allow.resources) + 1
        for allow, _ in given
    )
    tells = budget.allows(cost)
    return tuple(sorted({name_of(p) for allow, p in given if not tells or may_meet(deny, allow)}))
