"""Commit statuses: the older way to say that a commit is good."""

from __future__ import annotations

from typing import Any

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused
from tests.support.github.routes import Book

answers = Book()

_REPO = "/repos/{owner}/{repo}"


@answers("POST", f"{_REPO}/statuses/{{sha}}", "statuses:write", role="write")
def create(call: Call) -> Answer:
    it, now, sha = call.repository, call.world.now, call.commit(call.values["sha"])
    context = call.body.get("context") or "default"
    if len(str(call.body.get("description") or "")) > 140:
        raise Refused(422, "Validation Failed: description is too long (maximum is 140 characters)")
    number = next(call.world.numbers)
    base = f"{shapes.repository_url(call, it)}/statuses/{sha}"
    status = {
        "url": base,
        "id": number,
        "node_id": shapes.node("Status", number),
        "avatar_url": f"{shapes.WEB}/avatars/{call.user.id}",
        "state": call.body["state"],
        "description": call.body.get("description"),
        "target_url": call.body.get("target_url"),
        "context": context,
        "created_at": now,
        "updated_at": now,
        "creator": shapes.user(call, call.user),
    }
    it.statuses.append(status)
    return Answer(201, status)


def _of(call: Call) -> tuple[str, list[dict[str, Any]]]:
    """The commit and its statuses, newest first."""
    sha = call.commit(call.values["ref"])
    return sha, [one for one in reversed(call.repository.statuses) if one["url"].endswith(sha)]


@answers("GET", f"{_REPO}/commits/{{ref}}/statuses", "statuses:read")
def statuses(call: Call) -> Answer:
    return call.page(_of(call)[1])


@answers("GET", f"{_REPO}/commits/{{ref}}/status", "statuses:read")
def combined(call: Call) -> Answer:
    """Of each context the newest; together as bad as the worst."""
    it, (sha, found) = call.repository, _of(call)
    newest = list({one["context"]: one for one in reversed(found)}.values())
    states = {one["state"] for one in newest}
    bad, waits = states & {"failure", "error"}, "pending" in states or not states
    shown = call.page(newest)
    base = f"{shapes.repository_url(call, it)}/commits/{sha}"
    said = {
        "state": "failure" if bad else "pending" if waits else "success",
        "sha": sha,
        "total_count": len(newest),
        "statuses": [{k: v for k, v in one.items() if k != "creator"} for one in shown.value],
        "repository": shapes.repository(call, it),
        "commit_url": base,
        "url": f"{base}/status",
    }
    return Answer(200, said, shown.headers)
