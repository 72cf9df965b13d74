"""Where GitHub's description and GitHub disagree: a short list, each line with its reason."""

from __future__ import annotations

from fnmatch import fnmatchcase

#: (operation, part of the complaint) that is no mistake of a client's.
REQUESTS = (
    # GitHub takes a plain list of names, as it always did and as PyGithub sends it; the newest
    # description knows only the object that holds one.
    ("issues/add-labels", "is not of type 'object'"),
    ("issues/set-labels", "is not of type 'object'"),
)

#: (operation, part of the complaint) that is no mistake of the fake's.
ANSWERS = (
    # A comment at one line has no line where it starts: GitHub sends null, which the list of the
    # two sides does not name.
    ("pulls/*", "start_side: None is not one of"),
    # A comment whose line is gone is at no line; the description allows that for one of the four
    # shapes of a comment, and GitHub sends null in all.
    ("pulls/*", "line: None "),
    ("pulls/*", "position: None "),
    # A fork that was deleted: GitHub sends null and documents it, where this shape wants one.
    ("pulls/*", "head.repo: None "),
    # A label need not be described, and what does not yet have a conclusion has none.
    ("pulls/*", ".description: None "),
    ("repos/list-pull-requests-*", ".description: None "),
    ("checks/*", "conclusion: None is not one of"),
    # An open issue was not closed for a reason: null, which the list of reasons does not name.
    ("issues/*", "state_reason: None is not one of"),
    # Nobody on GitHub has a commit's address: null, where the description knows only objects.
    ("*", "author: None "),
    ("*", "committer: None "),
    # Two shapes of an error, one of which is a part of the other: every refusal fits both.
    ("repos/*", "repository-rule-violation-error'}, {'$ref': '#/components/schemas/basic-error'}"),
)


def allowed_request(operation: str, complaint: str) -> bool:
    """Whether a complaint about a request is one of the description's own."""
    return any(fnmatchcase(operation, name) and part in complaint for name, part in REQUESTS)


def allowed_answer(operation: str, complaint: str) -> bool:
    """Whether a complaint about an answer is one of the description's own."""
    return any(fnmatchcase(operation, name) and part in complaint for name, part in ANSWERS)
