"""What `gitiam init` was told, and on a terminal what it asks for besides."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from gitiam.cli.style import shown
from gitiam.errors import UsageError

if TYPE_CHECKING:
    from gitiam.approvals.policy import Voters
    from gitiam.founding.answers import Answers, NewAccount, Repository, Tool

T = TypeVar("T")

_REGION = "us-east-1"


@dataclass(frozen=True)
class Told:
    """The options as they were given."""

    accounts: Sequence[str]
    repository: str | None
    repository_ids: str | None
    region: str | None
    bucket: str | None
    organization: str | None
    approvers: Sequence[str]
    tool: str | None
    yes: bool


def answers_from(told: Told, root: Path) -> Answers:
    """All that is needed; UsageError where something is missing and nobody can be asked."""
    from gitiam.founding.answers import Answers, bucket_of, organization_of, region_of, tool_of

    ask = not told.yes and sys.stdin.isatty() and sys.stdout.isatty()
    # What was given is looked at before anything is asked.
    tool = None if told.tool is None else tool_of(told.tool, "--tool")
    ask_for_tool = ask and tool is None and not _brings_gitiam(root)
    organization = told.organization and organization_of(told.organization, "--organization")
    accounts = _accounts(told, ask)
    repository = _repository(told, root, ask)
    return Answers(
        accounts=accounts,
        repository=repository,
        region=_one(told.region, "--region", region_of, "AWS region", _REGION, ask),
        bucket=_one(
            told.bucket,
            "--bucket",
            bucket_of,
            "S3 bucket for state and ledger",
            f"gitiam-{accounts[0].id}",
            ask,
        ),
        approvers=_approvers(told, organization or None, ask),
        organization=organization or None,
        tool=_asked_tool() if ask_for_tool else tool,
    )


def _accounts(told: Told, ask: bool) -> tuple[NewAccount, ...]:
    from gitiam.founding.answers import account_of, accounts_of

    if told.accounts or not ask:
        if not told.accounts:
            raise UsageError(
                "--account: no account is named",
                hint="Give --account NAME=ID, such as prod=111122223333; the first has the bucket",
            )
        return accounts_of(told.accounts, "--account")
    click.echo("Which AWS accounts? NAME=ID or NAME=ID:TIER, the one with the bucket first.")
    given: list[str] = []

    def one_more(text: str) -> str:
        if text:
            account_of(text, "account")
            accounts_of([*given, text], "account")
        elif not given:
            raise UsageError("account: one is needed", hint="Write prod=111122223333")
        return text

    while text := _prompt("account" if not given else "another, or nothing", one_more, ""):
        given.append(text)
    return accounts_of(given, "account")


def _repository(told: Told, root: Path, ask: bool) -> Repository:
    from gitiam.founding.answers import repository_of

    def read(text: str, where: str) -> Repository:
        return repository_of(text, where, told.repository_ids, "--repository-ids")

    known = told.repository or _origin(root)
    if told.repository is None and not ask and known is None:
        raise UsageError(
            "--repository: which repository on GitHub is not known",
            hint="Give --repository OWNER/NAME, or name it as git's remote `origin`",
        )
    if told.repository_ids is not None:
        read(known or "owner/name", "--repository")
    return _one(told.repository, "--repository", read, "repository on GitHub", known, ask)


def _origin(root: Path) -> str | None:
    """The repository that git's `origin` names; None where there is no git, or no such remote."""
    from gitiam.founding.answers import repository_in
    from gitiam.sync.undo.git import GitError, open_repository

    try:
        return repository_in(open_repository(root).setting("remote.origin.url"))
    except GitError:
        return None


def _brings_gitiam(root: Path) -> bool:
    """Whether the estate is a clone of gitiam's repository, from which workflows can install it."""
    return all((root / name).exists() for name in ("gitiam/__main__.py", "requirements.lock"))


def _asked_tool() -> Tool | None:
    from gitiam.founding.answers import tool_of

    click.echo("Where do the workflows install gitiam from? OWNER/NAME@SHA, at a whole commit.")
    return _prompt(
        "gitiam, or nothing",
        lambda text: tool_of(text, "gitiam") if text else None,
        "",
    )


def _approvers(told: Told, organization: str | None, ask: bool) -> Voters:
    from gitiam.founding.answers import approvers_of

    if told.approvers or not ask:
        return approvers_of(told.approvers, "--approvers", organization)

    def read(text: str, where: str) -> Voters:
        return approvers_of(text.replace(",", " ").split(), where, organization)

    click.echo("Who approves? @alice for a person, @organisation/team for a team; several, if so.")
    return _one(None, "--approvers", read, "approvers", None, ask)


def _one(
    given: str | None,
    option: str,
    read: Callable[[str, str], T],
    question: str,
    default: str | None,
    ask: bool,
) -> T:
    """What was given; else what is answered; else the default, which goes through `read` too."""
    if given is not None:
        return read(given, option)
    if ask:
        return _prompt(question, lambda text: read(text, question), default)
    return read(default or "", option)


def _prompt(question: str, read: Callable[[str], T], default: str | None) -> T:
    """Ask until the answer can be read."""

    def value(text: str) -> T:
        try:
            return read(text.strip())
        except UsageError as error:
            raise click.UsageError(shown(f"{error.message}. {error.hint}")) from None

    answer: T = click.prompt(
        question, default=default, value_proc=value, show_default=bool(default)
    )
    return answer
