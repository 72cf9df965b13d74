"""What a principal can do with all its policies together, asked for one action at a time.

An Allow counts unless it certainly gives nothing: no such request meets its conditions, no resource
on which the action works is among its own, a Deny covers it, or the boundary leaves no room. A Deny
counts only where it certainly holds for all of that. So nothing is missed for want of knowledge.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from gitiam.models import Conditions
from gitiam.policy.actions import names_action
from gitiam.policy.coverage import implied
from gitiam.policy.glob import is_glob
from gitiam.policy.meeting import is_all_of_a_kind, met, takes_all
from gitiam.policy.piece import Piece, bounded, in_known_words
from gitiam.policy.statement import Document, PolicyError, meaning_of_conditions
from gitiam.policy.subject import Subject
from gitiam.policy.truth import Domain, Truth, truth

#: An action's full name → globs of the ARNs that it works on for this principal; `("*",)` for an
#: action that has no resource.
Targets = Callable[[str], tuple[str, ...]]

_COLONS = 5
#: Of resources that are allowed with resources that are denied. AWS's limits on the size of
#: policies leave room for more; then no Deny is certain to hold.
MOST_COMPARISONS = 250_000
_NO_DOMAINS: Mapping[str, Domain] = {}
#: What says how `ssm` does something: the document, and the bucket for what comes of it.
_HOW_SSM = re.compile(r"arn:[^:]*:(s3:|ssm:[^:]*:[^:]*:document/)")


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to do one action on one pattern of resources.

    `target` is the kind of resource on which the action works, as a glob; `resource` is the
    narrower of that and what the statement says. `is_broad` is whether that leaves open which
    resource of the kind is meant; `is_certain` is whether the conditions hold in every request.
    """

    action: str
    target: str
    resource: str
    piece: Piece
    is_broad: bool
    is_certain: bool

    @property
    def is_named(self) -> bool:
        """Whether it is about one resource, named in full."""
        return not is_glob(self.resource.split(":", _COLONS)[-1])

    @property
    def is_left_open(self) -> bool:
        """Whether the statement is about everything of a kind, whatever was asked for."""
        return any(map(is_all_of_a_kind, self.piece.statement.resources or ("*",)))


class Reach:
    """All that one principal holds. Answers are cached by action and question."""

    def __init__(
        self,
        pieces: Iterable[Piece],
        subject: Subject,
        targets: Targets,
        boundary: Document | None = None,
    ) -> None:
        self.subject = subject
        self._targets = targets
        known = [bounded(piece) for piece in in_known_words(pieces, subject)]
        self._allows = _by_service(p for p in known if p.statement.effect == "Allow")
        self._denies = _by_service(p for p in known if p.statement.effect == "Deny")
        limits = None if boundary is None else [Piece(s, "permissions boundary") for s in boundary]
        self._has_boundary = limits is not None
        filled_limits = [bounded(piece) for piece in in_known_words(limits or (), subject)]
        self._limits = _by_service(p for p in filled_limits if p.statement.effect == "Allow")
        for service, denies in _by_service(
            p for p in filled_limits if p.statement.effect == "Deny"
        ).items():
            self._denies[service].extend(denies)
        self._meetings: dict[tuple[int, tuple[str, ...]], list[tuple[str, str, bool]]] = {}
        self._taken: dict[tuple[int, str], bool] = {}
        self._named: dict[str, list[Piece]] = {}
        self._held: dict[tuple[int, str], Truth] = {}
        self._is_vast = _resources(self._allows) * _resources(self._denies) > MOST_COMPARISONS
        self._cache: dict[tuple[str, tuple[str, ...] | None, tuple[object, ...]], list[Permit]] = {}

    @property
    def pieces(self) -> Iterator[Piece]:
        """Every statement that allows something, each once."""
        return iter({id(p): p for found in self._allows.values() for p in found}.values())

    def permits(
        self,
        action: str,
        on: tuple[str, ...] | None = None,
        domains: Mapping[str, Domain] = _NO_DOMAINS,
    ) -> list[Permit]:
        """Every leave to do `service:Name` on what it works on, or on the globs `on` among it.

        `domains` says more of this request's condition keys, such as which service a role is
        passed to.
        """
        asked = (action.lower(), on, tuple(domains.items()))
        if asked not in self._cache:
            self._cache[asked] = list(self._find(action, on, domains))
        return self._cache[asked]

    def _find(
        self, action: str, on: tuple[str, ...] | None, domains: Mapping[str, Domain]
    ) -> Iterator[Permit]:
        allows = self._allowing(action)
        if not allows:
            return
        service = action.partition(":")[0].lower()

        def domain(key: str) -> Domain:
            return domains.get(key) or self.subject.domain(service, key)

        targets = self._targets(action) if on is None else on
        denies = _naming(self._denies, action)
        limits = [
            piece
            for piece in _naming(self._limits, action)
            if _truth(piece.statement.conditions, domain) is not Truth.NEVER
        ]
        for piece in allows:
            holds = self._holds(piece, service, domain, domains)
            if holds is Truth.NEVER:
                continue
            holding = _Holding(piece.statement.conditions, domain)
            for target, resource, is_broad in self._met(piece, targets):
                if any(self._takes_all(d, resource) and holding.whenever(d) for d in denies):
                    continue
                if self._has_boundary and not any(self._met(p, (resource,)) for p in limits):
                    continue
                yield Permit(action, target, resource, piece, is_broad, holds is Truth.ALWAYS)

    def _allowing(self, action: str) -> list[Piece]:
        """Most actions are given by nothing: that is what must be known at once."""
        if action not in self._named:
            self._named[action] = _naming(self._allows, action)
        return self._named[action]

    def _holds(
        self,
        piece: Piece,
        service: str,
        domain: Callable[[str], Domain],
        domains: Mapping[str, Domain],
    ) -> Truth:
        """Without particulars of the request it is the same for every action of a service."""
        if domains:
            return _truth(piece.statement.conditions, domain)
        key = (id(piece), service)
        if key not in self._held:
            self._held[key] = _truth(piece.statement.conditions, domain)
        return self._held[key]

    # Which resources meet does not depend on the action, and many actions work on the same.

    def _met(self, piece: Piece, targets: tuple[str, ...]) -> list[tuple[str, str, bool]]:
        key = (id(piece), targets)
        if key not in self._meetings:
            self._meetings[key] = list(met(piece.statement, targets))
        return self._meetings[key]

    def _takes_all(self, deny: Piece, resource: str) -> bool:
        key = (id(deny), resource)
        if key not in self._taken:
            self._taken[key] = not self._is_vast and takes_all(deny.statement, resource)
        return self._taken[key]


