"""Where GitHub's description and GitHub disagree: a short list, each line with its reason."""

from __future__ import annotations

from tests.support.github.messages import Answer

#: (operation, part of the complaint) that is no mistake of a client's.
_REQUESTS: dict[tuple[str, str], str] = {}

#: (operation, status, part of the complaint) that is no mistake of the fake's.
_ANSWERS: dict[tuple[str, int, str], str] = {}


def allowed_request(operation: str, complaint: str) -> bool:
    """Whether a complaint about a request is one of the description's own."""
    return any(operation == name and part in complaint for name, part in _REQUESTS)


def allowed_answer(operation: str, answer: Answer, complaint: str) -> bool:
    """Whether a complaint about an answer is one of the description's own."""
    return any(
        (operation, answer.status) == (name, status) and part in complaint
        for name, status, part in _ANSWERS
    )
