"""Who approved what a commit brought to the main branch, as GitHub tells of it today."""

from __future__ import annotations

from datetime import datetime

from gitiam.approvals.counting import Approval
from gitiam.approvals.record import Approved
from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub
from gitiam.review.github.merges import pull_that_brought


def approved_by(hub: Hub, commit: str) -> Approved | None:
    """The pull request and the approvals of it; None where no pull request brought the commit.

    These are GitHub's words, and no judgement of them: each reviewer's last one that counts.
    """
    number = pull_that_brought(hub, commit)
    if number is None:
        return None
    pull = hub.read(f"/repos/{hub.name}/pulls/{number}")
    reviews = hub.listed(f"/repos/{hub.name}/pulls/{number}/reviews")
    with asking(f"say who approved #{number}"):
        last: dict[str, Approval | None] = {}
        for one in reviews:
            person = str(one["user"]["login"]) if one["user"] else "ghost"
            if one["state"] == "APPROVED":
                at = datetime.fromisoformat(one["submitted_at"])
                last[person] = Approval(person, str(one["commit_id"] or ""), at)
            elif one["state"] in ("CHANGES_REQUESTED", "DISMISSED"):
                last[person] = None
        author = str(pull["user"]["login"]) if pull["user"] else "ghost"
        approvers = tuple(one for one in last.values() if one is not None)
        return Approved(commit, number, str(pull["head"]["sha"]), author, approvers)
