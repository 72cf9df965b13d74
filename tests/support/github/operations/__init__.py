"""What the fake answers: every operation of GitHub's, in the one list that there is."""

from __future__ import annotations

from tests.support.github.operations import (
    checks,
    code_scanning,
    commits,
    contents,
    git_data,
    issues,
    labels,
    people,
    pulls,
    reactions,
    repositories,
    review_comments,
    reviews,
    statuses,
    timeline,
    workflows,
)
from tests.support.github.routes import Route

_BOOKS = (
    *(people.answers, repositories.answers, issues.answers, labels.answers, timeline.answers),
    *(pulls.answers, reviews.answers, review_comments.answers),
    reactions.answers,
    *(commits.answers, contents.answers, git_data.answers),
    *(statuses.answers, checks.answers, code_scanning.answers, workflows.answers),
)

ROUTES: tuple[Route, ...] = tuple(route for book in _BOOKS for route in book)
