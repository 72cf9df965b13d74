"""What a file opens, as values. `gitiam.report` has the words for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitiam.config import Account
from gitiam.models import Conditions, Kind
from gitiam.policy.statement import Statement

#: The level of an action that the catalogue does not know.
UNKNOWN = "unknown"
#: The kind of a file that cannot be read.
UNREADABLE = "unreadable"
#: The service of a pattern that means those of every service.
EVERY = "*"


class Standing(StrEnum):
    """What a permission is beside everything else that the principal has.

    `LONGER` is had already, but ends earlier without this file. `BARRED` is taken away again by a
    Deny, or by the permissions boundary. `GONE` was given by the file before, and by nobody now;
    `SHORTER` ends earlier than before.
    """

    NEW = "new"
    LONGER = "longer"
    HAD = "had"
    BARRED = "barred"
    GONE = "gone"
    SHORTER = "shorter"


@dataclass(frozen=True, slots=True)
class Level:
    """The actions of one access level, in AWS's spelling; sorted."""

    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """What is given of one service: patterns as they are written, and the actions that they mean.

    Of a pattern with wildcards only those actions count that may work on the resources. `service`
    is `EVERY` for a pattern that means all services; its actions are not listed, as they are tens
    of thousands: `levels` is empty then.
    """

    service: str
    patterns: tuple[str, ...]
    levels: tuple[Level, ...]

    @property
    def count(self) -> int:
        """How many actions that are."""
        return sum(len(level.actions) for level in self.levels)


def is_whole(access: ServiceAccess) -> bool:
    """Whether a pattern means all that one service has, and will have."""
    return any(":" in p and not p.partition(":")[2].strip("*") for p in access.patterns)


@dataclass(frozen=True, slots=True)
class Part:
    """Permissions that are alike: in standing, levels, resources, conditions and way.

    `but_actions` and `but_resources` are what a `Not…` list leaves out: everything else is meant.
    `until` is when it ends by itself, and has been taken out of `conditions`. `via` is the managed
    policy or group through which the principal has it. `by` says who else: who gives it already,
    whose Deny bars it; of a Deny, what it cuts into. `other_until` is when those end.
    """

    effect: str
    standing: Standing
    services: tuple[ServiceAccess, ...]
    resources: tuple[str, ...] = ()
    but_actions: tuple[str, ...] = ()
    but_resources: tuple[str, ...] = ()
    conditions: Conditions = ()
    until: datetime | None = None
    via: str = ""
    by: tuple[str, ...] = ()
    other_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """One statement of a role's trust policy, and whether it is new, had before, or gone."""

    statement: Statement
    standing: Standing


@dataclass(frozen=True, slots=True)
class Boundary:
    """The permissions boundary: what it is, what it was, and whether anybody knows what it says."""

    policy: str | None = None
    before: str | None = None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What the file does for one principal in one account.

    `allows` and `forbids` are what it says; `gone` and `freed` what it gave and forbade before, and
    nobody does now. `unread` are policies and groups that it attaches and that nobody here can
    read; `unread_before` those that the principal has anyhow, so that more may be had already than
    is known. `unresolved` says which grants cannot be understood. `others` are the other files that
    give the principal something. `users` are the members of a group, `trust` is who may assume a
    role where the estate declares it. `is_rough` is whether there was too much to compare: then
    some of what is had already is said to be new.
    """

    account: Account
    kind: Kind
    name: str
    allows: tuple[Part, ...] = ()
    forbids: tuple[Part, ...] = ()
    gone: tuple[Part, ...] = ()
    freed: tuple[Part, ...] = ()
    unread: tuple[str, ...] = ()
    unread_before: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    trust: tuple[Trusted, ...] = ()
    boundary: Boundary = Boundary()
    is_rough: bool = False

    @property
    def principal(self) -> str:
        """`role/data-pipeline`; `policy/NAME` for a shared policy that nobody has."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one file opens. `effects` are in the order of the file.

    `kind` is `request`, `principal`, `policy` or `UNREADABLE`. `is_gone` is whether the file is no
    longer there, and everything is told of what it was. `against` is whether it was compared with
    another tree, in which the file stood, or not (`is_known_there`); otherwise with all other
    files. `unknown_accounts` are those that `gitiam.yaml` does not have.
    """

    path: str
    kind: str
    reason: str
    ticket: str | None = None
    expires: datetime | None = None
    never_expires: bool = False
    is_expired: bool = False
    is_gone: bool = False
    against: bool = False
    is_known_there: bool = False
    unknown_accounts: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
