"""A comment that orders something: read anew, and answered once, whatever happens."""

from __future__ import annotations

from dataclasses import dataclass

from github.Issue import Issue
from github.IssueComment import IssueComment

from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub
from gitiam.review.github.sticky import check_text, is_own

#: Signs that GitHub knows.
DONE, CONFUSED = "rocket", "confused"

_GONE = 404


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as it is now."""

    body: str
    author: int
    issue: int


def read_comment(hub: Hub, comment: int) -> Said | None:
    """Ask GitHub for it; None where it is gone."""
    try:
        found = hub.read(f"/repos/{hub.name}/issues/comments/{comment}")
    except GitHubError as error:
        if error.status == _GONE:
            return None
        raise
    with asking(f"make sense of comment {comment}"):
        user = found["user"] or {}
        issue = str(found["issue_url"]).rpartition("/")[2]
        return Said(str(found["body"] or ""), int(user.get("id") or 0), int(issue))


class Reply:
    """The one answer to a comment; whoever holds it may act on that comment, and nobody else."""

    def __init__(self, hub: Hub, marker: str, written: IssueComment) -> None:
        self._hub = hub
        self._marker = marker
        self._written = written

    def say(self, text: str) -> str:
        """Let the answer be this; where it stands."""
        whole = f"{self._marker}\n{text}"
        check_text(self._marker, whole)
        with asking("answer the comment"):
            self._written.edit(whole)
            return str(self._written.html_url)


def reserve(hub: Hub, issue: int, comment: int) -> Reply | None:
    """The answer, to be written; None where the comment was, or is being, answered already.

    It is there before anything is done. Of two runs at once the one whose answer is older goes on.
    """
    marker = f"<!-- gitiam: answer to {comment} -->"
    place = hub.repository.get_issue(issue)
    if _own(hub, place, marker):
        return None
    with asking(f"comment on #{issue}"):
        mine = place.create_comment(f"{marker}\nOne moment…")
    first = min(_own(hub, place, marker), key=lambda one: one.id, default=mine)
    if first.id != mine.id:
        with asking("take a second answer back"):
            mine.delete()
        return None
    return Reply(hub, marker, mine)


def _own(hub: Hub, issue: Issue, marker: str) -> list[IssueComment]:
    with asking("read the comments"):
        return [one for one in issue.get_comments() if is_own(one, hub.login, marker)]


def react(hub: Hub, issue: int, comment: int, sign: str) -> None:
    """Put a sign to the comment; GitHub keeps one of each."""
    with asking(f"put a sign to comment {comment}"):
        hub.repository.get_issue(issue).get_comment(comment).create_reaction(sign)
