"""A branch with one commit on top of the main branch, and the pull request for it.

Nothing is checked out and nothing runs: files are handed to GitHub as data. Doing it twice does it
once: the branch's name says what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from github import GithubObject, InputGitAuthor, InputGitTreeElement
from github.GitRef import GitRef
from github.GitTree import GitTree
from github.PullRequest import PullRequest

from gitiam.errors import GitiamError
from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub

#: Files of requests, below their folder: no part is hidden, or leads up.
PATH = re.compile(r"requests/([A-Za-z0-9][A-Za-z0-9._-]{0,200}/){0,8}[A-Za-z0-9][A-Za-z0-9._-]*")
_BRANCH = re.compile(r"gitiam/[a-z0-9][a-z0-9-]{0,99}(/[a-z0-9][a-z0-9-]{0,99})?")
_FILE = "100644"


@dataclass(frozen=True, slots=True)
class Author:
    """Whom a commit is credited to: a person on GitHub, by login and account number."""

    login: str
    number: int

    @property
    def email(self) -> str:
        """By this address GitHub leads from a commit to the person (GitHub Docs, "noreply")."""
        return f"{self.number}+{self.login}@users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be reviewed. `files` maps paths below `requests/` to text, None taking one away.

    `author` is credited with the commit, and with it who had a part in what it says.
    """

    branch: str
    files: Mapping[str, str | None]
    title: str
    body: str
    author: Author | None = None
    draft: bool = False
    others: tuple[Author, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """The pull request, the commit at its head, and what was done: opened, updated, unchanged."""

    number: int
    address: str
    head: str
    did: str


def propose(hub: Hub, proposal: Proposal) -> Proposed:
    """Bring it before people, or up to date; GitHubError where GitHub refuses.

    A branch of this name is set anew on top of the main branch, unless it holds the same already.
    """
    _check(proposal)
    with asking("read the main branch"):
        base = hub.repository.default_branch
        tip = hub.repository.get_branch(base).commit.sha
    with asking(f"write the files of {proposal.branch}"):
        tree = _tree(hub, proposal, tip)
    head, is_moved = _branch(hub, proposal, tree, tip)
    pull = _open_pull(hub, proposal.branch)
    if pull is not None:
        with asking(f"rewrite #{pull.number}"):
            if (pull.title, pull.body) != (proposal.title, proposal.body):
                pull.edit(title=proposal.title, body=proposal.body)
        return Proposed(pull.number, pull.html_url, head, "updated" if is_moved else "unchanged")
    with asking(f"open a pull request for {proposal.branch}"):
        made = hub.repository.create_pull(
            base=base,
            head=proposal.branch,
            title=proposal.title,
            body=proposal.body,
            draft=proposal.draft,
        )
    return Proposed(made.number, made.html_url, head, "opened")


def message_of(title: str, others: Iterable[Author]) -> str:
    """A commit's message, by which GitHub and gitiam credit others than its author, too."""
    trailers = [f"Co-authored-by: {one.login} <{one.email}>" for one in others]
    return "\n".join([title, "", *trailers]) if trailers else title


def is_request_path(path: str) -> bool:
    """Whether a file of this path may be proposed: below `requests/`, of plain characters."""
    return PATH.fullmatch(path) is not None


def _check(proposal: Proposal) -> None:
    """Whatever made these names: they can lead nowhere else."""
    if not _BRANCH.fullmatch(proposal.branch):
        raise ValueError(f"no name of a branch of ours: {proposal.branch!r}")
    wrong = [path for path in proposal.files if not is_request_path(path)]
    if wrong or not proposal.files:
        raise ValueError(f"no paths of request files: {wrong!r}")


def _tree(hub: Hub, proposal: Proposal, tip: str) -> GitTree:
    base = hub.repository.get_git_commit(tip).tree
    elements = [
        InputGitTreeElement(path, _FILE, "blob", sha=None)
        if text is None
        else InputGitTreeElement(path, _FILE, "blob", content=text)
        for path, text in sorted(proposal.files.items())
    ]
    made = hub.repository.create_git_tree(elements, base)
    if made.sha == base.sha:
        raise GitiamError(f"{proposal.branch} would change nothing: main holds these files already")
    return made


def _branch(hub: Hub, proposal: Proposal, tree: GitTree, tip: str) -> tuple[str, bool]:
    """The commit at the branch's head, and whether it is a new one."""
    known = _head(hub, proposal.branch)
    with asking(f"commit to {proposal.branch}"):
        if known is not None:
            commit = hub.repository.get_git_commit(known.object.sha)
            if commit.tree.sha == tree.sha and [one.sha for one in commit.parents] == [tip]:
                return known.object.sha, False
        author = proposal.author
        credited = InputGitAuthor(author.login, author.email) if author else GithubObject.NotSet
        parents = [hub.repository.get_git_commit(tip)]
        message = message_of(proposal.title, proposal.others)
        made = hub.repository.create_git_commit(message, tree, parents, author=credited)
        if known is None:
            hub.repository.create_git_ref(f"refs/heads/{proposal.branch}", made.sha)
        else:
            known.edit(made.sha, force=True)
        return made.sha, True


def _head(hub: Hub, branch: str) -> GitRef | None:
    try:
        with asking(f"look for the branch {branch}"):
            found = hub.repository.get_git_ref(f"heads/{branch}")
            # Looked at, it knows its own address; until then, another that takes no changes.
            return found if found.object.sha else None
    except GitHubError as error:
        if error.status == 404:
            return None
        raise


def _open_pull(hub: Hub, branch: str) -> PullRequest | None:
    head = f"{hub.address.owner}:{branch}"
    with asking(f"look for the pull request of {branch}"):
        return next(iter(hub.repository.get_pulls(state="open", head=head)), None)
