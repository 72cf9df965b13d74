"""Issues, and comments on issues and pull requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, invalid, not_found
from tests.support.github.routes import Book
from tests.support.github.state import Comment, Issue, at_least

answers = Book()

_REPO = "/repos/{owner}/{repo}"
_READ = ("issues:read", "pull_requests:read")
_WRITE = ("issues:write", "pull_requests:write")


def _shown(call: Call, issue: Issue) -> Answer:
    return Answer(200, shapes.issue(call, call.repository, issue))


@answers("GET", f"{_REPO}/issues", "issues:read")
def issues(call: Call) -> Answer:
    """Pull requests are among them: GitHub counts them as issues."""
    state, creator, labels = (
        call.asked("state", "open"),
        call.asked("creator"),
        call.asked("labels"),
    )
    wanted = {label for label in labels.split(",") if label}
    found = [
        issue
        for issue in call.repository.issues.values()
        if state in ("all", issue.state)
        and creator in ("", issue.user.login)
        and wanted <= set(issue.labels)
        and issue.updated >= call.asked("since")
    ]
    found.sort(key=lambda issue: issue.number, reverse=call.asked("direction", "desc") == "desc")
    return call.page([shapes.issue(call, call.repository, issue) for issue in found])


@answers("POST", f"{_REPO}/issues", "issues:write")
def create(call: Call) -> Answer:
    it, world = call.repository, call.world
    title = call.body["title"]
    if not str(title).strip():
        raise invalid("Issue", "title", code="missing_field")
    body = call.text("Issue") if call.body.get("body") is not None else None
    number = len(it.issues) + 1
    made = Issue(next(world.numbers), number, call.user, str(title), body, world.now, world.now)
    if _may_sort(call):  # silently left out otherwise
        made.labels = named_labels(call, call.body.get("labels") or [])
        made.assignees = _people(call)
    it.issues[number] = made
    return Answer(201, shapes.issue(call, it, made))


def _may_sort(call: Call) -> bool:
    app = call.token and call.token.permissions is not None
    return bool(app) or at_least(call.world.role(call.user, call.repository), "triage")


def named_labels(call: Call, labels: Sequence[Any]) -> list[str]:
    """Names of labels, each once; a label that is new comes to be."""
    names = [label if isinstance(label, str) else label.get("name", "") for label in labels]
    for name in names:
        if not name or len(name) > 50:
            raise invalid("Label", "name", "name is too long (maximum is 50 characters)")
        known = call.repository.labels
        if name not in known:
            number = next(call.world.numbers)
            known[name] = {"id": number, "color": "ededed", "description": None}
    return list(dict.fromkeys(names))


def _people(call: Call) -> list[Any]:
    users = call.world.users
    given = call.body.get("assignees") or []
    logins = [one if isinstance(one, str) else one.get("login") for one in given]
    return [users[login] for login in logins if login in users]


@answers("GET", f"{_REPO}/issues/{{issue_number}}", *_READ)
def get(call: Call) -> Answer:
    return _shown(call, call.issue())


@answers("PATCH", f"{_REPO}/issues/{{issue_number}}", *_WRITE)
def update(call: Call) -> Answer:
    issue, body = call.issue(), call.body
    _only_own(call, issue.user.login)
    text = call.text("Issue")
    if body.get("title") is not None:
        issue.title = str(body["title"])
    if "body" in body and issue.body != text:
        issue.body = text
        issue.editors.append(call.user)
    if "labels" in body:
        issue.labels = named_labels(call, body["labels"] or [])
    if "assignees" in body:
        issue.assignees = _people(call)
    if body.get("state") in {"open", "closed"}:
        set_state(call, issue, body["state"], body.get("state_reason"))
    issue.updated = call.world.now
    return _shown(call, issue)


def set_state(call: Call, issue: Issue, state: str, reason: str | None = None) -> None:
    """Open or close."""
    if issue.pull and issue.pull.merged and state == "open":
        raise invalid("PullRequest", "state", "state cannot be changed. It is merged.")
    closes = state == "closed"
    issue.closed = (issue.closed or call.world.now) if closes else None
    issue.closed_by = (issue.closed_by or call.user) if closes else None
    issue.state = state
    if not issue.pull:
        issue.state_reason = reason or ("completed" if closes else "reopened")


def _only_own(call: Call, author: str) -> None:
    """Others' words are changed by those who may write, or by an app with the permission."""
    app = call.token and call.token.permissions is not None
    may = at_least(call.world.role(call.user, call.repository), "write")
    if not (app or may or author == call.user.login):
        raise Refused(403, "Must have admin rights to Repository.")


@answers("GET", f"{_REPO}/issues/comments", *_READ)
def all_comments(call: Call) -> Answer:
    return _listed(call, list(call.repository.comments.values()))


@answers("GET", f"{_REPO}/issues/{{issue_number}}/comments", *_READ)
def comments(call: Call) -> Answer:
    number = call.issue().number
    return _listed(call, [c for c in call.repository.comments.values() if c.issue == number])


def _listed(call: Call, found: list[Comment]) -> Answer:
    since = call.asked("since")
    shown = [shapes.comment(call, call.repository, c) for c in found if c.updated >= since]
    return call.page(shown)


@answers("POST", f"{_REPO}/issues/{{issue_number}}/comments", *_WRITE)
def create_comment(call: Call) -> Answer:
    issue, now = call.issue(), call.world.now
    body = call.text("IssueComment", required=True)
    made = Comment(next(call.world.numbers), issue.number, call.user, body, now, now)
    call.repository.comments[made.id] = made
    issue.updated = now
    return Answer(201, shapes.comment(call, call.repository, made))


def _comment(call: Call) -> Comment:
    if (found := call.repository.comments.get(call.number("comment_id"))) is None:
        raise not_found()
    return found


@answers("GET", f"{_REPO}/issues/comments/{{comment_id}}", *_READ)
def get_comment(call: Call) -> Answer:
    return Answer(200, shapes.comment(call, call.repository, _comment(call)))


@answers("PATCH", f"{_REPO}/issues/comments/{{comment_id}}", *_WRITE)
def update_comment(call: Call) -> Answer:
    found = _comment(call)
    _only_own(call, found.user.login)
    found.body = call.text("IssueComment", required=True)
    found.updated = call.world.now
    return Answer(200, shapes.comment(call, call.repository, found))


@answers("DELETE", f"{_REPO}/issues/comments/{{comment_id}}", *_WRITE)
def delete_comment(call: Call) -> Answer:
    found = _comment(call)
    _only_own(call, found.user.login)
    del call.repository.comments[found.id]
    return Answer(204)
