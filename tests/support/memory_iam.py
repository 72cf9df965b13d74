"""Live IAM in memory, with the rules of AWS's that an apply can meet: taken names, what is in use.

What stands here is compared with what is desired, so it keeps contents and not names alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitiam.config import Account
from gitiam.models import Kind

AWS_OWN = "arn:aws:iam::aws:policy/"


class AwsError(Exception):
    """What AWS answers; `about` is the ARN or `ACCOUNT/KIND/NAME` of what it is about."""

    def __init__(self, code: str, about: str) -> None:
        super().__init__(f"{code}: {about}")
        self.code = code
        self.about = about


@dataclass
class Entity:
    """A user, group, role or managed policy. `text` is its trust policy, or a policy's document."""

    arn: str
    kind: Kind
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    inline: dict[str, str] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)

    @property
    def account(self) -> str:
        """The id of its account."""
        return self.arn.split(":")[4]

    @property
    def spot(self) -> str:
        """What no two entities have in common: the path is no part of it, nor is case."""
        return spot(self.account, self.kind, self.name)


def spot(account: str, kind: Kind, name: str) -> str:
    """`ACCOUNT/KIND/NAME`, as AWS tells names apart."""
    return f"{account}/{kind}/{name.lower()}"


@dataclass
class MemoryIam:
    """All accounts. `destroyed` lists what was deleted, in order, `released` what was let go of."""

    entities: dict[str, Entity] = field(default_factory=dict)
    destroyed: list[str] = field(default_factory=list)
    released: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[Entity]:
        """Every entity."""
        return iter(list(self.entities.values()))

    def existing(self, account: Account, arns: Iterable[str]) -> frozenset[str]:
        """What recovery asks of live IAM."""
        there = {entity.arn for entity in self}
        return frozenset(there.intersection(arns))

    def find(self, account: str, kind: Kind, name: str) -> Entity | None:
        """The entity of this name, wherever it lies."""
        return self.entities.get(spot(account, kind, name))

    def get(self, account: str, kind: Kind, name: str) -> Entity:
        """The same; NoSuchEntity where there is none."""
        found = self.find(account, kind, name)
        if found is None:
            raise AwsError("NoSuchEntity", spot(account, kind, name))
        return found

    def policy(self, arn: str) -> Entity | None:
        """The managed policy of this very ARN."""
        return next((e for e in self if e.arn == arn), None)

    def create(self, entity: Entity) -> None:
        """Make what is not there."""
        if entity.spot in self.entities:
            raise AwsError("EntityAlreadyExists", entity.spot)
        self.entities[entity.spot] = entity

    def attach(self, entity: Entity, arn: str) -> None:
        """Attach a managed policy that exists; a second time changes nothing."""
        if not arn.startswith(AWS_OWN) and self.policy(arn) is None:
            raise AwsError("NoSuchEntity", arn)
        entity.attached.add(arn)

    def join(self, user: Entity, groups: Iterable[str]) -> None:
        """Put a user into groups that exist."""
        for group in sorted(groups):
            user.groups.add(self.get(user.account, Kind.GROUP, group).name)

    def delete(self, entity: Entity) -> None:
        """Delete, as the provider does: it clears a role before, and takes a user from groups."""
        if entity.kind is Kind.POLICY:
            is_used = any(entity.arn in other.attached for other in self)
        elif entity.kind is Kind.GROUP:
            is_used = any(entity.name in e.groups and e.account == entity.account for e in self)
            is_used = is_used or bool(entity.inline or entity.attached)
        else:
            is_used = entity.kind is Kind.USER and bool(entity.inline or entity.attached)
        if is_used:
            raise AwsError("DeleteConflict", entity.spot)
        del self.entities[entity.spot]
        self.destroyed.append(entity.spot)
