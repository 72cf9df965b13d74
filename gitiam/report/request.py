"""What became of a request that somebody made with the form: for its author, and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gitiam.forms.draft import Drafted
from gitiam.forms.fields import Problem
from gitiam.report.layout import counted, markdown, printable
from gitiam.risk import Assessment

#: As many as somebody will read; the rest comes up again after these.
MOST_PROBLEMS = 30
# GitHub takes 65,536 characters for a comment; a message may repeat what a file holds.
_ROOM = 60_000
_LONGEST = 1500


@dataclass(frozen=True, slots=True)
class Received:
    """The file, if there is one, and what is to be said of it."""

    drafted: Drafted | None
    problems: tuple[Problem, ...] = ()
    assessment: Assessment | None = None

    @property
    def is_right(self) -> bool:
        """Whether there is a file, and nothing that keeps it from being reviewed."""
        return self.drafted is not None and not any(problem.blocks for problem in self.problems)


def as_json(received: Received) -> str:
    """`{ok, path, text, branch, title, findings, answer}` in one line; the keys never change.

    The first five are about a file that can be proposed: without one all but `ok` are null.
    `answer` is Markdown for the issue. Each of the `findings` has `field` (the label, or null),
    `message`, `written`, `meant`, `advice`, `rule` and `severity`.
    """
    file = received.drafted if received.is_right else None
    body = {
        "ok": received.is_right,
        "path": file and file.path,
        "text": file and file.text,
        "branch": file and file.branch,
        "title": file and file.title,
        "findings": [_as_data(problem) for problem in received.problems],
        "answer": as_markdown(received),
    }
    # The same JSON, of which no build's log takes a part for an order.
    return json.dumps(body).replace("##[", "##\\u005b") + "\n"


def as_markdown(received: Received) -> str:
    """The answer for the issue; nothing that anybody wrote does anything in it."""
    file = received.drafted
    lines = list(_right(file, received) if file and received.is_right else _wrong(received))
    return "\n".join(lines) + "\n"


def as_text(received: Received) -> str:
    """The problems for a terminal, a line or a few for each."""
    lines = (line for problem in received.problems for line in _in_lines(problem))
    return "".join(f"{printable(line)}\n" for line in lines)


def _as_data(problem: Problem) -> dict[str, Any]:
    return {
        "field": problem.field and problem.field.label,
        "message": problem.message,
        "written": problem.written,
        "meant": problem.meant,
        "advice": problem.advice,
        "rule": problem.rule,
        "severity": problem.severity.value,
    }


# -- Markdown -----------------------------------------------------------------------------------


def _right(file: Drafted, received: Received) -> Iterator[str]:
    yield f"This can be reviewed: {markdown(file.title)}."
    yield ""
    yield f"It becomes the file {markdown(file.path)}."
    if received.assessment is not None:
        yield f"The access is of {received.assessment.risk} risk."
    if received.problems:
        yield ""
        yield "Reviewers will see this as well:"
        yield ""
        yield from _listed(received.problems)


def _wrong(received: Received) -> Iterator[str]:
    blocking = [problem for problem in received.problems if problem.blocks]
    one = len(blocking) == 1
    yield f"No request was made of this yet: {counted(len(blocking), 'thing')} to mend."
    yield ""
    yield from _listed(blocking)
    yield ""
    yield f"Edit the issue above to mend {'it' if one else 'them'}; it is then read again."


def _listed(problems: Sequence[Problem]) -> Iterator[str]:
    room = _ROOM
    for number, problem in enumerate(problems):
        told = "\n".join(_told(problem))
        room -= len(told) + 1
        if room < 0 or number == MOST_PROBLEMS:
            yield f"- and {counted(len(problems) - number, 'more thing')}"
            return
        yield told


def _told(problem: Problem) -> Iterator[str]:
    yield f"- **{_where(problem)}**: {_safe(problem.message)}"
    yield from (f"  - {about}: {_safe(text)}" for about, text in _particulars(problem))


def _particulars(problem: Problem) -> Iterator[tuple[str, str]]:
    known = {
        "written": problem.written,
        "perhaps meant": problem.meant,
        "what to do": problem.advice,
    }
    return ((about, text) for about, text in known.items() if text)


def _where(problem: Problem) -> str:
    return problem.field.label if problem.field else "The issue"


def _safe(text: str) -> str:
    return markdown(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


# -- text ---------------------------------------------------------------------------------------


def _in_lines(problem: Problem) -> Iterator[str]:
    yield f"{problem.severity}: {_where(problem)}: {problem.message} [{problem.rule}]"
    yield from (f"  {about}: {text}" for about, text in _particulars(problem))
