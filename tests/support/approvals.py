"""Pull requests for the tests of approvals: alice proposes, bob looks at it, all else as usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gitiam.approvals.facts import (
    ChangedRequest,
    Commit,
    Permission,
    Person,
    PullRequest,
    Review,
    ReviewState,
)
from gitiam.approvals.policy import ApprovalPolicy
from gitiam.approvals.standing import Standing, standing_of
from gitiam.findings import Risk

HEAD = "abc1234" + "0" * 33
OLD = "0ld0000".replace("l", "1") + "1" * 33
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
PATH = "requests/prod/data-pipeline-read-orders.yaml"

ASKED = ChangedRequest(
    PATH,
    tiers=("critical",),
    risk=Risk.LOW,
    kind="request",
    access=frozenset(["read"]),
    days=30,
)


def review(
    person: str,
    state: ReviewState = ReviewState.APPROVED,
    commit: str = HEAD,
    after: int = 0,
) -> Review:
    """A review, so many minutes after noon."""
    return Review(person, state, commit, NOON + timedelta(minutes=after))


def writer(login: str, *teams: str) -> Person:
    """Somebody who may write, and belongs to just these teams."""
    return Person(login, Permission.WRITE, frozenset(teams))


def pull(*reviews: Review, **changes: Any) -> PullRequest:
    """A request by alice, with these reviews; bob, carol and dave may write."""
    usual = PullRequest(
        author="alice",
        head=HEAD,
        last_pusher="alice",
        commits=(Commit(HEAD, ("alice",)),),
        reviews=reviews,
        people=tuple(writer(name) for name in ("alice", "bob", "carol", "dave")),
        requests=(ASKED,),
    )
    return replace(usual, **changes)


def asked(**changes: Any) -> dict[str, tuple[ChangedRequest, ...]]:
    """The one request, in another way: `pull(review("bob"), **asked(risk=Risk.HIGH))`."""
    return {"requests": (replace(ASKED, **changes),)}


def standing(found: PullRequest, policy: ApprovalPolicy | None = None) -> Standing:
    """Where it stands, by default under the policy of an estate that says nothing."""
    return standing_of(found, policy or ApprovalPolicy())
