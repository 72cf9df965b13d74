"""What is known of a pull request, as values. Whatever is not known is said to be unknown.

Nothing here is believed to be complete unless it says so: an unknown permission, team, author or
pusher never helps anybody to an approval.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gitiam.approvals.names import is_bot, same
from gitiam.findings import Risk
from gitiam.models import Principal, Request


class Permission(StrEnum):
    """What a person may do in the repository, as GitHub names it."""

    ADMIN = "admin"
    MAINTAIN = "maintain"
    WRITE = "write"
    TRIAGE = "triage"
    READ = "read"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def may_write(self) -> bool:
        """Whether it is certain that the person may write."""
        return self in (Permission.ADMIN, Permission.MAINTAIN, Permission.WRITE)

    @property
    def is_unknown(self) -> bool:
        """Whether nobody could tell."""
        return self is Permission.UNKNOWN


class ReviewState(StrEnum):
    """What a review says; one that is pending has not been handed in, and is none."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody who takes part: `teams` as `org/team`, None when unknown."""

    login: str
    permission: Permission = Permission.UNKNOWN
    teams: frozenset[str] | None = None
    is_app: bool = False

    @property
    def is_human(self) -> bool:
        """Whether this can be a person at all."""
        return not self.is_app and not is_bot(self.login)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: the logins of authors, committer and co-authors.

    `unresolved` are the e-mail addresses of those of whom GitHub knows no login. A committer that
    is GitHub itself (`web-flow`) is left out.
    """

    sha: str
    authors: tuple[str, ...]
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """One review that was handed in: by whom, of which commit, and when."""

    person: str
    state: ReviewState
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Owned:
    """A principal, `ACCOUNT/KIND/NAME`, and who owns it by its declaration; None when nobody."""

    principal: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class ChangedRequest:
    """A changed file under `requests/`: as it was and as it becomes, both together.

    `tiers` are those of its accounts, None standing for an account that nobody knows; no tiers at
    all, no `risk` and no `kind` mean that the file could not be understood. `owners` must be those
    of before *and* after, so that nobody makes himself the owner of what he asks for. `days` is how
    long access may last from now; None for access without an end, and for what is not known.
    `requesters` are the people whom it is for, by their logins.
    """

    path: str
    tiers: tuple[str | None, ...] = ()
    risk: Risk | None = None
    owners: tuple[Owned, ...] = ()
    requesters: tuple[str, ...] = ()
    kind: str | None = None
    access: frozenset[str] | None = None
    days: int | None = None


def requesters_of(request: Request) -> tuple[str, ...]:
    """The users that a request is for: of those who are called alike on GitHub, nobody approves."""
    return tuple(principal.name for principal in request.principals if _is_user(principal))


def _is_user(principal: Principal) -> bool:
    return str(principal).startswith("user/")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request at one moment.

    `commits` are all that it would bring, the head among them. `pushers` are those who are known
    to have pushed to it; `last_pusher` is None when nobody knows who pushed last. `others` are the
    changed files outside of `requests/`, by path. `unread` says in words what could not be asked
    or was not complete, such as "more than 250 commits". `redirected` is when it last was given
    another branch to be merged into, and so other files that it changes; `elsewhere` is the branch,
    where that is not the main branch.
    """

    author: str
    head: str
    last_pusher: str | None
    commits: tuple[Commit, ...]
    reviews: tuple[Review, ...] = ()
    people: tuple[Person, ...] = ()
    requests: tuple[ChangedRequest, ...] = ()
    others: tuple[str, ...] = ()
    pushers: tuple[str, ...] = ()
    unread: tuple[str, ...] = field(default=())
    redirected: datetime | None = None
    elsewhere: str | None = None

    def person(self, login: str) -> Person:
        """What is known of this person; where there are two answers, nothing is."""
        found = {person for person in self.people if same(person.login) == same(login)}
        return found.pop() if len(found) == 1 else Person(login)
