"""Who may be told, and who may order: asked of GitHub, and refused where that is not known."""

from __future__ import annotations

from urllib.parse import quote

from gitiam.approvals.names import is_bot
from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub
from gitiam.review.github.people import permission_of


def may_order(hub: Hub, login: str) -> bool:
    """Whether it is certain that this person may write in the repository."""
    return permission_of(hub, login).may_write


def may_be_told(hub: Hub, login: str) -> bool:
    """Whether somebody is answered at length.

    Everybody may read a public repository; so there it takes somebody who may sort its issues.
    """
    if is_bot(login):
        return False
    try:
        with asking("say who may see the repository"):
            needed = "pull" if hub.repository.private else "triage"
        at = f"/repos/{hub.name}/collaborators/{quote(login, safe='')}/permission"
        found = hub.read(at)
        with asking(f"say what {login} may do"):
            return found["user"]["permissions"][needed] is True
    except GitHubError:
        return False
