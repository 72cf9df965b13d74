"""Reviews, with GitHub's own rules: nobody approves an own pull request."""

from __future__ import annotations

from tests.support.github import pull_shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, Refused, not_found, unprocessable
from tests.support.github.operations.review_comments import new_comment
from tests.support.github.routes import Book
from tests.support.github.state import Issue, Pull, Review

answers = Book()

_REVIEWS = "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"
_REVIEW = _REVIEWS + "/{review_id}"
_READ, _WRITE = "pull_requests:read", "pull_requests:write"
_STATES = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


def _shown(call: Call, issue: Issue, review: Review) -> Answer:
    return Answer(200, pull_shapes.review(call, call.repository, issue, review))


def _found(call: Call) -> tuple[Issue, Pull, Review]:
    """The review of the path. Nobody sees another's review before it is submitted."""
    issue, pull = call.pull()
    for review in pull.reviews:
        if review.id == call.number("review_id") and _seen(call, review):
            return issue, pull, review
    raise not_found()


def _seen(call: Call, review: Review) -> bool:
    return review.state != "PENDING" or (call.token is not None and call.user == review.user)


@answers("GET", _REVIEWS, _READ)
def reviews(call: Call) -> Answer:
    """In the order in which they came."""
    issue, pull = call.pull()
    it = call.repository
    seen = [review for review in pull.reviews if _seen(call, review)]
    return call.page([pull_shapes.review(call, it, issue, review) for review in seen])


@answers("POST", _REVIEWS, _WRITE)
def create(call: Call) -> Answer:
    issue, pull = call.pull()
    event = call.body.get("event")
    body = call.text("PullRequestReview")
    _may(call, issue, pull, event, body)
    if any(one.state == "PENDING" and one.user == call.user for one in pull.reviews):
        raise unprocessable("User can only have one pending review per pull request")
    wanted = call.repository.git.resolved(call.body.get("commit_id") or pull.head)
    if wanted is None:
        raise unprocessable("The commit_id is not part of the pull request")
    number = next(call.world.numbers)
    review = Review(number, call.user, body, "PENDING", wanted, None)
    said = call.body.get("comments") or []
    try:
        pull.comments += [new_comment(call, pull, number, one, wanted) for one in said]
    except Refused as refused:  # a review's errors are sentences
        raise unprocessable(*_sentences(refused)) from None
    pull.reviews.append(review)
    if event:
        _submit(call, pull, review, event)
    return _shown(call, issue, review)


def _sentences(refused: Refused) -> list[str]:
    return [
        error.get("message") or f"{error['field']} is invalid"
        for error in refused.answer.value["errors"]
    ]


def _may(call: Call, issue: Issue, pull: Pull, event: str | None, body: str) -> None:
    if event in {"APPROVE", "REQUEST_CHANGES"} and call.user == issue.user:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise unprocessable(f"Can not {verb} your own pull request")
    if event in {"COMMENT", "REQUEST_CHANGES"} and not (body or call.body.get("comments")):
        raise unprocessable(f"Body is required to {event.lower().replace('_', ' ')}")


def _submit(call: Call, pull: Pull, review: Review, event: str) -> None:
    """A review's word counts from here on; whoever was asked for it has given it."""
    review.state, review.submitted = _STATES[event], call.world.now
    pull.reviewers = [user for user in pull.reviewers if user != review.user]


@answers("GET", _REVIEW, _READ)
def get(call: Call) -> Answer:
    issue, _, review = _found(call)
    return _shown(call, issue, review)


@answers("PUT", _REVIEW, _WRITE)
def update(call: Call) -> Answer:
    issue, _, review = _found(call)
    if review.user != call.user:
        raise Refused(403, "Must be the author of the review.")
    review.body = call.text("PullRequestReview", required=True)
    return _shown(call, issue, review)


@answers("DELETE", _REVIEW, _WRITE)
def delete(call: Call) -> Answer:
    issue, pull, review = _found(call)
    if review.state != "PENDING":
        raise unprocessable("Can not delete a non-pending pull request review")
    pull.reviews.remove(review)
    pull.comments = [one for one in pull.comments if one.review != review.id]
    return _shown(call, issue, review)


@answers("POST", f"{_REVIEW}/events", _WRITE)
def submit(call: Call) -> Answer:
    issue, pull, review = _found(call)
    if review.state != "PENDING":
        raise unprocessable("Can not submit a review that is not pending")
    review.body = call.text("PullRequestReview") or review.body
    event = call.body["event"]
    _may(call, issue, pull, event, review.body)
    _submit(call, pull, review, event)
    return _shown(call, issue, review)


@answers("PUT", f"{_REVIEW}/dismissals", _WRITE, role="write")
def dismiss(call: Call) -> Answer:
    issue, _, review = _found(call)
    if review.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise unprocessable("Can not dismiss a commented pull request review")
    review.state = "DISMISSED"
    return _shown(call, issue, review)


@answers("GET", f"{_REVIEW}/comments", _READ)
def comments(call: Call) -> Answer:
    issue, pull, review = _found(call)
    it = call.repository
    own = [one for one in pull.comments if one.review == review.id]
    return call.page([pull_shapes.review_comment(call, it, issue, one) for one in own])
