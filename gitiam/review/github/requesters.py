"""Who asked for the access of a file: the person to tell when it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gitiam.approvals.names import is_bot
from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub

#: GitHub's own rule for the names of people, so that nothing else is ever mentioned.
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")
#: So far back it is looked for a person, if apps alone wrote the newest commits.
_MOST_COMMITS = 5


@dataclass(frozen=True, slots=True)
class Requester:
    """A person by login, and the pull request by which the file came; None where not known."""

    login: str | None = None
    pull: int | None = None


def requester_of(hub: Hub, path: str) -> Requester:
    """Who asked for this file as it is on the main branch.

    Whoever opened the pull request of its newest change, or wrote its commits where an app opened
    it; else the newest commit's author. Apps are nobody.
    """
    commits = hub.listed(f"/repos/{hub.name}/commits", pages=1, path=path)
    newest: int | None = None
    for commit in commits[:_MOST_COMMITS]:
        with asking(f"say who asked for {path}"):
            sha, author = str(commit["sha"]), _person(commit.get("author"))
        pull = _merged_pull(hub, sha)
        newest = newest or (pull["number"] if pull else None)
        login = (_of_pull(hub, pull) if pull else None) or author
        if login is not None:
            return Requester(login, newest)
    return Requester(None, newest)


def _merged_pull(hub: Hub, sha: str) -> dict[str, Any] | None:
    """The one that brought the commit to the main branch."""
    if not re.fullmatch("[0-9a-f]{40}", sha):
        return None
    found = hub.listed(f"/repos/{hub.name}/commits/{sha}/pulls", pages=1)
    return next((one for one in found if one.get("merged_at")), None)


def _of_pull(hub: Hub, pull: dict[str, Any]) -> str | None:
    opened = _person(pull.get("user"))
    return opened or next(_writers(hub, pull), None)


def _writers(hub: Hub, pull: dict[str, Any]) -> Iterator[str]:
    with asking("say who wrote a pull request"):
        number = int(pull["number"])
    for commit in hub.listed(f"/repos/{hub.name}/pulls/{number}/commits", pages=1):
        if login := _person(commit.get("author")):
            yield login


def _person(user: Any) -> str | None:
    """The login of a person; None for an app, for nobody, and for what is no login."""
    login = user.get("login") if isinstance(user, dict) else None
    is_person = isinstance(login, str) and _LOGIN.fullmatch(login) and user.get("type") == "User"
    return str(login) if is_person and not is_bot(str(login)) else None
