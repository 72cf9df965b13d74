"""The values that travel: principals, grants, requests, declarations, bundles.

They are frozen and know nothing of files, AWS or Terraform. `gitiam.load` makes them from YAML;
whatever reaches this module has the right shape, but is not yet judged by the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gitiam.findings import Location

#: The short name of an account, as `gitiam.yaml` has it.
ACCOUNT_NAME = r"[a-z0-9][a-z0-9-]{0,62}"
# IAM User Guide, "IAM identifiers".
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")


class Kind(StrEnum):
    """What a module makes, in the order in which modules must be applied."""

    POLICY = "policy"
    GROUP = "group"
    ROLE = "role"
    USER = "user"

    @property
    def rank(self) -> int:
        """0 for what is applied first: policies, then groups, then roles, then users."""
        return list(Kind).index(self)


#: IAM User Guide, "IAM and AWS STS quotas".
_NAME_LIMIT = {Kind.ROLE: 64, Kind.USER: 64, Kind.GROUP: 128, Kind.POLICY: 128}


def check_name(kind: Kind, name: str) -> str:
    """An IAM name of this kind, unchanged; ValueError says what is wrong with it.

    Names of dots alone are legal in IAM, but they are not names of folders: refused.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"`{name}` is not an IAM name; letters, digits and +=,.@_- may stand in one"
        )
    if not name.strip("."):
        raise ValueError(f"`{name}` cannot be used as a name")
    if len(name) > _NAME_LIMIT[kind]:
        raise ValueError(f"a {kind}'s name has at most {_NAME_LIMIT[kind]} characters")
    return name


class AccessLevel(StrEnum):
    """AWS's own classes of actions, as the Service Authorization Reference names them."""

    LIST = "list"
    READ = "read"
    WRITE = "write"
    TAGGING = "tagging"
    PERMISSIONS_MANAGEMENT = "permissions-management"


@dataclass(frozen=True, slots=True)
class Principal:
    """`role/NAME`, `user/NAME` or `group/NAME`, in an account that is named elsewhere."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        """The form in which requests write it."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class ModuleKey:
    """What one module is for, `ACCOUNT/KIND/NAME`; also the folder of the module and its state."""

    account: str
    kind: Kind
    name: str

    def __str__(self) -> str:
        """`prod/role/data-pipeline`."""
        return f"{self.account}/{self.kind}/{self.name}"

    @property
    def principal(self) -> str:
        """`role/data-pipeline`."""
        return f"{self.kind}/{self.name}"

    @property
    def order(self) -> tuple[int, str, str]:
        """Sorts modules as they must be applied: by kind, then account, then name."""
        return (self.kind.rank, self.account, self.name)

    @classmethod
    def parse(cls, text: str) -> ModuleKey:
        """Read `ACCOUNT/KIND/NAME`; ValueError when it is something else.

        As strict as the reading of requests: what no request can name is no module.
        """
        account, _, rest = text.partition("/")
        kind, _, name = rest.partition("/")
        if not re.fullmatch(ACCOUNT_NAME, account):
            raise ValueError(f"{text!r} is not ACCOUNT/KIND/NAME")
        return cls(account, Kind(kind), check_name(Kind(kind), name))


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator, key and values, as in `{"StringEquals": {"aws:RequestedRegion": ["x"]}}`."""

    operator: str
    key: str
    values: tuple[str, ...]


Conditions = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class BundleGrant:
    """A named, reviewed set of actions on the given resources."""

    bundle: str
    resources: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    conditions: Conditions = ()


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """Every action of these access levels that applies to the type of each resource."""

    levels: tuple[AccessLevel, ...]
    resources: tuple[str, ...]
    conditions: Conditions = ()


@dataclass(frozen=True, slots=True)
class ActionsGrant:
    """A raw statement: either actions or not_actions, and either resources or not_resources."""

    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    effect: str = "Allow"
    not_actions: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: Conditions = ()


@dataclass(frozen=True, slots=True)
class ManagedPolicyGrant:
    """A managed policy to attach: an ARN, a policy of the estate, or one of AWS's own by name."""

    policy: str


@dataclass(frozen=True, slots=True)
class GroupGrant:
    """Membership of a group; for users alone."""

    group: str


@dataclass(frozen=True, slots=True)
class AssumeGrant:
    """Leave to assume roles, by their ARNs."""

    roles: tuple[str, ...]
    conditions: Conditions = ()


Grant = BundleGrant | AccessGrant | ActionsGrant | ManagedPolicyGrant | GroupGrant | AssumeGrant

Step = str | int


class Source(Protocol):
    """The file that a value came from: `gitiam.load.document.Document` is the real one."""

    @property
    def path(self) -> str:
        """The path relative to the estate's folder, with forward slashes."""
        ...

    @property
    def text(self) -> str:
        """The whole file, as it is."""
        ...

    def place(self, *steps: Step) -> Location:
        """Where the value at these keys and indexes stands, or its nearest parent if absent."""
        ...

    def place_of_key(self, *steps: Step) -> Location:
        """Where the last key itself stands, rather than its value."""
        ...

    def place_of_entry(self, *steps: Step) -> Location | None:
        """What to take out so that this entry of a list is gone; None where that is not sure."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """One entry of `allow:`: findings of this rule in this file are known, and why they may be."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """Who needs what, why and until when: one file."""

    source: Source = field(compare=False, repr=False)
    accounts: tuple[str, ...]
    principals: tuple[Principal, ...]
    reason: str
    grants: tuple[Grant, ...]
    expires: datetime | None = None
    never_expires: bool = False
    ticket: str | None = None
    allow: tuple[Allowance, ...] = ()

    @property
    def path(self) -> str:
        """The file, relative to the estate: the request's name everywhere."""
        return self.source.path

    def is_expired(self, now: datetime) -> bool:
        """Whether access has ended at this instant; the instant of expiry is already past it."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class TrustEntry:
    """One statement of a role's trust policy: principals by type (AWS, Service, Federated, …)."""

    principals: tuple[tuple[str, tuple[str, ...]], ...]
    actions: tuple[str, ...]
    conditions: Conditions = ()
    effect: str = "Allow"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A principal that the estate owns (`kind: principal`)."""

    source: Source = field(compare=False, repr=False)
    accounts: tuple[str, ...]
    principal: Principal
    reason: str
    path: str = "/"
    description: str = ""
    trust: tuple[TrustEntry, ...] = ()
    permissions_boundary: str | None = None
    max_session: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    allow: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedPolicy:
    """A customer managed policy that several principals share (`kind: policy`)."""

    source: Source = field(compare=False, repr=False)
    accounts: tuple[str, ...]
    name: str
    reason: str
    grants: tuple[Grant, ...]
    path: str = "/"
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleResource:
    """A type of resource that a bundle takes: an ARN pattern with named placeholders."""

    name: str
    arn: str
    description: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class BundleParameter:
    """A value beside the resources: a pattern that it must match whole, and its default."""

    name: str
    description: str
    pattern: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class BundleStatement:
    """Actions on templates of resources; `why` says what needs them when that is not plain."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = ()
    why: str = ""
    console: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """A named, reviewed set of actions with typed resources: `templates/bundles/NAME.yaml`."""

    source: Source = field(compare=False, repr=False)
    name: str
    description: str
    statements: tuple[BundleStatement, ...]
    resources: tuple[BundleResource, ...] = ()
    parameters: tuple[BundleParameter, ...] = ()
