"""A pull request, its commits and its reviews, as GitHub tells of them → facts for an approval.

Whatever GitHub cannot be asked, or does not tell whole, is said to be unread: nothing is approved
while something is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitiam.approvals.facts import Commit, PullRequest, Review, ReviewState
from gitiam.approvals.names import is_bot, same
from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import MOST_LISTED, Hub

#: GitHub's REST API: so many commits, and so many files, it lists of a pull request.
MOST_COMMITS = 250
MOST_FILES = 3000
#: What GitHub calls it when a pull request is directed at another branch, by somebody or by itself.
_REDIRECTS = ("base_ref_changed", "automatic_base_change_succeeded")
#: Whoever may write can let a workflow's own token act, in any branch: it is nobody's.
WORKFLOW = "github-actions[bot]"

_COMMITTED_BY_GITHUB = "web-flow"
_NOREPLY = re.compile(
    r"(?:\d+\+)?([A-Za-z0-9][A-Za-z0-9_-]{0,99})@users\.noreply\.github\.com", re.I
)
_CO_AUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^<>\n]*)>", re.IGNORECASE | re.MULTILINE)
_BY_GITHUB = "noreply@github.com"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file of the pull request; `previous` is what it was called before, where it was moved.

    `blob` is git's id of what it holds at the head, or held where it is removed.
    """

    path: str
    status: str
    previous: str | None = None
    patch: str | None = None
    blob: str | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull request at one moment. `facts` know neither its requests nor its people yet.

    `head_repository` is None where the fork has been deleted. `asked` are the people, and the teams
    by their slugs, who are asked for a review and have not answered.
    """

    number: int
    title: str
    address: str
    is_open: bool
    merge_commit: str | None
    base: str
    head_ref: str
    head_repository: str | None
    labels: tuple[str, ...]
    asked: frozenset[str]
    files: tuple[ChangedFile, ...]
    facts: PullRequest

    @property
    def head(self) -> str:
        """The commit that would be, or was, merged."""
        return self.facts.head

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that it touches, under its old name as well."""
        return tuple(
            dict.fromkeys(path for one in self.files for path in (one.path, one.previous) if path)
        )


def read_pull(hub: Hub, number: int) -> Pull:
    """Ask GitHub for all of it; GitHubError where there is none, or it cannot be asked."""
    at = f"/repos/{hub.name}/pulls/{number}"
    pull = hub.read(at)
    files = hub.listed(f"{at}/files")
    commits = hub.listed(f"{at}/commits")
    reviews = hub.listed(f"{at}/reviews")
    events = hub.listed(f"/repos/{hub.name}/issues/{number}/timeline")
    with asking(f"make sense of #{number}"):
        head, source = str(pull["head"]["sha"]), pull["head"]["repo"]
        origin = str(source["full_name"]) if source else None
        pushers, last = _pushes(hub, origin, str(pull["head"]["ref"]), head)
        made = tuple(map(_commit, commits))
        facts = PullRequest(
            author=_author(_login(pull["user"]), made, hub.login),
            head=head,
            last_pusher=last,
            commits=made,
            reviews=tuple(_review(one) for one in reviews if _is_handed_in(one)),
            pushers=pushers,
            unread=(
                *_unread(hub, pull, len(commits), len(files), pushers),
                *_cut_off(reviews=len(reviews), events=len(events)),
            ),
            redirected=_redirected(events),
            elsewhere=_elsewhere(pull["base"]),
        )
        return Pull(
            number=number,
            title=str(pull["title"]),
            address=str(pull["html_url"]),
            is_open=pull["state"] == "open",
            merge_commit=pull["merge_commit_sha"] if pull["merged"] else None,
            base=str(pull["base"]["ref"]),
            head_ref=str(pull["head"]["ref"]),
            head_repository=origin,
            labels=tuple(str(label["name"]) for label in pull["labels"]),
            asked=frozenset(
                [_login(one).lower() for one in pull["requested_reviewers"]]
                + [f"@{str(one['slug']).lower()}" for one in pull["requested_teams"]]
            ),
            files=tuple(map(_file, files)),
            facts=facts,
        )


