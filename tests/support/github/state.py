"""What GitHub remembers: people, teams, repositories, and what was said in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.github.bare import Bare

#: From the least to the most.
ROLES = ("none", "read", "triage", "write", "maintain", "admin")
#: The word that GitHub's older answers have for a role.
LEGACY = {"triage": "read", "maintain": "write"}


def at_least(role: str, wanted: str) -> bool:
    """Whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(wanted)


@dataclass
class User:
    """A person, an organisation or an app's bot."""

    login: str
    id: int
    kind: str = "User"
    name: str = ""
    #: Deleted: reviews and comments stay, with nobody as their author.
    gone: bool = False
    #: Still there to see, and may do nothing.
    suspended: bool = False

    @property
    def email(self) -> str:
        """The address in this person's commits."""
        return f"{self.login.removesuffix('[bot]')}@example.com"

    @property
    def emails(self) -> tuple[str, str]:
        """Both by which GitHub knows the person; the second is the one that GitHub gives."""
        return self.email, f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass
class Team:
    """A team of an organisation; members by login, each with `member` or `maintainer`."""

    org: str
    slug: str
    id: int
    members: dict[str, str] = field(default_factory=dict)


@dataclass
class Token:
    """Who speaks. `permissions` is None for a person, who may do whatever the role allows."""

    text: str
    user: User
    permissions: dict[str, str] | None = None
    repository: str | None = None
    used: int = 0


@dataclass
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    issue: int
    user: User
    body: str
    created: str
    updated: str
    app: bool = False


@dataclass
class Reaction:
    """A small picture under a comment, or under an issue where `comment` is None."""

    id: int
    issue: int
    comment: int | None
    user: User
    content: str
    created: str


@dataclass
class Issue:
    """An issue, or what a pull request has in common with one."""

    id: int
    number: int
    user: User
    title: str
    body: str | None
    created: str
    updated: str
    state: str = "open"
    state_reason: str | None = None
    closed: str | None = None
    closed_by: User | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    editors: list[User | None] = field(default_factory=list)
    pull: Pull | None = None


@dataclass
class Pull:
    """What a pull request has beyond its issue. `head` moves with the branch while it is open."""

    id: int
    base_ref: str
    head_ref: str
    head: str
    base: str
    draft: bool = False
    reviewers: list[User] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    merged: str | None = None
    merged_by: User | None = None
    merge_sha: str | None = None
    published: str | None = None
    reviews: list[Review] = field(default_factory=list)
    comments: list[ReviewComment] = field(default_factory=list)
    #: Where the head is, if that is another repository; `fork_gone` once that was deleted.
    fork: Repository | None = field(default=None, repr=False, compare=False)
    fork_gone: bool = False
    #: The base and the head of which `refs/pull/N/merge` is the merge.
    tried: tuple[str, str] | None = None
    #: When, and by whom, it was directed at another branch.
    redirected: list[tuple[str, User]] = field(default_factory=list)


@dataclass
class Review:
    """A review; its commit is the one that was looked at, whatever is pushed later."""

    id: int
    user: User
    body: str
    state: str
    commit: str
    submitted: str | None


@dataclass
class ReviewComment:
    """A comment at a line of a pull request. Comments with one `thread` answer each other."""

    id: int
    review: int
    user: User
    body: str
    path: str
    commit: str
    created: str
    updated: str
    line: int | None
    side: str
    start_line: int | None
    hunk: str
    thread: int
    reply_to: int | None = None


@dataclass(frozen=True)
class Protection:
    """What a branch wants of a pull request before it takes it. `admins`: of theirs, too."""

    contexts: tuple[str, ...] = ()
    strict: bool = False
    approvals: int = 0
    code_owners: bool = False
    dismiss_stale: bool = False
    last_push: bool = False
    admins: bool = True


@dataclass
class Repository:
    """A repository: git's part in `git`, the rest here. Pull requests are issues, too."""

    owner: User
    name: str
    id: int
    git: Bare
    private: bool
    created: str
    default_branch: str = "main"
    collaborators: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[int, dict[str, Any]] = field(default_factory=dict)
    annotations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    sarifs: dict[str, dict[str, Any]] = field(default_factory=dict)
    resolved: set[int] = field(default_factory=set)
    activity: list[dict[str, Any]] = field(default_factory=list)
    dispatched: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    reactions: list[Reaction] = field(default_factory=list)
    protections: dict[str, Protection] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    parent: Repository | None = field(default=None, repr=False, compare=False)

    @property
    def full_name(self) -> str:
        """`acme/estate`."""
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[Issue]:
        """The pull requests, oldest first."""
        return [issue for issue in self.issues.values() if issue.pull]
