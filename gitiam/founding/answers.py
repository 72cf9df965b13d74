"""What is asked of who sets up an estate: read strictly, as every answer ends in code or a policy.

Each reader takes the text and the name of the place where it was given, and raises UsageError with
that place and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitiam.approvals.names import LOGIN, login_of, shown, team_of
from gitiam.approvals.policy import Voters
from gitiam.errors import UsageError
from gitiam.models import ACCOUNT_NAME

_ACCOUNT = re.compile(rf"({ACCOUNT_NAME})=([0-9]{{12}})(?::([a-z][a-z0-9-]{{0,62}}))?")
_REPOSITORY = re.compile(rf"({LOGIN})/([A-Za-z0-9._-]{{1,100}})")
_LOGIN = re.compile(LOGIN)
_IDS = re.compile(r"([1-9][0-9]{0,18}),([1-9][0-9]{0,18})")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_TOOL = re.compile(r"(.+)@([0-9a-f]{40})")
#: Amazon S3 User Guide, "General purpose bucket naming rules"; dots are left out, for with them
#: S3's certificate does not fit.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_REMOTES = tuple(
    re.compile(rf"{start}({LOGIN}/[A-Za-z0-9._-]{{1,100}}?)(?:\.git)?/?")
    for start in (r"https://github\.com/", r"git@github\.com:", r"ssh://git@github\.com/")
)
#: The roles of the pipeline name each account's: more of them do not fit into their policies.
MOST_ACCOUNTS = 100
STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as it will stand in `gitiam.yaml`."""

    name: str
    id: str
    tier: str = STANDARD


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on GitHub; `ids` are the numbers of its owner and its own, where known."""

    owner: str
    name: str
    ids: tuple[str, str] | None = None

    def __str__(self) -> str:
        """`OWNER/NAME`."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class Tool:
    """Where the workflows take gitiam from, and at which commit."""

    repository: Repository
    commit: str

    def __str__(self) -> str:
        """`OWNER/NAME@COMMIT`."""
        return f"{self.repository}@{self.commit}"


@dataclass(frozen=True, slots=True)
class Answers:
    """All of it. The first account is the home of the pipeline: its roles and the bucket."""

    accounts: Sequence[NewAccount]
    repository: Repository
    approvers: Voters
    region: str
    bucket: str
    organization: str | None = None
    tool: Tool | None = None

    @property
    def home(self) -> NewAccount:
        """The account of the bucket, and of the roles that GitHub's runs become."""
        return self.accounts[0]

    @property
    def partition(self) -> str:
        """The partition that the region is in."""
        start = self.region.partition("-")[0]
        is_gov = self.region.startswith("us-gov-")
        return "aws-us-gov" if is_gov else "aws-cn" if start == "cn" else "aws"


def account_of(text: str, where: str) -> NewAccount:
    """`NAME=ID` or `NAME=ID:TIER`."""
    found = _ACCOUNT.fullmatch(text)
    if not found:
        raise _refused(
            where, text, "an account", "prod=111122223333, or prod=111122223333:critical"
        )
    name, id_, tier = found.groups()
    return NewAccount(name, id_, tier or STANDARD)


def accounts_of(texts: Iterable[str], where: str) -> tuple[NewAccount, ...]:
    """At least one, and none twice."""
    accounts = tuple(account_of(text, where) for text in texts)
    for what, values in (
        ("name", [account.name for account in accounts]),
        ("id", [account.id for account in accounts]),
    ):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise UsageError(
                f"{where}: two accounts have the {what} `{twice}`",
                hint="Give each account once, under one name",
            )
    if not 1 <= len(accounts) <= MOST_ACCOUNTS:
        raise UsageError(
            f"{where}: {len(accounts)} accounts; 1 to {MOST_ACCOUNTS} can be set up at once",
            hint="prod=111122223333 is an account; add more to gitiam.yaml and aws/ by hand",
        )
    return accounts


def repository_of(text: str, where: str, ids: str | None = None, ids_where: str = "") -> Repository:
    """`OWNER/NAME`, and `OWNERID,REPOSITORYID` if they are given."""
    found = _REPOSITORY.fullmatch(text)
    if not found or found[2] in (".", "..") or found[2].endswith(".git"):
        raise _refused(where, text, "a repository on GitHub", "OWNER/NAME")
    numbers = _IDS.fullmatch(ids) if ids is not None else None
    if ids is not None and numbers is None:
        mend = "two numbers, as `gh api repos/OWNER/NAME --jq '[.owner.id, .id]'` says them"
        raise _refused(ids_where, ids, "OWNERID,REPOSITORYID", mend)
    return Repository(found[1], found[2], (numbers[1], numbers[2]) if numbers else None)


def repository_in(remote: str | None) -> str | None:
    """The `OWNER/NAME` of a remote's address on github.com; None for any other address."""
    found = (pattern.fullmatch(remote or "") for pattern in _REMOTES)
    return next((match[1] for match in found if match), None)


def organization_of(text: str, where: str) -> str:
    """The name of an organisation on GitHub."""
    if not _LOGIN.fullmatch(text):
        raise _refused(where, text, "an organisation on GitHub", "its name, such as example")
    return text


def approvers_of(texts: Iterable[str], where: str, organization: str | None = None) -> Voters:
    """`@person`, `@organisation/team`, or `team` of the organisation; at least one."""
    teams, people = set(), set()
    for text in texts:
        try:
            if text.startswith("@") and "/" not in text:
                people.add(login_of(text))
            else:
                teams.add(team_of(text, organization))
        except ValueError:
            raise _refused(
                where,
                text,
                "a person or a team",
                "@alice for a person, @example/platform for a team",
            ) from None
    if not teams and not people:
        raise UsageError(
            f"{where}: nobody is named who approves",
            hint="Write @alice for a person, @example/platform for a team",
        )
    return Voters(frozenset(teams), frozenset(people))


def region_of(text: str, where: str) -> str:
    """A region's name."""
    if not _REGION.fullmatch(text) or len(text) > 30:
        raise _refused(where, text, "an AWS region", "one such as us-east-1")
    return text


def bucket_of(text: str, where: str) -> str:
    """A bucket's name, without dots."""
    if not _BUCKET.fullmatch(text):
        mend = "3 to 63 small letters, digits and hyphens, such as example-gitiam"
        raise _refused(where, text, "the name of a bucket", mend)
    return text


def tool_of(text: str, where: str) -> Tool:
    """`OWNER/NAME@COMMIT`, the commit by its whole id."""
    found = _TOOL.fullmatch(text)
    if not found:
        mend = "OWNER/NAME@SHA, with all 40 digits of a commit: branches and tags can be moved"
        raise _refused(where, text, "a pinned repository", mend)
    return Tool(repository_of(found[1], where), found[2])


def _refused(where: str, text: str, what: str, mend: str) -> UsageError:
    return UsageError(f"{where}: `{shown(text)}` is not {what}", hint=f"Write {mend}")
