"""What of a principal's access one file brings, and where in the file.

A file brings a statement when it says it, or attaches the policy or group that does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from gitiam.config import Account
from gitiam.desired.grants import Access
from gitiam.findings import Location
from gitiam.models import (
    ActionsGrant,
    Conditions,
    Declaration,
    Grant,
    GroupGrant,
    ManagedPolicyGrant,
    ModuleKey,
)
from gitiam.policy.actions import action_matches, names_action, takes_action
from gitiam.policy.coverage import is_end
from gitiam.policy.piece import Piece
from gitiam.policy.reach import Permit
from gitiam.policy.resource import resource_within, resources_meet
from gitiam.policy.statement import meaning_of_conditions
from gitiam.validate.context import Context, File
from gitiam.validate.reaching import Holder

#: How much a grant is like a permit: the same resource, a wider one, one that meets it.
_Likeness = tuple[bool, bool, bool, bool]


@dataclass(frozen=True)
class Share:
    """One file's part in what one principal holds."""

    file: File
    holder: Holder
    context: Context
    _placed: dict[tuple[str, str], list[tuple[int, Location]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def path(self) -> str:
        """Of the file."""
        return self.file.source.path

    def brings(self, piece: Piece) -> bool:
        """Whether the principal has this statement by this file."""
        return piece.origin == self.path or (bool(piece.via) and piece.via in self._labels)

    def place(self, permit: Permit) -> Location:
        """Where the file gives it: the action, or the grant that has it; else its beginning.

        Of several grants of an action it is the one with the resource and the conditions that are
        meant: policies hold what grants give in other words, merged and with a date.
        """
        places = self._places(permit)
        if len(places) == 1:
            return places[0][1]
        best = max(places, key=lambda one: self._likeness(one[0], permit), default=None)
        return best[1] if best else self.file.source.place("grants")

    def _places(self, permit: Permit) -> list[tuple[int, Location]]:
        """Every grant that has the action, and where: the resource does not matter yet."""
        key = (permit.action, permit.piece.via)
        if key not in self._placed:
            self._placed[key] = [
                (index, place)
                for index, grant in enumerate(self._grants)
                if (place := self._in_grant(index, grant, permit)) is not None
            ]
        return self._placed[key]

    @cached_property
    def _grants(self) -> tuple[Grant, ...]:
        return () if isinstance(self.file, Declaration) else self.file.grants

    @cached_property
    def _access(self) -> tuple[Access | None, ...]:
        """What each grant gives; None where that cannot be said."""
        account: Account = self.holder.desired.account
        if isinstance(self.file, Declaration):
            return ()
        return tuple(self.context.access(self.file, i, account) for i in range(len(self._grants)))

    @cached_property
    def _labels(self) -> frozenset[str]:
        """What the file attaches: managed policies and groups, as `Piece.via` names them."""
        found = {f"group/{grant.group}" for grant in self._grants if isinstance(grant, GroupGrant)}
        for index, grant in enumerate(self._grants):
            if isinstance(grant, ManagedPolicyGrant):
                found |= self._attached(index)
        return frozenset(found)

    def _attached(self, index: int) -> frozenset[str]:
        access = self._access[index]
        return frozenset(item.label for item in access.attachments) if access else frozenset()

    def _likeness(self, index: int, permit: Permit) -> _Likeness:
        access = self._access[index]
        wanted = _all_but_date(permit.piece.statement.conditions)
        found = [(False, False, False, False)]
        for statement in access.statements if access else ():
            if names_action(statement, permit.action):
                takes = any(resource_within(r, permit.resource) for r in statement.resources)
                meets = any(resources_meet(r, permit.resource) for r in statement.resources)
                is_alike = _all_but_date(statement.conditions) == wanted
                is_same = permit.resource in statement.resources
                found.append((is_same and is_alike, takes and is_alike, meets and is_alike, takes))
        return max(found)

    def _in_grant(self, index: int, grant: Grant, permit: Permit) -> Location | None:
        if bool(permit.piece.via) is not isinstance(grant, (GroupGrant, ManagedPolicyGrant)):
            return None
        source = self.file.source
        match grant:
            case ActionsGrant(effect="Allow", not_actions=()):
                if takes_action(grant.actions, permit.action):
                    named = (action_matches(action, permit.action) for action in grant.actions)
                    return source.place("grants", index, "actions", [*named].index(True))
            case ActionsGrant(effect="Allow"):
                if not takes_action(grant.not_actions, permit.action):
                    return source.place_of_key("grants", index, "not_actions")
            case ManagedPolicyGrant():
                if permit.piece.via in self._attached(index):
                    return source.place("grants", index, "managed_policy")
            case GroupGrant():
                if permit.piece.via == f"group/{grant.group}":
                    return source.place("grants", index, "group")
            case ActionsGrant():
                pass
            case _:
                access = self._access[index]
                if access and any(names_action(s, permit.action) for s in access.statements):
                    return source.place("grants", index)
        return None


def _all_but_date(conditions: Conditions) -> Conditions:
    return tuple(c for c in meaning_of_conditions(conditions) if not is_end(c))


def share_of(file: File, holder: Holder, context: Context) -> Share:
    """The one of this file, made at the first question."""
    return context.once(_Shares).share(file, holder)


def contributors(piece: Piece, holder: Holder, context: Context) -> Iterator[Share]:
    """Those by which a principal has a statement."""
    for path in holder.desired.origins:
        file = context.by_path.get(path)
        if file is not None and (share := share_of(file, holder, context)).brings(piece):
            yield share


@dataclass
class _Shares:
    context: Context
    _made: dict[tuple[str, ModuleKey], Share] = field(default_factory=dict)

    def share(self, file: File, holder: Holder) -> Share:
        key = (file.source.path, holder.key)
        if key not in self._made:
            self._made[key] = Share(file, holder, self.context)
        return self._made[key]
