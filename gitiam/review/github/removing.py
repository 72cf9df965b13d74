"""Merging a pull request that removes files and does nothing else: looked at once more, then done.

What is looked at is what GitHub has, and not what was meant to be proposed.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import Proposed

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
    removed: frozenset[str],
    may_go: Callable[[str], bool],
    message: str,
) -> Merged:
    """Merge it, if it is ours, as we made it, and does what is said and nothing else.

    `may_go` judges the text of each file as it is on the main branch now. Nothing is merged where
    anything else is found, or GitHub refuses; GitHubError where it cannot be asked.
    """
    why = _why_not(hub, proposed, branch, removed, may_go)
    if why:
        return Merged(None, why)
    try:
        with asking(f"merge #{proposed.number}"):
            pull = hub.repository.get_pull(proposed.number)
            done = pull.merge(commit_message=message, merge_method="squash", sha=proposed.head)
            return Merged(done.sha) if done.merged else Merged(None, "GitHub did not merge it")
    except GitHubError as error:
        if error.status in (403, 405, 409, 422):
            return Merged(None, error.message)
        raise


def _why_not(
    hub: Hub,
    proposed: Proposed,
    branch: str,
    removed: frozenset[str],
    may_go: Callable[[str], bool],
) -> str:
    """Why it is left to people; empty where nothing is in the way."""
    root = f"/repos/{hub.name}"
    pull = hub.read(f"{root}/pulls/{proposed.number}")
    with asking(f"understand #{proposed.number}"):
        if why := _not_ours(hub, pull, proposed, branch):
            return why
        base = str(pull["base"]["ref"])
    if any(one.get("state") == "CHANGES_REQUESTED" for one in _reviews(hub, proposed.number)):
        return "somebody asks for changes"
    tip = _tip(hub, base)
    with asking(f"understand the commits of #{proposed.number}"):
        parents = hub.read(f"{root}/git/commits/{proposed.head}")["parents"]
        start = str(parents[0]["sha"]) if len(parents) == 1 else ""
    if not start:
        return "its commit is not on top of one other"
    before, after, now = (_entries(hub, one) for one in (start, proposed.head, tip))
    gone = {path for path in before if path not in after}
    if gone != removed or any(before[p] != entry for p, entry in after.items() if p in before):
        return "it does not remove just the files that it should"
    if after.keys() - before.keys():
        return "it adds files"
    if any(now.get(path) != before[path] for path in gone):
        return "the files have changed on the main branch"
    wrong = [path for path in sorted(gone) if not _may_go(hub, now[path], may_go)]
    return f"{wrong[0]} is no request that has expired and forbids nothing" if wrong else ""


def _not_ours(hub: Hub, pull: dict[str, Any], proposed: Proposed, branch: str) -> str:
    user, head, base = pull["user"] or {}, pull["head"], pull["base"]
    repository = str((head["repo"] or {}).get("full_name"))
    if str(user.get("login")).casefold() != hub.login.casefold():
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
    with asking(f"look for the pull request of {branch}"):
        head = f"{hub.address.owner}:{branch}"
        found = next(iter(hub.repository.get_pulls(state="open", head=head)), None)
        if found is None or found.user is None:
            return None
        if found.user.login.casefold() != hub.login.casefold():
            return None
        found.edit(state="closed")
        return str(found.html_url)
