"""What the rules about harmful actions share: which of them a file really gives, and on what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import ClassVar

from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.policy.evaluate import action_matches
from gitiam.policy.reach import Permit, broad_kinds
from gitiam.policy.resource import resource_within
from gitiam.policy.statement import Statement
from gitiam.risks.actions import RiskClass, RiskyAction, risky_actions
from gitiam.validate.context import Context, File
from gitiam.validate.reaching import Holder, brings, holders, place_of
from gitiam.validate.rule import Rule, listed


class HarmRule(Rule):
    """A rule that looks for the actions of one class in what a file gives.

    The data say how risky each is where it is left open on which resource, and where one is named;
    low is not worth a word. `says` follows on "with this, role/x can".
    """

    severity = Severity.WARNING
    allowable = True
    harm: ClassVar[RiskClass]
    says: ClassVar[str]
    mend: ClassVar[str]

    def check(self, file: File, context: Context) -> Iterator[Finding]:
        """At each grant that gives such actions."""
        for holder in holders(context).of(file):
            found: defaultdict[Location, list[_Given]] = defaultdict(list)
            every = list(given(file, self.harm, holder, context))
            broad = broad_kinds((permit for permit, _ in every), is_wide)
            for permit, action in every:
                wide = action.action in broad
                risk = action.broad if wide else action.scoped
                if risk is not Risk.LOW and wide is is_wide(permit):
                    place = place_of(file, permit, holder, context)
                    found[place].append(_Given(risk, wide, permit))
            for place, those in found.items():
                yield self._finding(place, those, holder)

    def _finding(self, place: Location, those: list[_Given], holder: Holder) -> Finding:
        """One for each place: the gravest actions are named, the others counted."""
        risk = max((one.risk for one in those), key=lambda one: one.rank)
        gravest = [one for one in those if one.risk is risk]
        wide = any(one.is_wide for one in gravest)
        ordered = sorted(those, key=lambda one: -one.risk.rank)
        actions = listed(dict.fromkeys(one.permit.action for one in ordered))
        resources = sorted({one.permit.resource for one in gravest})
        where = "anywhere" if wide else f"on {listed(resources, 2)}"
        message = f"with this, {holder} can {self.says} {where} ({actions})"
        severity = self.severity if risk.rank >= Risk.HIGH.rank else Severity.NOTE
        fix = Fix(self.mend) if wide else None
        return Finding(self.id, severity, place, message, fix, risk)


@dataclass(frozen=True, slots=True)
class _Given:
    risk: Risk
    is_wide: bool
    permit: Permit


def given(
    file: File, harm: RiskClass, holder: Holder, context: Context
) -> Iterator[tuple[Permit, RiskyAction]]:
    """What the file gives of a class of harm, Deny and conditions weighed.

    Not on the principal's own self: to change one's own keys is nobody else's harm.
    """
    pieces = [p for p in holder.reach.pieces if brings(file, p, holder, context)]
    named = frozenset().union(*(_named(p.statement, harm) for p in pieces))
    for action in _actions(harm):
        if action.action not in named:
            continue
        for permit in holder.reach.permits(action.action):
            if brings(file, permit.piece, holder, context) and not _is_own(permit, holder):
                yield permit, action


def is_wide(permit: Permit) -> bool:
    """Whether it is left open which resource is meant, by ARN and by tag."""
    conditions = permit.piece.statement.conditions
    return permit.is_broad and not any("resourcetag/" in c.key.lower() for c in conditions)


def _is_own(permit: Permit, holder: Holder) -> bool:
    return "${aws:username" in permit.resource.lower() or (
        not permit.is_broad and any(resource_within(own, permit.resource) for own in holder.own)
    )


@cache
def _actions(harm: RiskClass) -> tuple[RiskyAction, ...]:
    every = (action for found in risky_actions().values() for action in found)
    return tuple(action for action in every if action.kind is harm)


def _named(statement: Statement, harm: RiskClass) -> frozenset[str]:
    if statement.not_actions:
        excepted = (_matched(p.lower(), harm) for p in statement.not_actions)
        return frozenset(a.action for a in _actions(harm)).difference(*excepted)
    return frozenset().union(*(_matched(p.lower(), harm) for p in statement.actions))


@lru_cache(16_384)
def _matched(pattern: str, harm: RiskClass) -> frozenset[str]:
    return frozenset(a.action for a in _actions(harm) if action_matches(pattern, a.action))
