"""A pull request and the policy → where its approval stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gitiam.approvals.counting import (
    Approval,
    Uncounted,
    Votes,
    is_head,
    membership,
    strangers,
    votes_of,
)
from gitiam.approvals.facts import PullRequest
from gitiam.approvals.names import joined, shown
from gitiam.approvals.needs import Need, RuleApproval, needs_of
from gitiam.approvals.policy import ApprovalPolicy


@dataclass(frozen=True, slots=True)
class Answer:
    """One need, the approvals that it had, and those that count but come from others."""

    need: Need
    approvals: tuple[Approval, ...]
    passed_over: tuple[Uncounted, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether there are as many as it takes."""
        return self.need.hopeless is None and len(self.approvals) >= self.need.count


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the approval of one pull request stands, for one head commit and no other.

    `doubts` are what nobody could find out, in words; while there is one, nothing is approved.
    `blocking` are those who ask for changes.
    """

    head: str
    answers: tuple[Answer, ...]
    by_rule: tuple[RuleApproval, ...]
    uncounted: tuple[Uncounted, ...]
    blocking: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def is_approved(self) -> bool:
        """Whether all that is needed is there, and nothing speaks against it."""
        return (
            bool(self.answers or self.by_rule)
            and all(answer.is_met for answer in self.answers)
            and not self.blocking
            and not self.doubts
        )

    def approves(self, head: str) -> bool:
        """Whether this very commit is approved: what was pushed since is not."""
        return self.is_approved and bool(head) and head.lower() == self.head.lower()

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """Every approval that some need had, each once."""
        every = {approval for answer in self.answers for approval in answer.approvals}
        return tuple(sorted(every, key=lambda one: (one.at, one.person)))

    def as_json(self) -> dict[str, Any]:
        """For machines, and for the record of what was approved."""
        return {
            "approved": self.is_approved,
            "head": self.head,
            "approvals": [_approval_json(approval) for approval in self.approvals],
            "needed": [_answer_json(answer) for answer in self.answers],
            "by_rule": [
                {"path": one.path, "rule": one.rule.id, "version": one.rule.version}
                for one in self.by_rule
            ],
            "uncounted": [
                {"person": one.person, "reasons": list(one.reasons)} for one in self.uncounted
            ],
            "blocking": list(self.blocking),
            "doubts": list(self.doubts),
        }


def standing_of(pull: PullRequest, policy: ApprovalPolicy) -> Standing:
    """Judge the reviews of one pull request as it is now."""
    needs, by_rule = needs_of(pull, policy)
    votes = votes_of(pull, policy)
    return Standing(
        head=pull.head,
        answers=tuple(_answer(need, votes, pull) for need in needs),
        by_rule=by_rule,
        uncounted=votes.uncounted,
        blocking=votes.blocking,
        doubts=tuple(_doubts(pull, policy)),
    )


def _answer(need: Need, votes: Votes, pull: PullRequest) -> Answer:
    if need.hopeless is not None:
        return Answer(need, ())
    found, passed_over = [], []
    for approval in votes.approvals:
        why = membership(approval, need.voters, pull)
        if why is None:
            found.append(approval)
        else:
            passed_over.append(Uncounted(approval.person, (why,)))
    return Answer(need, tuple(found), tuple(passed_over))


def _doubts(pull: PullRequest, policy: ApprovalPolicy) -> Iterator[str]:
    """What must be known before anything is approved, and is not."""
    if not pull.requests and not pull.others:
        yield "no file is changed that could be approved"
    if not any(is_head(commit.sha, pull) for commit in pull.commits):
        yield "the head is not among the commits that were read"
    if pull.elsewhere is not None:
        yield f"it is for {shown(pull.elsewhere)}, and not for the main branch"
    if pull.last_pusher is None:
        yield "nobody knows who pushed last"
    if any(not commit.authors and not commit.unresolved for commit in pull.commits):
        yield "a commit has no author that could be read"
    if unknown := strangers(pull, policy):
        yield (
            f"a commit is by {joined(map(shown, unknown))}, whom GitHub does not know and who"
            " could be one of those who approve; name them under approvals.emails, or write the"
            " commit anew"
        )
    yield from (f"{shown(what)} could not be read" for what in pull.unread)


def _approval_json(approval: Approval) -> dict[str, str]:
    return {
        "person": approval.person,
        "commit": approval.commit,
        "at": approval.at.isoformat(),
    }


def _answer_json(answer: Answer) -> dict[str, Any]:
    need = answer.need
    return {
        "count": need.count,
        "from": None if need.voters is None else list(need.voters.names()),
        "had": [approval.person for approval in answer.approvals],
        "reasons": list(need.reasons),
        "paths": list(need.paths),
        "hopeless": need.hopeless,
    }
