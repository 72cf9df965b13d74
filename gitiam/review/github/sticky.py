"""One comment that is found again, and written anew in its place.

It is found by its hidden marker *and* its author: anybody can write the marker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from github.Issue import Issue

from gitiam.errors import GitiamError
from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub

#: In characters: what GitHub takes for a comment, an issue or a pull request's text.
ROOM = 65_536


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a comment, where it is, and what it said before."""

    address: str
    did: str
    before: str = ""


def write_comment(hub: Hub, issue: Issue, marker: str, text: str) -> Written:
    """Let the comment with this marker say `text`, which begins with it.

    Of several that are ours, as two runs at once may have made them, the oldest stays.
    """
    check_text(marker, text)
    with asking(f"read the comments of #{issue.number}"):
        own = [one for one in issue.get_comments() if is_own(one, hub.login, marker)]
    if not own:
        with asking(f"comment on #{issue.number}"):
            return Written(issue.create_comment(text).html_url, "written")
    first, *doubles = sorted(own, key=lambda one: one.id)
    with asking(f"change a comment of #{issue.number}"):
        for double in doubles:
            double.delete()
        if first.body == text:
            return Written(first.html_url, "unchanged", text)
        before = first.body or ""
        first.edit(text)
        return Written(first.html_url, "rewritten", before)


def is_own(comment: Any, login: str, marker: str) -> bool:
    """Whether a comment or an issue begins with the marker, and we wrote it.

    `user` is empty for whoever has left GitHub.
    """
    author, body = comment.user, comment.body
    return (
        author is not None
        and str(author.login).casefold() == login.casefold()
        and (body or "").startswith(marker)
    )


def check_text(marker: str, text: str) -> None:
    """GitiamError for a text that GitHub would refuse, or that would not be found again."""
    if not text.startswith(marker):
        raise ValueError("the text does not begin with its marker")
    if len(text) > ROOM:
        raise GitiamError(
            f"the text is longer than GitHub takes: {len(text):,} characters of {ROOM:,}"
        )
