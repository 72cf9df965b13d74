"""Reactions under comments and under issues: whoever gives one twice has given it once."""

from __future__ import annotations

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, not_found
from tests.support.github.routes import Book
from tests.support.github.state import Reaction

answers = Book()

_ISSUES = "/repos/{owner}/{repo}/issues"
_OF_COMMENT = f"{_ISSUES}/comments/{{comment_id}}/reactions"
_OF_ISSUE = f"{_ISSUES}/{{issue_number}}/reactions"
_READ = ("issues:read", "pull_requests:read")
_WRITE = ("issues:write", "pull_requests:write")


def _under(call: Call) -> tuple[int, int | None]:
    """The issue and the comment of the path. 404 where there is none."""
    if "comment_id" not in call.values:
        return call.issue().number, None
    if (found := call.repository.comments.get(call.number("comment_id"))) is None:
        raise not_found()
    return found.issue, found.id


def _listed(call: Call) -> Answer:
    under, content = _under(call), call.asked("content")
    return call.page(
        [
            shapes.reaction(call, one)
            for one in call.repository.reactions
            if (one.issue, one.comment) == under and content in ("", one.content)
        ]
    )


def _given(call: Call) -> Answer:
    (issue, comment), content = _under(call), str(call.body["content"])
    for one in call.repository.reactions:
        if (one.issue, one.comment, one.content) == (issue, comment, content) and (
            one.user == call.user
        ):
            return Answer(200, shapes.reaction(call, one))
    number, now = next(call.world.numbers), call.world.now
    made = Reaction(number, issue, comment, call.user, content, now)
    call.repository.reactions.append(made)
    return Answer(201, shapes.reaction(call, made))


@answers("GET", _OF_COMMENT, *_READ)
def of_comment(call: Call) -> Answer:
    return _listed(call)


@answers("POST", _OF_COMMENT, *_WRITE)
def to_comment(call: Call) -> Answer:
    return _given(call)


@answers("GET", _OF_ISSUE, *_READ)
def of_issue(call: Call) -> Answer:
    return _listed(call)


@answers("POST", _OF_ISSUE, *_WRITE)
def to_issue(call: Call) -> Answer:
    return _given(call)
