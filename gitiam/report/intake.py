"""What a request that was made with the form is told, and the text of its pull request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from gitiam.report.layout import markdown
from gitiam.report.request import Received, as_markdown

#: By this the answer is found again; that its author is the right one is looked at, too.
MARKER = "<!-- gitiam: request -->"

_MEMORY = re.compile(r"<!-- head=([0-9a-f]{40}|) text=([0-9a-f]{64}) -->")
_LONGEST = 1500


@dataclass(frozen=True, slots=True)
class Memory:
    """What the answer was about: our commit at the branch's head, and the issue's text."""

    head: str
    text: str


def memory_of(head: str, text: str) -> Memory:
    """For an issue of this text; `head` is empty where there is no commit of ours."""
    return Memory(head, sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def memory_in(answer: str) -> Memory | None:
    """What an answer of ours remembers; it stands in its second line."""
    lines = answer.splitlines()
    found = _MEMORY.fullmatch(lines[1].strip()) if len(lines) > 1 else None
    return Memory(found[1], found[2]) if found else None


def answer_text(memory: Memory, *parts: str) -> str:
    """The whole comment."""
    head = f"{MARKER}\n<!-- head={memory.head} text={memory.text} -->\n"
    return head + "\n".join(part.rstrip("\n") + "\n" for part in parts if part)


def received_text(received: Received) -> str:
    """What became of the form: fit to be reviewed, or what to mend."""
    return as_markdown(received)


def outcome_text(did: str, number: int) -> str:
    """One sentence about the pull request; `did` is one of the keys below."""
    return _OUTCOMES[did].replace("{pull}", f"#{number}")


_OUTCOMES = {
    "opened": "Pull request {pull} was opened for it; people review it there.",
    "updated": "Pull request {pull} was brought up to date. Approvals from before that no longer"
    " count.",
    "unchanged": "Pull request {pull} says just that.",
    "as it was": "Pull request {pull} stays as it was until then.",
    "pushed": "Pull request {pull} was left alone: somebody else has pushed to its branch. Change"
    " the file there.",
    "merged": "Pull request {pull} is merged already, so that editing this issue changes nothing."
    " For something else open a new issue; for more time comment there with `/gitiam extend 14d`.",
    "closed": "Pull request {pull} was closed, so that editing this issue changes nothing. Reopen"
    " the pull request, or open a new issue.",
}


def pull_text(received: Received, author: str, number: int, editors: Sequence[str] = ()) -> str:
    """The text of the pull request: for whom, why, and which issue it closes."""
    file = received.drafted
    if file is None:
        raise ValueError("there is no file to be reviewed")
    reason = file.draft.reason
    reason = reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}…"
    ticket = [f"Ticket: {markdown(file.draft.ticket)}"] if file.draft.ticket else []
    risk = [f"The access is of {received.assessment.risk} risk."] if received.assessment else []
    edited = [f"Its text was edited by {', '.join(map(markdown, editors))}, too."]
    parts = [
        f"Asked for by {markdown(author)} in #{number}, with the form.",
        *(edited if editors else []),
        f"Reason: {markdown(reason)}",
        *ticket,
        *risk,
        f"Closes #{number}",
    ]
    return "\n\n".join(parts) + "\n"
