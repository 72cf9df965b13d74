"""The status of a commit: what GitHub can be told to demand before a merge."""

from __future__ import annotations

from github import GithubObject

from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub

#: What branch protection names.
CONTEXT = "gitiam/approvals"


def set_status(hub: Hub, commit: str, text: str, *, is_good: bool, address: str | None) -> None:
    """Say of this commit whether it is approved, in at most 140 characters."""
    with asking(f"set the status of {commit[:7]}"):
        hub.repository.get_commit(commit).create_status(
            "success" if is_good else "pending",
            target_url=address or GithubObject.NotSet,
            description=text,
            context=CONTEXT,
        )
