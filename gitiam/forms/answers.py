"""The answers of a form, looked at before anybody reads them: nothing hidden, nothing too long."""

from __future__ import annotations

from collections.abc import Mapping

from gitiam.forms.fields import Field, Problem
from gitiam.forms.seen import shortened, spaced, unseen, visible

# The schema of requests has the same limits for reason and ticket.
_LONGEST = {
    Field.REASON: 2000,
    Field.TICKET: 200,
    Field.ACCOUNTS: 8000,
    Field.BUNDLES: 8000,
    Field.RESOURCES: 32_000,
    Field.PARAMETERS: 8000,
}
_LONGEST_LINE = 512
#: Each is compared with all that the estate knows, and answered.
MOST_ENTRIES = 200
_SEVERAL_LINES = frozenset(
    {Field.ACCOUNTS, Field.BUNDLES, Field.RESOURCES, Field.PARAMETERS, Field.REASON}
)


class Answers:
    """What was answered, and the problems that whoever reads it adds.

    An answer with a problem reads as none, and is not called missing as well.
    """

    def __init__(self, answers: Mapping[Field, str]) -> None:
        self.problems: list[Problem] = []
        self._answers = {field: spaced(text) for field, text in answers.items()}
        for field, text in list(self._answers.items()):
            self._look_at(field, text)

    def __getitem__(self, field: Field) -> str:
        """The answer; "" where there is none that can be used."""
        return "" if self.has_problem(field) else self._answers.get(field, "")

    def lines(self, field: Field) -> list[str]:
        """Those lines of an answer that hold anything."""
        return [line for line in self[field].split("\n") if line]

    def has_problem(self, field: Field) -> bool:
        """Whether something was said against this answer already."""
        return any(problem.field is field for problem in self.problems)

    def refuse(self, field: Field, message: str, written: str = "", meant: str = "") -> None:
        """Say what is not right; a meaning that changes nothing is none."""
        better = "" if meant == written else meant
        self.problems.append(Problem(field, message, shortened(written), shortened(better)))

    def require(self, field: Field, message: str) -> bool:
        """Whether there is an answer; without any, that is a problem."""
        if not self[field] and not self.has_problem(field):
            self.refuse(field, message)
        return bool(self[field])

    def _look_at(self, field: Field, text: str) -> None:
        longest = _LONGEST.get(field, _LONGEST_LINE)
        if len(text) > longest:
            self.refuse(field, f"it has {len(text):,} characters; {longest:,} are the most", text)
        elif hidden := unseen(text):
            self.refuse(field, hidden, text, visible(text) if visible(text) != text else "")
        elif "\n" in text and field not in _SEVERAL_LINES:
            self.refuse(field, "it has several lines; one is wanted", text)
        elif len(entries_in(text)) > MOST_ENTRIES and field is not Field.REASON:
            self.refuse(field, f"it has more than {MOST_ENTRIES} entries; make several issues")


def entries_in(text: str) -> list[str]:
    """What stands between commas and line ends, where anything does."""
    return [entry for part in text.split("\n") for entry in part.split(",") if entry.strip()]
