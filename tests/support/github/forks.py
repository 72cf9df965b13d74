"""Copies of repositories, and what a repository publishes of the pull requests that come to it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.support.github.bare import Bare, Person
from tests.support.github.state import Pull, Repository, User

#: GitHub's own name in the merges that it tries.
_GITHUB = ("GitHub", "noreply@github.com")


def copied(
    it: Repository, owner: User, number: int, folder: Path, name: str, now: str
) -> Repository:
    """The fork, which has the branches and nothing of what was said."""
    root = folder / owner.login / f"{name or it.name}.git"
    shutil.copytree(it.git.root, root)
    git = Bare(root)
    for ref in git.refs("refs/pull/"):
        git.set_ref(ref, None)
    made = Repository(owner, name or it.name, number, git, it.private, now, it.default_branch)
    made.seen, made.parent = git.refs("refs/heads/"), it
    return made


def left_behind(it: Repository, fork: Repository) -> None:
    """The pull requests of a fork that is no more; what was published of them stays."""
    for issue in it.pulls:
        if issue.pull and issue.pull.fork is fork:
            issue.pull.fork, issue.pull.fork_gone = None, True


def follow(it: Repository, number: int, pull: Pull, heads: Mapping[str, str], now: str) -> None:
    """Let an open pull request have what was pushed, and publish its head and its merge."""
    pull.base = heads.get(f"refs/heads/{pull.base_ref}", pull.base)
    if not pull.fork_gone:
        theirs = pull.fork.git.refs("refs/heads/") if pull.fork else heads
        pull.head = theirs.get(f"refs/heads/{pull.head_ref}", pull.head)
    if pull.head != pull.published:
        if pull.fork:
            brought(it, pull.fork, pull.head_ref)
        it.git.set_ref(f"refs/pull/{number}/head", pull.head)
        pull.published = pull.head
    if pull.tried != (pull.base, pull.head):
        _try(it, number, pull, now)


def brought(it: Repository, fork: Repository, branch: str) -> None:
    """Let git know in one repository what is on a branch of another."""
    it.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(fork.git.root), branch)


def _try(it: Repository, number: int, pull: Pull, now: str) -> None:
    """`refs/pull/N/merge` stays where it was when there is a conflict, as on GitHub."""
    pull.tried = pull.base, pull.head
    if (tree := it.git.merged_tree(pull.base, pull.head)) is None:
        return
    who = Person(*_GITHUB, now)
    message = f"Merge {pull.head} into {pull.base}"
    pull.merge_sha = it.git.new_commit(tree, [pull.base, pull.head], message, who, who)
    it.git.set_ref(f"refs/pull/{number}/merge", pull.merge_sha)
