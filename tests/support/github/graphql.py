"""What REST cannot do: see whether a review's thread is resolved, resolve it, see who edited.

This is no GraphQL: it looks for a few names, takes what they need from the variables, and gives
back every field that it has, whichever were asked for.
"""

from __future__ import annotations

from typing import Any

from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused
from tests.support.github.shapes import node
from tests.support.github.state import Issue, Repository, User, at_least


def answer(call: Call) -> Answer:
    """What the query wants, or an error among the `errors`, with 200, as GraphQL has it."""
    if call.token is None:
        return Refused(401, "Requires authentication").answer
    query, variables = str(call.body.get("query", "")), call.body.get("variables") or {}
    # The longer name first: the other one stands in it.
    for name, wanted in (("unresolveReviewThread", False), ("resolveReviewThread", True)):
        if f"{name}(" in query.replace(" ", ""):
            return _resolve(call, name, variables.get("threadId"), wanted)
    if "reviewThreads" in query:
        return _threads(call, variables)
    if "userContentEdits" in query:
        return _edits(call, variables)
    return _failed("UNKNOWN", "The fake answers only queries for the threads of reviews")


def _edits(call: Call, variables: dict[str, Any]) -> Answer:
    """Newest first, with the first text as the oldest; none where nothing was edited."""
    it = call.world.repositories.get(f"{variables.get('owner')}/{variables.get('name')}".lower())
    issue = it.issues.get(int(variables.get("number", 0))) if it else None
    if it is None or issue is None or not _sees_issues(call, it):
        return _failed("NOT_FOUND", "Could not resolve to an Issue")
    who = [*reversed(issue.editors), issue.user] if issue.editors else []
    nodes = [
        {"editor": one and {"__typename": one.kind, "login": one.login, "databaseId": one.id}}
        for one in who[:100]
    ]
    edits = {"totalCount": len(who), "nodes": nodes}
    return Answer(200, {"data": {"repository": {"issue": {"userContentEdits": edits}}}})


def _sees_issues(call: Call, it: Repository) -> bool:
    token = call.token
    if token is None or token.permissions is None:
        return token is not None and at_least(call.world.role(token.user, it), "read")
    return token.repository == it.full_name and "issues" in token.permissions


def _threads(call: Call, variables: dict[str, Any]) -> Answer:
    name = f"{variables.get('owner')}/{variables.get('name', variables.get('repo'))}".lower()
    it = call.world.repositories.get(name)
    issue = it.issues.get(int(variables.get("number", 0))) if it else None
    if it is None or issue is None or not _may(call, it, "read"):
        return _failed("NOT_FOUND", "Could not resolve to a PullRequest")
    threads = {"nodes": _of(it, issue), "pageInfo": {"hasNextPage": False, "endCursor": None}}
    pull = {"pullRequest": {"reviewThreads": threads}}
    return Answer(200, {"data": {"repository": pull}})


def _of(it: Repository, issue: Issue) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for one in issue.pull.comments if issue.pull else ():
        thread = found.setdefault(one.thread, _thread(it, one.thread))
        outdated = bool(issue.pull and one.commit != issue.pull.head)
        thread |= {"isOutdated": outdated, "path": one.path, "line": one.line}
        said = {"databaseId": one.id, "body": one.body, "author": _author(one.user)}
        thread["comments"]["nodes"].append(said)
    return list(found.values())


def _author(who: User) -> dict[str, Any] | None:
    return None if who.gone else {"login": who.login.removesuffix("[bot]"), "__typename": who.kind}


def _thread(it: Repository, number: int) -> dict[str, Any]:
    return {
        "id": node("PullRequestReviewThread", number),
        "isResolved": number in it.resolved,
        "comments": {"nodes": []},
    }


def _resolve(call: Call, name: str, thread: str | None, wanted: bool) -> Answer:
    for it in call.world.repositories.values():
        for issue in it.pulls:
            for one in issue.pull.comments if issue.pull else ():
                if node("PullRequestReviewThread", one.thread) != thread:
                    continue
                if not (_may(call, it, "write") or call.user == issue.user):
                    return _failed("FORBIDDEN", "Resource not accessible by integration")
                (it.resolved.add if wanted else it.resolved.discard)(one.thread)
                return Answer(200, {"data": {name: {"thread": _thread(it, one.thread)}}})
    return _failed("NOT_FOUND", f"Could not resolve to a node with the global id of '{thread}'")


def _may(call: Call, it: Repository, level: str) -> bool:
    """A workflow's own token cannot resolve threads without `contents: write`, as on GitHub."""
    token = call.token
    if token is None or token.permissions is None:
        return token is not None and at_least(call.world.role(token.user, it), level)
    held = {token.permissions.get(name) for name in ("contents", "pull_requests")}
    return token.repository == it.full_name and (
        held == {"write"} if level == "write" else bool(held - {None})
    )


def _failed(kind: str, message: str) -> Answer:
    return Answer(200, {"data": None, "errors": [{"type": kind, "message": message}]})
