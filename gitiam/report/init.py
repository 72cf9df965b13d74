"""What `gitiam init` wrote and left alone, and what is next: for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitiam.founding.answers import Answers
from gitiam.founding.placing import Fate, Placed
from gitiam.report.layout import Style, counted, plain, printable

_SAID = {
    Fate.WRITTEN: "written",
    Fate.MISSING: "missing",
    Fate.UNCHANGED: "as it should be",
    Fate.DIFFERENT: "left alone",
}
_LOOKS = {Fate.WRITTEN: "added", Fate.MISSING: "added", Fate.DIFFERENT: "warning"}


@dataclass(frozen=True, slots=True)
class Founded:
    """All files, in the order of writing; `dry` where none was to be written."""

    answers: Answers
    files: Sequence[Placed]
    dry: bool = False

    @property
    def differs(self) -> bool:
        """Whether something that was there is not what this estate needs."""
        return any(file.fate is Fate.DIFFERENT for file in self.files)

    def count(self, fate: Fate) -> int:
        """How many files met it."""
        return sum(file.fate is fate for file in self.files)


def as_json(founded: Founded) -> str:
    """`{dry_run, files: [{path, fate, why, text}], next}`; the keys never change.

    `text` is null for what is as it should be.
    """
    files = [
        {
            "path": file.path,
            "fate": file.fate.value,
            "why": file.why or None,
            "text": None if file.fate is Fate.UNCHANGED else file.text,
        }
        for file in founded.files
    ]
    body = {"dry_run": founded.dry, "files": files, "next": list(_next(founded.answers))}
    return json.dumps(body) + "\n"


def as_text(founded: Founded, style: Style = plain) -> str:
    """A line for each file, the number of each fate, and what is to be done by hand."""
    width = max(map(len, _SAID.values()))
    lines = []
    for file in founded.files:
        said = style(_SAID[file.fate].ljust(width), _LOOKS.get(file.fate, "faint"))
        why = f"  ({printable(file.why)})" if file.why else ""
        lines.append(f"{said}  {file.path}{why}")
    lines += ["", _summary(founded), "", "What is left to do:"]
    lines += [f"{n}. {step}" for n, step in enumerate(_next(founded.answers), 1)]
    return "".join(f"{line}\n" for line in lines)


def _summary(founded: Founded) -> str:
    fresh = Fate.MISSING if founded.dry else Fate.WRITTEN
    written = counted(founded.count(fresh), "file")
    parts = [f"{written} {'would be written' if founded.dry else 'written'}"]
    numbers = {fate: founded.count(fate) for fate in (Fate.UNCHANGED, Fate.DIFFERENT)}
    parts += [f"{number} {_SAID[fate]}" for fate, number in numbers.items() if number]
    return ", ".join(parts)


def _next(answers: Answers) -> Iterator[str]:
    home = answers.home.name
    if answers.tool is None:
        yield (
            "The workflows install gitiam from the repository that they run in: keep this estate in"
            " a clone of gitiam's, or delete them and run `gitiam init` with --tool OWNER/NAME@SHA"
        )
    folders = ", ".join(f"aws/{account.name}" for account in answers.accounts)
    yield f"Apply with Terraform, as aws/README.md says: {folders}"
    yield f"Set the repository's variables on GitHub: terraform -chdir=aws/{home} output variables"
    if answers.approvers.teams:
        yield (
            "Make a GitHub App that sees who is in a team, for GITIAM_APP_ID and GITIAM_APP_KEY:"
            " without it no approval of a team counts (docs/operators.md of gitiam)"
        )
    yield (
        "For the form: let GitHub Actions create pull requests (Settings, Actions, General), and"
        " make the labels access-request and needs-changes"
    )
    yield (
        "Commit all of it, as the first commit or by a pull request that is approved: nothing else"
        " is applied"
    )
    yield "Protect the main branch as docs/operators.md of gitiam says"
    if not answers.approvers.teams and len(answers.approvers.people) == 1:
        (person,) = answers.approvers.people
        yield f"Name somebody beside {person} who approves: nobody approves what is their own"
    if answers.repository.ids is None:
        yield (
            "If the repository was created, renamed or moved since 15 July 2026, its runs send"
            f" numbers, too: aws/{home}/pipeline.tf says where to write them"
        )
