"""What the rules about harmful actions share: which of them a file really gives, and on what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from gitiam.findings import Finding, Fix, Location, Risk, Severity
from gitiam.models import ModuleKey
from gitiam.policy.actions import Watched
from gitiam.policy.reach import Permit, broad_kinds
from gitiam.risks.actions import RiskClass, RiskyAction, risky_actions
from gitiam.validate.context import Context, File
from gitiam.validate.narrowing import is_wide
from gitiam.validate.reaching import Holder, holders
from gitiam.validate.rule import Rule, listed
from gitiam.validate.share import Share, share_of

#: `privilege-escalation`, `broad-pass-role` and `cross-account-access` say what they are.
_TOLD_BY_OTHERS = frozenset(["sts:AssumeRole", "iam:PassRole"])


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
            share = share_of(file, holder, context)
            every = list(given(share, self.harm, context))
            broad = broad_kinds((permit for permit, _ in every), is_wide)
            for permit, action in every:
                wide = action.action in broad
                risk = action.broad if wide else action.scoped
                if risk is not Risk.LOW and wide is is_wide(permit):
                    place = share.place(permit)
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


def given(share: Share, harm: RiskClass, context: Context) -> Iterator[tuple[Permit, RiskyAction]]:
    """What a file gives of a class of harm, Deny and conditions weighed."""
    return (
        one for one in context.once(_Harms).of(share.holder, harm) if share.brings(one[0].piece)
    )


class _Harms:
    """What each holder has of each class, by whatever file: several files give to one."""

    def __init__(self, _context: Context) -> None:
        self._found: dict[tuple[ModuleKey, RiskClass], list[tuple[Permit, RiskyAction]]] = {}

    def of(self, holder: Holder, harm: RiskClass) -> list[tuple[Permit, RiskyAction]]:
        key = (holder.key, harm)
        if key not in self._found:
            self._found[key] = list(_held(holder, harm))
        return self._found[key]


def _held(holder: Holder, harm: RiskClass) -> Iterator[tuple[Permit, RiskyAction]]:
    """Not on the principal's own self: to change one's own keys is nobody else's harm."""
    watched = _watched(harm)
    named = frozenset().union(*(watched.named_by(p.statement) for p in holder.reach.pieces))
    for action in _actions(harm) if named else ():
        if action.action not in named or action.action in _TOLD_BY_OTHERS:
            continue
        for permit in holder.reach.permits(action.action):
            if not _is_own(permit, holder):
                yield permit, action


def _is_own(permit: Permit, holder: Holder) -> bool:
    return not permit.is_broad and holder.is_itself(permit.resource)


@cache
def _actions(harm: RiskClass) -> tuple[RiskyAction, ...]:
    every = (action for found in risky_actions().values() for action in found)
    return tuple(action for action in every if action.kind is harm)


@cache
def _watched(harm: RiskClass) -> Watched:
    return Watched(action.action for action in _actions(harm))
