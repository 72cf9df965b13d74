"""Merging a pull request that removes files and does nothing else: looked at once more, then done.

What is looked at is what GitHub has, and not what was meant to be proposed.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from github.PullRequest import PullRequest

from gitiam.approvals.names import same
from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import Proposed, is_request_path

_FILE = ("100644", "blob")
_MOST_TREE = 100_000

Entries = dict[str, tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Merged:
    """The commit on the main branch, or None and why it is left to people."""

    commit: str | None = None
    why: str = ""


def merge_removal(
    hub: Hub,
    proposed: Proposed,
    branch: str,
    may_go: Callable[[str], bool],
    message: Callable[[Iterable[str]], str],
) -> Merged:
    """Merge it, if it is ours, as we made it, and removes request files and nothing else.

    `may_go` judges the text of each of them as it is on the main branch now; `message` says of
    their paths what the commit does. Nothing is merged where anything else is found, or GitHub
    refuses; GitHubError where it cannot be asked.
    """
    found = _removed(hub, proposed, branch, may_go)
    if isinstance(found, str):
        return Merged(None, found)
    text = message(sorted(found))
    try:
        with asking(f"merge #{proposed.number}"):
            pull = hub.repository.get_pull(proposed.number)
            done = pull.merge(commit_message=text, merge_method="squash", sha=proposed.head)
            return Merged(done.sha) if done.merged else Merged(None, "GitHub did not merge it")
    except GitHubError as error:
        if error.status in (403, 405, 409, 422):
            return Merged(None, error.message)
        raise


def _removed(
    hub: Hub, proposed: Proposed, branch: str, may_go: Callable[[str], bool]
) -> frozenset[str] | str:
    """The files that it removes, or why it is left to people."""
    root = f"/repos/{hub.name}"
    pull = hub.read(f"{root}/pulls/{proposed.number}")
    with asking(f"understand #{proposed.number}"):
        if why := _not_ours(hub, pull, proposed, branch):
            return why
        base = str(pull["base"]["ref"])
    if any(one.get("state") == "CHANGES_REQUESTED" for one in _reviews(hub, proposed.number)):
        return "somebody asks for changes"
    tip = _tip(hub, base)
    start = _start(hub, tip, proposed)
    if start is None:
        return "it is not one commit on top of the main branch"
    before, after, now = (_entries(hub, one) for one in (start, proposed.head, tip))
    gone = frozenset(before.keys() - after.keys())
    if not gone or any(before.get(path) != entry for path, entry in after.items()):
        return "it does something else than to remove files"
    if any(now.get(path) != before[path] for path in gone):
        return "the files have changed on the main branch"
    for path in sorted(gone):
        if not is_request_path(path) or not _may_go(hub, now[path], may_go):
            return f"{path} is no request that has expired and forbids nothing"
    return gone


def _start(hub: Hub, tip: str, proposed: Proposed) -> str | None:
    """What its one commit stands on, if that is of the main branch; else more would be merged."""
    root = f"/repos/{hub.name}"
    compared = hub.read(f"{root}/compare/{tip}...{proposed.head}")
    commit = hub.read(f"{root}/git/commits/{proposed.head}")
    with asking(f"understand the commits of #{proposed.number}"):
        parents = [str(one["sha"]) for one in commit["parents"]]
        is_one = compared["ahead_by"] == 1 == len(parents)
        return parents[0] if is_one and compared["merge_base_commit"]["sha"] == parents[0] else None


def _not_ours(hub: Hub, pull: dict[str, Any], proposed: Proposed, branch: str) -> str:
    user, head, base = pull["user"] or {}, pull["head"], pull["base"]
    repository = str((head["repo"] or {}).get("full_name"))
    if same(str(user.get("login"))) != same(hub.login):
        return "somebody else opened it"
    if repository.casefold() != hub.name.casefold() or head["ref"] != branch:
        return "it is of another branch"
    if base["ref"] != hub.repository.default_branch:
        return "it is not for the main branch"
    if pull["state"] != "open" or pull["draft"]:
        return "it is closed, or a draft"
    if head["sha"] != proposed.head:
        return "somebody has pushed to it"
    return ""


def _reviews(hub: Hub, number: int) -> list[dict[str, Any]]:
    return hub.listed(f"/repos/{hub.name}/pulls/{number}/reviews")


def _tip(hub: Hub, branch: str) -> str:
    with asking(f"read the branch {branch}"):
        return str(hub.repository.get_branch(branch).commit.sha)


def _entries(hub: Hub, commit: str) -> Entries:
    """Every file of a commit: path → mode, type and id."""
    with asking(f"read the files of {commit[:7]}"):
        tree = hub.repository.get_git_tree(commit, recursive=True)
        if tree.raw_data.get("truncated") or len(tree.tree) > _MOST_TREE:
            raise GitHubError("GitHub does not list all files of the repository")
        return {
            one.path: (str(one.mode), str(one.type), str(one.sha))
            for one in tree.tree
            if one.type != "tree"
        }


def _may_go(hub: Hub, entry: tuple[str, str, str], may_go: Callable[[str], bool]) -> bool:
    mode, kind, sha = entry
    if (mode, kind) != _FILE:
        return False
    with asking("read a file of the main branch"):
        blob = hub.repository.get_git_blob(sha)
        if blob.encoding != "base64":
            return False
        raw = base64.b64decode(blob.content)
    try:
        return may_go(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def close_proposal(hub: Hub, branch: str) -> str | None:
    """Close our own pull request of this branch, which has nothing left to do; its address."""
    found = _own_pull(hub, branch)
    if found is None:
        return None
    with asking(f"close #{found.number}"):
        found.edit(state="closed")
        return str(found.html_url)


def standing_proposal(hub: Hub, branch: str) -> Proposed | None:
    """Our own pull request of this branch, as it is open."""
    found = _own_pull(hub, branch)
    if found is None:
        return None
    with asking(f"read #{found.number}"):
        return Proposed(found.number, found.html_url, found.head.sha, "unchanged")


def _own_pull(hub: Hub, branch: str) -> PullRequest | None:
    with asking(f"look for the pull request of {branch}"):
        head = f"{hub.address.owner}:{branch}"
        found = next(iter(hub.repository.get_pulls(state="open", head=head)), None)
        author = found.user if found is not None else None
        is_own = author is not None and same(author.login) == same(hub.login)
        return found if is_own else None
