"""Reviews → those that count as approvals, those that do not and why, and those that block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gitiam.approvals.facts import Person, PullRequest, Review, ReviewState
from gitiam.approvals.names import is_bot, same, shown
from gitiam.approvals.policy import ApprovalPolicy, Voters

_SHORT = 7


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that counts: by whom, of which commit, and when."""

    person: str
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An approval that does not count, with every reason why not."""

    person: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """`bob wrote a commit of this pull request and has no write permission`."""
        return f"{shown(self.person)} {' and '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class Votes:
    """What the reviews come to; `blocking` are the people who ask for changes."""

    approvals: tuple[Approval, ...]
    uncounted: tuple[Uncounted, ...]
    blocking: tuple[str, ...]


def votes_of(pull: PullRequest, policy: ApprovalPolicy) -> Votes:
    """The last word of each reviewer, judged."""
    approvals, uncounted, blocking = [], [], []
    for review in last_words(pull.reviews):
        person = pull.person(review.person)
        if review.state is ReviewState.CHANGES_REQUESTED and _may_block(person):
            blocking.append(review.person)
        elif review.state is ReviewState.APPROVED:
            reasons = tuple(_against(review, person, pull, policy))
            if reasons:
                uncounted.append(Uncounted(review.person, reasons))
            else:
                approvals.append(Approval(review.person, review.commit, review.at))
    return Votes(tuple(approvals), tuple(uncounted), tuple(blocking))


def last_words(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """The latest review with an opinion of each person, by name.

    A comment is none, and takes nothing back; a dismissal does. Of two at the same moment the one
    that approves less holds.
    """
    latest: dict[str, Review] = {}
    for review in sorted(reviews, key=_moment):
        if review.state is not ReviewState.COMMENTED:
            latest[same(review.person)] = review
    return tuple(latest[name] for name in sorted(latest))


#: What holds of two opinions at the same moment: the later in this list.
_GRAVITY = (ReviewState.APPROVED, ReviewState.DISMISSED, ReviewState.CHANGES_REQUESTED)


def _moment(review: Review) -> tuple[datetime, int, str]:
    gravity = _GRAVITY.index(review.state) if review.state in _GRAVITY else -1
    return review.at, gravity, review.commit


def _may_block(person: Person) -> bool:
    """Somebody with write permission may, and somebody of whom that is not known: to be safe."""
    return person.permission.may_write or person.permission.is_unknown


def _against(
    review: Review, person: Person, pull: PullRequest, policy: ApprovalPolicy
) -> Iterator[str]:
    """Every reason for which an approval does not count."""
    name = same(review.person)
    if not person.is_human or is_bot(review.person):
        yield "is an App or a bot"
    if name == same(pull.author):
        yield "opened this pull request"
    elif name in writers(pull, policy):
        yield "wrote a commit of this pull request"
    if pull.last_pusher is not None and name == same(pull.last_pusher):
        yield "pushed last"
    elif name in map(same, pull.pushers):
        yield "pushed to this pull request"
    if any(name == same(login) for file in pull.requests for login in file.requesters):
        yield "is whom a request is for"
    if person.permission.is_unknown:
        yield "has a permission that could not be read"
    elif not person.permission.may_write:
        yield "has no write permission"
    if not is_head(review.commit, pull):
        yield f"approved commit {short(review.commit)}, which is not the head"
    if pull.redirected is not None and review.at <= pull.redirected:
        yield "approved what it changed in another branch"


def writers(pull: PullRequest, policy: ApprovalPolicy) -> frozenset[str]:
    """Who wrote a commit, as names are compared; addresses as the policy resolves them."""
    named = (login for commit in pull.commits for login in commit.authors)
    addressed = (
        policy.emails[email.lower()]
        for commit in pull.commits
        for email in commit.unresolved
        if email.lower() in policy.emails
    )
    return frozenset(map(same, (*named, *addressed)))


def strangers(pull: PullRequest, policy: ApprovalPolicy) -> tuple[str, ...]:
    """The addresses of whoever wrote a commit and could be anybody, sorted."""
    every = {email.lower() for commit in pull.commits for email in commit.unresolved}
    return tuple(sorted(every - policy.emails.keys()))


def is_head(commit: str, pull: PullRequest) -> bool:
    """Whether this is the commit that would be merged, whole; no name of one is none."""
    return bool(commit) and commit.lower() == pull.head.lower()


def short(commit: str) -> str:
    """`abc1234`, as people call a commit."""
    return shown(commit[:_SHORT]) or "that nobody knows"


def membership(approval: Approval, voters: Voters | None, pull: PullRequest) -> str | None:
    """Why this person is not among the voters; None for one who is."""
    person = pull.person(approval.person)
    if voters is None or same(person.login) in voters.people:
        return None
    if person.teams is None:
        return "belongs to teams that could not be read" if voters.teams else f"is not {voters}"
    teams = {same(team.removeprefix("@")) for team in person.teams}
    return None if teams & voters.teams else f"is not {'in ' if voters.teams else ''}{voters}"