def broad_kinds(permits: Iterable[Permit], is_broad: Callable[[Permit], bool]) -> frozenset[str]:
    """The actions among these permits that are broad on every kind of resource that they reach.

    Many actions ask for several at once, as `ec2:CreateSnapshot` does for a volume that is there
    and a snapshot that is not yet: then the narrowest says how far they go. What only says how a
    thing is done does not count beside what it is done to.
    """
    kinds: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for permit in permits:
        known = kinds[permit.action]
        known[permit.target] = known.get(permit.target, False) or is_broad(permit)
    return frozenset(action for action, known in kinds.items() if all(_deciding(action, known)))


def _deciding(action: str, known: Mapping[str, bool]) -> list[bool]:
    """Of the kinds that say how far an action goes: whether it is broad there."""
    if action.partition(":")[0].lower() != "ssm":
        return list(known.values())
    done_to = [v for target, v in known.items() if not _HOW_SSM.match(target)]
    return done_to or list(known.values())


_Index = defaultdict[str, list[Piece]]


def _resources(index: _Index) -> int:
    statements = {id(p): p.statement for found in index.values() for p in found}
    return sum(len(s.resources) + len(s.not_resources) for s in statements.values())


def _by_service(pieces: Iterable[Piece]) -> _Index:
    """Statements by the services that they name; under `*` those that may name any."""
    index: _Index = defaultdict(list)
    for piece in pieces:
        for name in _services(piece.statement.actions):
            index[name].append(piece)
    return index


@lru_cache(16_384)
def _services(actions: tuple[str, ...]) -> frozenset[str]:
    """The services that a list of actions names; `*` for any, and where there is no list."""
    names = {a.partition(":")[0].lower() for a in actions} or {"*"}
    return frozenset("*" if not name.strip("*") else name for name in names)


def _naming(index: _Index, action: str) -> list[Piece]:
    """The statements that are about an action."""
    if not index:
        return []
    likely = (*index.get(action.partition(":")[0].lower(), ()), *index.get("*", ()))
    return [piece for piece in likely if names_action(piece.statement, action)]


class _Holding:
    """Which statements hold in every request in which the given conditions do."""

    def __init__(self, given: Conditions, domain: Callable[[str], Domain]) -> None:
        self._given = meaning_of_conditions(given)
        self._domain = domain
        self._known: dict[int, bool] = {}

    def whenever(self, piece: Piece) -> bool:
        """Whether this one does; looked at once, however many resources there are."""
        if id(piece) not in self._known:
            self._known[id(piece)] = all(
                _truth((condition,), self._domain) is Truth.ALWAYS
                or implied(condition, self._given)
                for condition in meaning_of_conditions(piece.statement.conditions)
            )
        return self._known[id(piece)]


def _truth(conditions: Conditions, domain: Callable[[str], Domain]) -> Truth:
    """As `truth` has it; what cannot be understood, and is an error of its own, may hold or not."""
    try:
        return truth(conditions, domain)
    except PolicyError:
        return Truth.DEPENDS
