"""Labels of a repository and of its issues."""

from __future__ import annotations

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, invalid, not_found
from tests.support.github.operations.issues import named_labels
from tests.support.github.routes import Book
from tests.support.github.state import Issue

answers = Book()

_REPO = "/repos/{owner}/{repo}"
_OF_ISSUE = f"{_REPO}/issues/{{issue_number}}/labels"
_READ = ("issues:read", "pull_requests:read")
_WRITE = ("issues:write", "pull_requests:write")


@answers("GET", f"{_REPO}/labels", *_READ)
def labels(call: Call) -> Answer:
    it = call.repository
    return call.page([shapes.label(call, it, name) for name in sorted(it.labels)])


@answers("POST", f"{_REPO}/labels", *_WRITE, role="write")
def create(call: Call) -> Answer:
    it, name = call.repository, call.body["name"]
    if name.lower() in {known.lower() for known in it.labels}:
        raise invalid("Label", "name", code="already_exists")
    named_labels(call, [name])
    it.labels[name]["color"] = call.body.get("color") or "ededed"
    it.labels[name]["description"] = call.body.get("description")
    return Answer(201, shapes.label(call, it, name))


@answers("GET", f"{_REPO}/labels/{{name}}", *_READ)
def get(call: Call) -> Answer:
    if call.values["name"] not in call.repository.labels:
        raise not_found()
    return Answer(200, shapes.label(call, call.repository, call.values["name"]))


def _shown(call: Call, issue: Issue) -> Answer:
    return Answer(200, [shapes.label(call, call.repository, name) for name in issue.labels])


def _given(call: Call) -> list[str]:
    """A list of names, or an object with one."""
    given = call.body.get("", call.body.get("labels", []))
    return named_labels(call, given if isinstance(given, list) else [given])


@answers("GET", _OF_ISSUE, *_READ)
def of_issue(call: Call) -> Answer:
    return call.page(_shown(call, call.issue()).value)


@answers("POST", _OF_ISSUE, *_WRITE, role="triage")
def add(call: Call) -> Answer:
    issue = call.issue()
    issue.labels = list(dict.fromkeys([*issue.labels, *_given(call)]))
    return _shown(call, issue)


@answers("PUT", _OF_ISSUE, *_WRITE, role="triage")
def replace(call: Call) -> Answer:
    issue = call.issue()
    issue.labels = _given(call)
    return _shown(call, issue)


@answers("DELETE", f"{_OF_ISSUE}/{{name}}", *_WRITE, role="triage")
def remove(call: Call) -> Answer:
    issue = call.issue()
    if call.values["name"] not in issue.labels:
        raise Refused(404, "Label does not exist")
    issue.labels.remove(call.values["name"])
    return _shown(call, issue)
