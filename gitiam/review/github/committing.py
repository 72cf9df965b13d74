"""One commit on top of a branch, as long as that is where it was: nobody's work is overwritten."""

from __future__ import annotations

from collections.abc import Mapping

from github import InputGitAuthor, InputGitTreeElement

from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub
from gitiam.review.github.proposing import PATH, Author

_FILE = "100644"
_NOT_FORWARD = 422


class MovedError(GitHubError):
    """The branch is not where it was: somebody pushed to it meanwhile."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"somebody has pushed to {branch} meanwhile, so nothing was written",
            hint="Look at what was pushed, and ask again",
        )


def commit_onto(
    hub: Hub,
    branch: str,
    head: str,
    files: Mapping[str, str | None],
    message: str,
    author: Author,
) -> str:
    """Write the files, None taking one away, on top of `head`; the id of the commit.

    MovedError where the branch has another head. The main branch takes nothing of this.
    """
    wrong = [path for path in files if not PATH.fullmatch(path)]
    if wrong or not files:
        raise ValueError(f"no paths of request files: {wrong!r}")
    with asking(f"commit to {branch}"):
        if branch == hub.repository.default_branch:
            raise GitHubError(f"{branch} is the main branch: nothing is written to it directly")
        reference = hub.repository.get_git_ref(f"heads/{branch}")
        # Looked at, it knows its own address; until then, another that takes no changes.
        if reference.object.sha != head:
            raise MovedError(branch)
        parent = hub.repository.get_git_commit(head)
        elements = [_element(path, text) for path, text in sorted(files.items())]
        tree = hub.repository.create_git_tree(elements, parent.tree)
        credited = InputGitAuthor(author.login, author.email)
        made = hub.repository.create_git_commit(message, tree, [parent], author=credited)
    try:
        with asking(f"move {branch}"):
            # Without force GitHub moves it only forward: from `head`, or from nowhere.
            reference.edit(made.sha, force=False)
    except GitHubError as error:
        if error.status == _NOT_FORWARD:
            raise MovedError(branch) from error
        raise
    return made.sha


def _element(path: str, text: str | None) -> InputGitTreeElement:
    if text is None:
        return InputGitTreeElement(path, _FILE, "blob", sha=None)
    return InputGitTreeElement(path, _FILE, "blob", content=text)