def _login(user: Mapping[str, Any] | None) -> str:
    """Empty for whoever has left GitHub: that is nobody's name."""
    return str(user["login"]) if user else ""


def _author(author: str, commits: Iterable[Commit], ours: str) -> str:
    """Of what gitiam opened for somebody, that person: the one who wrote the first commit."""
    if same(author) != same(ours):
        return author
    people = [name for commit in commits for name in commit.authors if not is_bot(name)]
    return people[0] if people else author


def _file(one: Mapping[str, Any]) -> ChangedFile:
    return ChangedFile(
        str(one["filename"]),
        str(one["status"]),
        one.get("previous_filename"),
        one.get("patch"),
        one.get("sha"),
    )


def _commit(one: Mapping[str, Any]) -> Commit:
    """Who had a part in it: by what GitHub says, and by the addresses that lead to a person."""
    told = one["commit"]
    named: list[str] = []
    unresolved: list[str] = []
    for role in ("author", "committer"):
        email = str((told.get(role) or {}).get("email") or "").strip()
        if login := _login(one.get(role)):
            named += [login] if same(login) != _COMMITTED_BY_GITHUB else []
        elif email.lower() != _BY_GITHUB:
            _enter(email, named, unresolved)
    for email in _CO_AUTHOR.findall(str(told.get("message") or "")):
        _enter(email.strip(), named, unresolved)
    return Commit(str(one["sha"]), _once(named), _once(unresolved))


def _enter(email: str, named: list[str], unresolved: list[str]) -> None:
    if known := _NOREPLY.fullmatch(email):
        named.append(known[1])
    elif email:
        unresolved.append(email)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _is_handed_in(one: Mapping[str, Any]) -> bool:
    """Not one that is still being written, nor of somebody who has left."""
    return bool(one["user"]) and one["state"] in set(ReviewState)


def _review(one: Mapping[str, Any]) -> Review:
    at = datetime.fromisoformat(one["submitted_at"])
    return Review(_login(one["user"]), ReviewState(one["state"]), str(one["commit_id"] or ""), at)


def _pushes(
    hub: Hub, repository: str | None, branch: str, head: str
) -> tuple[tuple[str, ...], str | None]:
    """Who pushed to the branch, and who pushed its head; nobody where GitHub does not tell."""
    if repository is None:
        return (), None
    ref = f"refs/heads/{branch}"
    at = f"/repos/{repository}/activity"
    try:
        entries = hub.listed(at, pages=1, ref=ref)
        # A branch that is gone may be found among all of them alone.
        if not any(one.get("after") == head for one in entries):
            entries += hub.listed(at, pages=1)
        pushed = [(_login(one["actor"]), one["after"]) for one in entries if one["ref"] == ref]
    except (GitHubError, KeyError, TypeError):
        return (), None
    last = next((login for login, after in pushed if after == head), "")
    return _once(login for login, _ in pushed if login), last or None


def _redirected(events: Iterable[Mapping[str, Any]]) -> datetime | None:
    """When it was last directed at another branch; GitHub lets the reviews stand."""
    at = [str(one["created_at"]) for one in events if one.get("event") in _REDIRECTS]
    return max(map(datetime.fromisoformat, at), default=None)


def _elsewhere(base: Mapping[str, Any]) -> str | None:
    return None if base["ref"] == base["repo"]["default_branch"] else str(base["ref"])


def _cut_off(**listed: int) -> Iterator[str]:
    """The newest are last: of a list that is cut off, those that count may be missing."""
    for what, number in listed.items():
        if number >= MOST_LISTED:
            yield f"more than the first {number:,} {what}"


def _unread(
    hub: Hub, pull: Mapping[str, Any], commits: int, files: int, pushers: Iterable[str]
) -> Iterator[str]:
    if commits < pull["commits"] or commits >= MOST_COMMITS:
        yield f"more than the {commits} commits that GitHub lists"
    if files < pull["changed_files"] or files >= MOST_FILES:
        yield f"more than the {files} files that GitHub lists"
    if same(hub.login) != WORKFLOW and any(same(one) == WORKFLOW for one in pushers):
        yield f"who let {WORKFLOW} push, which anybody can who may write,"
