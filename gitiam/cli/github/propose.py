"""`gitiam github propose`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gitiam.cli.common import EstateContext, estate_command
from gitiam.cli.hub import connected, repository_option
from gitiam.cli.intake import given_issue, received
from gitiam.errors import ExitCode, GitiamError

if TYPE_CHECKING:
    from gitiam.forms.draft import Drafted
    from gitiam.report.intake import Memory
    from gitiam.report.request import Received
    from gitiam.review.github.client import Hub
    from gitiam.review.github.issues import Asked
    from gitiam.review.github.proposing import Author
    from gitiam.review.github.standing import Standing

#: What an issue carries as long as something in it is to be mended.
NEEDS_CHANGES = "needs-changes"


@click.command()
@click.option(
    "--from-issue",
    metavar="FILE",
    required=True,
    help="GitHub's event about the issue, or the issue's JSON; - for standard input. Only its"
    " number is taken from there.",
)
@repository_option
@estate_command
def propose(estate: EstateContext, from_issue: str, repository: str | None) -> int:
    """Open, or bring up to date, the pull request of an issue that was written with the form.

    The issue is read anew from GitHub. It must be open, carry the form's label and be of a person
    who may read the repository; of a public one, who has the role triage or more. One comment on it
    says which pull request that became, or what to mend. A pull request to which somebody else has
    pushed, or which was closed or merged, is left as it is.

    The token needs `contents: write`, `pull-requests: write`, `issues: write` and, where it is a
    workflow's own, `actions: write`.

    \b
    Examples:
      gitiam github propose --from-issue "$GITHUB_EVENT_PATH"
      gitiam github propose --from-issue - < issue.json

    Exits with 0, or with 10 when something must be mended first: the comment says what.
    """
    from gitiam.review.github.editors import editors_of
    from gitiam.review.github.issues import read_issue
    from gitiam.review.github.roles import may_be_told

    number = given_issue(from_issue).number
    hub = connected(repository)
    asked = read_issue(hub, number)
    if why := _not_meant(asked):
        click.echo(f"#{number} {why}: nothing is made of it")
        return ExitCode.CLEAN
    if asked.author is None:
        raise GitiamError(
            f"#{number} was opened by no person who can be asked: nothing is made of it",
            hint="Apps and bots open pull requests of their own",
        )
    if not may_be_told(hub, asked.author.login):
        raise GitiamError(
            f"#{number} is of somebody who has no part in {hub.name}: nothing is made of it",
            hint="In a public repository it takes the role triage, in another the role read",
        )
    editors = editors_of(hub, number, asked.author)
    return _Intake(estate, hub, asked, asked.author, editors).take_in()


def _not_meant(asked: Asked) -> str:
    from gitiam.forms.form import LABEL

    if asked.is_pull:
        return "is a pull request"
    if LABEL not in asked.labels:
        return f"does not carry the label {LABEL}"
    return "" if asked.is_open else "is closed"


@dataclass(frozen=True)
class _Intake:
    """One issue on its way to a pull request."""

    estate: EstateContext
    hub: Hub
    asked: Asked
    author: Author
    editors: tuple[Author, ...]

    def take_in(self) -> int:
        """Do what is to be done, and answer."""
        from gitiam.forms.draft import branch_of
        from gitiam.forms.issue import Issue
        from gitiam.report.intake import MARKER, memory_in
        from gitiam.review.github.issues import own_comment
        from gitiam.review.github.standing import standing_of

        memory = memory_in(own_comment(self.hub, self.asked.number, MARKER))
        standing = standing_of(self.hub, branch_of(self.asked.number))
        head = memory.head if memory else ""
        if standing is not None and standing.state != "open":
            self._answer(head, None, standing.state, standing.number)
            return ExitCode.CLEAN
        user = {"login": self.author.login}
        data = {"number": self.asked.number, "user": user, "body": self.asked.text}
        found = received(self.estate, Issue.model_validate(data))
        if found.drafted is None or not found.is_right:
            kept = ("as it was", standing.number) if standing else ("", 0)
            self._answer(head, found, *kept)
            return ExitCode.FINDINGS
        if standing is None:
            self._open(found, found.drafted)
        else:
            self._bring_up_to_date(found, found.drafted, standing, memory)
        return ExitCode.CLEAN

    def _open(self, found: Received, file: Drafted) -> None:
        from gitiam.review.github.proposing import Proposal, propose
        from gitiam.review.github.standing import is_only_of

        if not is_only_of(self.hub, file.branch, self.author):
            raise GitiamError(
                f"there is a branch {file.branch} that somebody else made",
                hint="Delete the branch, or open a pull request from it yourself",
            )
        proposal = Proposal(
            file.branch,
            {file.path: file.text},
            file.title,
            self._body(found),
            author=self.author,
            others=self.editors,
        )
        done = propose(self.hub, proposal)
        self._done(done.head, found, "opened", done.number)

    def _bring_up_to_date(
        self, found: Received, file: Drafted, standing: Standing, memory: Memory | None
    ) -> None:
        """Only on top of what we wrote last; so nobody's commit is ever lost."""
        from gitiam.approvals.names import same
        from gitiam.report.intake import memory_of
        from gitiam.review.github.committing import MovedError

        is_ours = same(standing.by) == same(self.hub.login)
        known = memory and memory.head
        if is_ours and known == standing.head and memory_of(known, self.asked.text) == memory:
            self._done(standing.head, found, "unchanged", standing.number)
            return
        changes = self._changes(file, standing)
        if is_ours and not changes and known in (None, "", standing.head):
            self._done(standing.head, found, "unchanged", standing.number)
            return
        if not is_ours or known != standing.head:
            self._answer(known or "", found, "pushed", standing.number)
            return
        try:
            head = self._commit(file, changes, found, standing)
        except MovedError:
            self._answer(known, found, "pushed", standing.number)
            return
        self._done(head, found, "updated", standing.number)

    def _changes(self, file: Drafted, standing: Standing) -> dict[str, str | None]:
        """What the branch's files lack, its old file under another name included."""
        from gitiam.forms.draft import PATH
        from gitiam.review.github.files import files_at

        at = f"/repos/{self.hub.name}/pulls/{standing.number}/files"
        touched = [str(one["filename"]) for one in self.hub.listed(at) if one["status"] == "added"]
        other = [path for path in touched if PATH.fullmatch(path) and path != file.path]
        there = files_at(self.hub, standing.head, {file.path, *other})
        same = there[file.path] == file.text.encode()
        return {**dict.fromkeys(other), **({} if same else {file.path: file.text})}

    def _commit(
        self, file: Drafted, changes: dict[str, str | None], found: Received, standing: Standing
    ) -> str:
        from gitiam.review.github.asking import asking
        from gitiam.review.github.committing import commit_onto
        from gitiam.review.github.proposing import message_of

        head = standing.head
        if changes:
            message = message_of(file.title, self.editors)
            head = commit_onto(self.hub, file.branch, head, changes, message, self.author)
        body = self._body(found)
        with asking(f"rewrite #{standing.number}"):
            self.hub.repository.get_pull(standing.number).edit(title=file.title, body=body)
        return head

    def _body(self, found: Received) -> str:
        from gitiam.report.intake import pull_text

        others = [one.login for one in self.editors]
        return pull_text(found, self.author.login, self.asked.number, others)

    def _done(self, head: str, found: Received, did: str, number: int) -> None:
        from gitiam.review.github.dispatching import check_pull

        self._answer(head, found, did, number)
        check_pull(self.hub, number)

    def _answer(self, head: str, found: Received | None, did: str, number: int) -> None:
        from gitiam.report.intake import (
            MARKER,
            answer_text,
            memory_of,
            outcome_text,
            received_text,
        )
        from gitiam.review.github.issues import set_label
        from gitiam.review.github.sticky import write_comment

        text = answer_text(
            memory_of(head, self.asked.text),
            received_text(found) if found else "",
            outcome_text(did, number) if did else "",
        )
        issue = self.hub.repository.get_issue(self.asked.number)
        written = write_comment(self.hub, issue, MARKER, text)
        to_mend = found is not None and not found.is_right
        set_label(self.hub, self.asked, NEEDS_CHANGES, wanted=to_mend)
        what = f"#{number} {did}" if did else "to be mended"
        click.echo(f"#{self.asked.number}: {what}; {written.address}")
