"""What has happened to an issue or a pull request: of all that, to which branch it was directed."""

from __future__ import annotations

from typing import Any

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer
from tests.support.github.routes import Book
from tests.support.github.state import User

answers = Book()


@answers(
    "GET",
    "/repos/{owner}/{repo}/issues/{issue_number}/timeline",
    "issues:read",
    "pull_requests:read",
)
def timeline(call: Call) -> Answer:
    """The oldest first."""
    pull = call.issue().pull
    redirected = pull.redirected if pull else []
    return call.page([_event(call, number, *one) for number, one in enumerate(redirected, 1)])


def _event(call: Call, number: int, at: str, by: User) -> dict[str, Any]:
    url = f"{shapes.repository_url(call, call.repository)}/issues/events/{number}"
    told = {"id": number, "node_id": shapes.node("Event", number), "url": url}
    told |= {"actor": shapes.user(call, by), "event": "base_ref_changed", "created_at": at}
    return told | {"commit_id": None, "commit_url": None, "performed_via_github_app": None}
