"""An issue, read anew: what an event says of it may be old."""

from __future__ import annotations

from dataclasses import dataclass

from gitiam.approvals.names import is_bot, same
from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import Author
from gitiam.review.github.sticky import is_own

#: The account that has the words of whoever has left GitHub.
_GHOST = "ghost"
_GONE = 404


@dataclass(frozen=True, slots=True)
class Asked:
    """An issue; `author` is None where no person of today's wrote it."""

    number: int
    author: Author | None
    is_open: bool
    is_pull: bool
    labels: frozenset[str]
    text: str


def read_issue(hub: Hub, number: int) -> Asked:
    """Ask GitHub for it; GitHubError where there is none."""
    found = hub.read(f"/repos/{hub.name}/issues/{number}")
    with asking(f"make sense of #{number}"):
        user = found["user"] or {}
        login = str(user.get("login") or "")
        is_person = user.get("type") == "User" and not is_bot(login) and same(login) != _GHOST
        return Asked(
            number=int(found["number"]),
            author=Author(login, int(user["id"])) if login and is_person else None,
            is_open=found["state"] == "open",
            is_pull=bool(found.get("pull_request")),
            labels=frozenset(str(one["name"]) for one in found["labels"]),
            text=str(found["body"] or ""),
        )


def own_comment(hub: Hub, number: int, marker: str) -> str:
    """What our comment with this marker says, the oldest of several; empty where there is none."""
    with asking(f"read the comments of #{number}"):
        comments = hub.repository.get_issue(number).get_comments()
        own = [one for one in comments if is_own(one, hub.login, marker)]
        return str(min(own, key=lambda one: one.id).body) if own else ""


def set_label(hub: Hub, asked: Asked, label: str, *, wanted: bool) -> None:
    """Let the issue carry the label, or carry it no longer."""
    if (label in asked.labels) == wanted:
        return
    with asking(f"label #{asked.number}"):
        issue = hub.repository.get_issue(asked.number)
        if wanted:
            issue.add_to_labels(label)
            return
    try:
        with asking(f"label #{asked.number}"):
            issue.remove_from_labels(label)
    except GitHubError as error:
        if error.status != _GONE:  # somebody was quicker
            raise
