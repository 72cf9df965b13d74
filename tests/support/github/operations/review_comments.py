"""Comments at the lines of a pull request, and answers to them."""

from __future__ import annotations

import re
from typing import Any

from tests.support.github import pull_shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, invalid, not_found
from tests.support.github.routes import Book
from tests.support.github.state import Issue, Pull, Review, ReviewComment, at_least

answers = Book()

_PULLS = "/repos/{owner}/{repo}/pulls"
_COMMENTS = _PULLS + "/{pull_number}/comments"
_COMMENT = _PULLS + "/comments/{comment_id}"
_READ, _WRITE = "pull_requests:read", "pull_requests:write"


def _shown(call: Call, issue: Issue, one: ReviewComment, status: int = 200) -> Answer:
    return Answer(status, pull_shapes.review_comment(call, call.repository, issue, one))


def _submitted(pull: Pull) -> list[ReviewComment]:
    pending = {review.id for review in pull.reviews if review.state == "PENDING"}
    return [one for one in pull.comments if one.review not in pending]


def new_comment(
    call: Call, pull: Pull, review: int, said: dict[str, Any], commit: str
) -> ReviewComment:
    """A comment, if its line is in the diff. 422 otherwise: GitHub knows no other lines."""
    path, body = str(said["path"]), str(said["body"])
    if len(body) > 65_536 or not body.strip():
        raise invalid("PullRequestReviewComment", "body")
    line = None if said.get("subject_type") == "file" else said.get("line")
    if line is None and said.get("position") is not None:
        line = said["position"]
    side = said.get("side") or "RIGHT"
    hunk = _hunk(call, pull, path, line, side, commit)
    number, now = next(call.world.numbers), call.world.now
    start = said.get("start_line")
    return ReviewComment(
        number, review, call.user, body, path, commit, now, now, line, side, start, hunk, number
    )


def _hunk(call: Call, pull: Pull, path: str, line: int | None, side: str, commit: str) -> str:
    git = call.repository.git
    start = git.merge_base(pull.base, commit) or pull.base
    change = next((one for one in git.changes(start, commit) if one.name == path), None)
    if change is None:
        raise invalid("PullRequestReviewComment", "path", code="invalid")
    if line is None:
        return ""
    for hunk in re.split(r"^(?=@@ )", change.patch or "", flags=re.MULTILINE):
        if found := re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", hunk):
            first, length = found.group(1, 2) if side == "LEFT" else found.group(3, 4)
            if int(first) <= line < int(first) + int(length or 1):
                return hunk.rstrip("\n")
    message = "pull_request_review_thread.line must be part of the diff"
    raise invalid("PullRequestReviewComment", "pull_request_review_thread.line", message)


@answers("GET", _COMMENTS, _READ)
def of_pull(call: Call) -> Answer:
    issue, pull = call.pull()
    it = call.repository
    return call.page([pull_shapes.review_comment(call, it, issue, one) for one in _submitted(pull)])


@answers("GET", f"{_PULLS}/comments", _READ)
def of_repository(call: Call) -> Answer:
    it = call.repository
    return call.page(
        [
            pull_shapes.review_comment(call, it, issue, one)
            for issue in it.pulls
            if issue.pull
            for one in _submitted(issue.pull)
        ]
    )


@answers("POST", _COMMENTS, _WRITE)
def create(call: Call) -> Answer:
    """A comment of its own is a review of its own."""
    issue, pull = call.pull()
    body = call.body
    if body.get("in_reply_to"):
        return _replied(call, issue, pull, int(body["in_reply_to"]))
    if (commit := call.repository.git.resolved(str(body["commit_id"]))) is None:
        raise invalid("PullRequestReviewComment", "commit_id", code="invalid")
    made = new_comment(call, pull, 0, body, commit)
    _own_review(call, pull, made)
    return _shown(call, issue, made, 201)


def _own_review(call: Call, pull: Pull, made: ReviewComment) -> None:
    made.review = next(call.world.numbers)
    now = call.world.now
    pull.reviews.append(Review(made.review, call.user, "", "COMMENTED", made.commit, now))
    pull.comments.append(made)


@answers("POST", f"{_COMMENTS}/{{comment_id}}/replies", _WRITE)
def reply(call: Call) -> Answer:
    issue, pull = call.pull()
    return _replied(call, issue, pull, call.number("comment_id"))


def _replied(call: Call, issue: Issue, pull: Pull, to: int) -> Answer:
    first = next((one for one in _submitted(pull) if one.id == to), None)
    if first is None:
        raise not_found()
    text, now = call.text("PullRequestReviewComment", required=True), call.world.now
    number, line = next(call.world.numbers), first.line
    made = ReviewComment(
        *(number, 0, call.user, text, first.path, first.commit, now, now, line, first.side),
        *(first.start_line, first.hunk, first.thread, first.thread),
    )
    _own_review(call, pull, made)
    return _shown(call, issue, made, 201)


def _found(call: Call) -> tuple[Issue, Pull, ReviewComment]:
    for issue in call.repository.pulls:
        for one in issue.pull.comments if issue.pull else ():
            if issue.pull and one.id == call.number("comment_id"):
                return issue, issue.pull, one
    raise not_found()


def _only_own(call: Call, one: ReviewComment) -> None:
    app = call.token and call.token.permissions is not None
    if not (
        app
        or one.user == call.user
        or at_least(call.world.role(call.user, call.repository), "write")
    ):
        raise Refused(403, "Must have admin rights to Repository.")


@answers("GET", _COMMENT, _READ)
def get(call: Call) -> Answer:
    issue, _, one = _found(call)
    return _shown(call, issue, one)


@answers("PATCH", _COMMENT, _WRITE)
def update(call: Call) -> Answer:
    issue, _, one = _found(call)
    _only_own(call, one)
    one.body = call.text("PullRequestReviewComment", required=True)
    one.updated = call.world.now
    return _shown(call, issue, one)


@answers("DELETE", _COMMENT, _WRITE)
def delete(call: Call) -> Answer:
    _, pull, one = _found(call)
    _only_own(call, one)
    pull.comments.remove(one)
    return Answer(204)
