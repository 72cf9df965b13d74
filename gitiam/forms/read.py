"""An issue → the file that it asks for, or what its author has to mend."""

from __future__ import annotations

from datetime import datetime

from gitiam.forms.body import answers_in
from gitiam.forms.draft import Drafted, drafted
from gitiam.forms.fields import Problem
from gitiam.forms.issue import Issue
from gitiam.forms.offer import Offer
from gitiam.forms.reading import draft_from


def read_issue(issue: Issue, offer: Offer, now: datetime) -> Drafted | tuple[Problem, ...]:
    """What was asked for with the form, its days counted from `now` (aware).

    Whatever the issue holds, it is one or the other; the file is not judged yet.
    """
    answers, problems = answers_in(issue.text)
    if problems:
        return problems
    draft = draft_from(answers, offer, now)
    if isinstance(draft, tuple):
        return draft
    return drafted(draft, number=issue.number, author=issue.author)
