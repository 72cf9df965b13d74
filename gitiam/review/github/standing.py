"""What has become of a branch of ours: the pull request that was opened from it."""

from __future__ import annotations

from dataclasses import dataclass

from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import Author

_GONE = 404


@dataclass(frozen=True, slots=True)
class Standing:
    """`state` is open, merged or closed; `by` opened it, empty for whoever has left GitHub."""

    number: int
    address: str
    state: str
    head: str
    by: str


def standing_of(hub: Hub, branch: str) -> Standing | None:
    """The pull request of this branch: one that is open before others, then the newest."""
    head = f"{hub.address.owner}:{branch}"
    found = hub.listed(f"/repos/{hub.name}/pulls", state="all", head=head)
    with asking(f"make sense of the pull requests of {branch}"):
        # GitHub takes no notice of a head that it does not know how to read.
        ours = [one for one in found if one["head"]["ref"] == branch]
        latest = max(ours, key=lambda one: (one["state"] == "open", one["number"]), default=None)
        if latest is None:
            return None
        state = "merged" if latest["merged_at"] else str(latest["state"])
        user = latest["user"] or {}
        return Standing(
            int(latest["number"]),
            str(latest["html_url"]),
            state,
            str(latest["head"]["sha"]),
            str(user.get("login") or ""),
        )


def is_only_of(hub: Hub, branch: str, author: Author) -> bool:
    """Whether the branch is not there, or ends with what we committed for this person.

    A run may have died between the branch and its pull request.
    """
    try:
        with asking(f"look for the branch {branch}"):
            head = hub.repository.get_git_ref(f"heads/{branch}").object.sha
            commit = hub.repository.get_git_commit(head)
            # Who commits for somebody, as we do, is called the same twice; GitHub's pages are not.
            return author.email == commit.author.email == commit.committer.email
    except GitHubError as error:
        if error.status == _GONE:
            return True
        raise
