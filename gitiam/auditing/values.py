"""What an audit is made of, and what comes out: one value for each permission there ever was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from gitiam.approvals.record import Approved
from gitiam.models import ModuleKey
from gitiam.modules import Record


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the main branch; `author` is who wrote what it brought, as git has the name."""

    id: str
    place: int
    at: datetime
    author: str


@dataclass(frozen=True, slots=True)
class FileStep:
    """A commit changed a file. `raw` is what it holds then; None where that is not known.

    `is_gone` says that the file went; `problem` why there is no telling what it holds.
    """

    path: str
    commit: Commit
    raw: bytes | None = None
    is_gone: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Chronicle:
    """What git knows: every step of every request file, the oldest first.

    `places` are those of all commits of the line. `gaps` says what this clone lacks.
    """

    steps: Mapping[str, tuple[FileStep, ...]]
    places: Mapping[str, int]
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Books:
    """What the ledger knows: every record of every module, the oldest first.

    Where it is not `is_read`, nobody knows what was applied.
    """

    records: Mapping[ModuleKey, tuple[Record, ...]]
    gaps: tuple[str, ...] = ()
    is_read: bool = True

    @cached_property
    def by_path(self) -> Mapping[str, frozenset[ModuleKey]]:
        """In which modules each request file ever had a part."""
        found: dict[str, set[ModuleKey]] = {}
        for module, records in self.records.items():
            for path in {path for record in records for path in record.origins}:
                if path.startswith("requests/"):
                    found.setdefault(path, set()).add(module)
        return {path: frozenset(modules) for path, modules in found.items()}


@dataclass(frozen=True, slots=True)
class Given:
    """What one version of a file gives to one principal of one account.

    `fingerprint` is that of the part it has in the module, by today's bundles; None where they
    cannot tell. `resources` are patterns; `is_open` says that there is more than they tell, and
    `outlasts` that some of it ends by an apply alone, and not by its date.
    """

    account: str
    principal: str
    reason: str
    ticket: str
    expires: datetime | None
    grants: tuple[str, ...]
    resources: tuple[str, ...]
    is_open: bool
    outlasts: bool
    fingerprint: str | None


class Status(StrEnum):
    """How a permission stands."""

    IN_EFFECT = "in effect"
    PENDING = "pending"
    EXPIRED = "expired"
    REMOVED = "file removed"
    CHANGED = "file changed"
    NEVER_APPLIED = "never applied"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """How it is known which apply brought a version of a file."""

    COMMIT = "the run's commit"
    FINGERPRINT = "the fingerprint"
    TIME = "the time alone"
    UNCHANGED = "unchanged from the version before"


@dataclass(frozen=True, slots=True)
class Applied:
    """The apply that made it effective; `before` and `after` are the module's digests."""

    at: str
    run: Mapping[str, str]
    before: str
    after: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Permission:
    """One version of a file, for one principal of one account: the line of the audit.

    `commit` is None for what the ledger alone knows. `ended_at` is when it ended, and `ended_by`
    the run that took it away, where one did.
    """

    path: str
    account: str
    principal: str
    commit: Commit | None
    status: Status
    given: Given | None = None
    applied: Applied | None = None
    ended_at: str = ""
    ended_by: Mapping[str, str] = field(default_factory=dict)
    approved: Approved | None = None
    drift: tuple[str, ...] = ()
    problem: str = ""

    @property
    def requester(self) -> str:
        """Who asked for it: as GitHub names the person, else as git does."""
        if self.approved is not None and self.approved.author:
            return self.approved.author
        return self.commit.author if self.commit else ""

    @property
    def people(self) -> tuple[str, ...]:
        """Requester and approvers."""
        approvers = self.approved.approvers if self.approved else ()
        author = (self.commit.author,) if self.commit else ()
        return (self.requester, *author, *(one.person for one in approvers))


@dataclass(frozen=True, slots=True)
class Source:
    """One of the places that were asked, and what is missing of it."""

    name: str
    state: str
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """All of it, as of `at`."""

    at: datetime
    permissions: tuple[Permission, ...]
    sources: tuple[Source, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every source has told all that was asked of it."""
        return not any(source.gaps for source in self.sources)
