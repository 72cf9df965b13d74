"""Permissions beside those that are there anyhow: which are new, and who gives the others.

What is new is for `gitiam.policy.new_access` to say; it never calls new access old. Here it is
asked service by service, as permissions of two services never lie within each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitiam.explaining.budget import Budget
from gitiam.explaining.values import EVERY, Standing
from gitiam.policy.coverage import covers, is_end, singles
from gitiam.policy.new_access import may_meet, new_access, takes_away
from gitiam.policy.operators import instant
from gitiam.policy.piece import Piece
from gitiam.policy.resource import resources_meet
from gitiam.policy.statement import Document, Statement

#: What bars a permission where no Deny of a file does.
BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class Judged:
    """One action (a pattern in small letters) on one resource, and what it is beside the rest.

    `by` are the origins of what gives it already, or bars it; `until` is when those end.
    """

    single: Statement
    standing: Standing
    via: str
    by: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass
class Rest:
    """What is there beside the permissions that are asked about.

    `before` is what the principal had, `denies` what is forbidden to it now. A `boundary` allows
    nothing itself, and what it does not allow is barred.
    """

    before: Sequence[Piece]
    denies: Sequence[Piece]
    boundary: Document | None = None
    budget: Budget = field(default_factory=Budget)
    _before: dict[str, list[Piece]] = field(init=False)
    _denies: dict[str, list[Piece]] = field(init=False)
    _limits: tuple[Statement, ...] | None = None

    def __post_init__(self) -> None:
        limits = [Piece(s, BOUNDARY) for s in self.boundary or () if s.effect == "Deny"]
        if self.boundary is not None:
            self._limits = tuple(s for s in singles(self.boundary) if s.effect == "Allow")
        self._before = _by_service(self.before)
        self._denies = _by_service([*self.denies, *limits])

    def judged(self, mine: Iterable[Piece]) -> Iterator[Judged]:
        """Each permission that these pieces allow."""
        for piece in mine:
            if piece.statement.effect == "Allow":
                for service, statement in _apart(piece.statement):
                    yield from self._of_service(service, statement, piece.via)

    def _of_service(self, service: str, statement: Statement, via: str) -> Iterator[Judged]:
        """Resource by resource, beside what may be about it: most files name a few, and often."""
        before, denies = _about(self._before, service), _about(self._denies, service)
        places = sum(len(piece.statement.resources) + 1 for piece in (*before, *denies))
        cost = weight(statement) + len(statement.resources) * places
        if not self.budget.allows(cost):
            yield from (Judged(one, Standing.NEW, via) for one in by_action(statement))
            return
        for resource in statement.resources or (None,):
            where = statement if resource is None else statement.but(resources=(resource,))
            yield from self._of_resource(
                where, via, _meeting(before, resource), _meeting(denies, resource)
            )

    def _of_resource(
        self, statement: Statement, via: str, before: list[Piece], denies: list[Piece]
    ) -> Iterator[Judged]:
        own = list(singles([statement]))
        there, barred = (sum(weight(p.statement) for p in side) for side in (before, denies))
        if not self.budget.allows(len(own) * (2 * there + barred) + there * barred):
            yield from (Judged(one, Standing.NEW, via) for one in own)
            return
        known = [(s, p) for p in before for s in singles([p.statement]) if s.effect == "Allow"]
        barring = [(s, p) for p in denies for s in singles([p.statement])]
        freed = [
            one
            for piece in before
            for one in singles([piece.statement])
            if one.effect == "Deny" and not any(covers(still, one) for still, _ in barring)
        ]
        fresh = frozenset(
            new_access([p.statement for p in before], [statement, *(p.statement for p in denies)])
        )
        for one in own:
            yield self._one(one, via, one in fresh, known, barring, freed)

    def _one(
        self,
        one: Statement,
        via: str,
        is_fresh: bool,
        known: list[tuple[Statement, Piece]],
        barring: list[tuple[Statement, Piece]],
        freed: list[Statement],
    ) -> Judged:
        if self._is_outside(one):
            return Judged(one, Standing.BARRED, via, (BOUNDARY,))
        if not is_fresh:
            barred = sorted({p.origin for deny, p in barring if takes_away(deny, one)})
            if barred:
                return Judged(one, Standing.BARRED, via, tuple(barred))
            return Judged(one, Standing.HAD, via, _givers(one, known))
        if any(may_meet(deny, one) for deny in freed):
            return Judged(one, Standing.NEW, via)
        timeless = _timeless(one)
        earlier = [(_timeless(s), p) for s, p in known]
        by = _givers(timeless, earlier)
        if not by:
            return Judged(one, Standing.NEW, via)
        ends = [
            end
            for (short, _), (whole, _) in zip(earlier, known, strict=True)
            if covers(short, timeless) and (end := end_of(whole)) is not None
        ]
        return Judged(one, Standing.LONGER, via, by, max(ends, default=None))

    def _is_outside(self, one: Statement) -> bool:
        return self._limits is not None and not any(may_meet(s, one) for s in self._limits)


def end_of(statement: Statement) -> datetime | None:
    """When the statement ends by itself; None: never, or nobody can say."""
    ends = []
    for condition in statement.conditions:
        if is_end(condition):
            try:
                ends.append(max(map(instant, condition.values)))
            except ValueError:
                continue
    return min(ends, default=None)


def _timeless(statement: Statement) -> Statement:
    """The same without its end."""
    return statement.but(conditions=tuple(one for one in statement.conditions if not is_end(one)))


def as_long_as(after: Iterable[Piece], was: Sequence[Piece]) -> list[Piece]:
    """What is there now, each prohibition that only lasts longer than it did put back to that.

    For as long as was given what those forbid as well, they come to the same; of a permission that
    outlives such a prohibition they do not.
    """
    given = [end_of(p.statement) for p in was if p.statement.effect == "Allow"]
    ended = {
        _timeless(p.statement): p
        for p in was
        if p.statement.effect == "Deny" and _outlasts(end_of(p.statement), given)
    }
    return [
        ended.get(_timeless(piece.statement), piece) if piece.statement.effect == "Deny" else piece
        for piece in after
    ]


def _outlasts(end: datetime | None, others: Iterable[datetime | None]) -> bool:
    return end is None or all(other is not None and other <= end for other in others)


def _givers(one: Statement, known: list[tuple[Statement, Piece]]) -> tuple[str, ...]:
    """Who gives a permission already: the file, and what it comes through."""
    return tuple(sorted({name_of(piece) for outer, piece in known if covers(outer, one)}))


def name_of(piece: Piece) -> str:
    """`requests/x.yaml`, or `requests/x.yaml by group/analysts`."""
    return f"{piece.origin} by {piece.via}" if piece.via else piece.origin


def _apart(statement: Statement) -> Iterator[tuple[str, Statement]]:
    """A statement for each service that it names."""
    if not statement.actions:
        yield EVERY, statement
        return
    services: defaultdict[str, list[str]] = defaultdict(list)
    for action in statement.actions:
        services[_service(action)].append(action)
    for service, actions in services.items():
        yield service, statement.but(actions=tuple(actions))


def _service(action: str) -> str:
    service = action.partition(":")[0].lower()
    return service if service.strip("*") else EVERY


def _by_service(pieces: Iterable[Piece]) -> dict[str, list[Piece]]:
    found: defaultdict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        for service, statement in _apart(piece.statement):
            found[service].append(Piece(statement, piece.origin, piece.via))
    return found


def _about(index: dict[str, list[Piece]], service: str) -> list[Piece]:
    """What may have to do with a service; with all of them, everything may."""
    if service == EVERY:
        return [piece for pieces in index.values() for piece in pieces]
    return [*index.get(service, ()), *index.get(EVERY, ())]


def _meeting(pieces: Iterable[Piece], resource: str | None) -> list[Piece]:
    """The pieces that may be about the resource, with those of their resources alone."""
    found = []
    for piece in pieces:
        statement = piece.statement
        if resource is not None and statement.resources:
            places = tuple(r for r in statement.resources if resources_meet(r, resource))
            if not places:
                continue
            statement = statement.but(resources=places)
        found.append(Piece(statement, piece.origin, piece.via))
    return found


def by_action(statement: Statement) -> Iterator[Statement]:
    """The statement taken apart by its actions alone."""
    meant = statement.meaning()
    return (
        (meant.but(actions=(action,)) for action in meant.actions)
        if meant.actions
        else iter([meant])
    )


def weight(statement: Statement) -> int:
    """How many permissions it holds, taken apart."""
    return max(len(statement.actions), 1) * max(len(statement.resources), 1)
