"""Commits and comparisons."""

from __future__ import annotations

from tests.support.github import git_shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, not_found
from tests.support.github.pull_shapes import short_pull
from tests.support.github.routes import Book
from tests.support.github.shapes import WEB, repository_url

answers = Book()

_REPO = "/repos/{owner}/{repo}"


@answers("GET", f"{_REPO}/commits", "contents:read")
def commits(call: Call) -> Answer:
    it = call.repository
    sha = it.git.resolved(call.asked("sha") or it.default_branch)
    if sha is None:
        raise not_found()
    path = call.asked("path")
    found = it.git.commits(sha) if not path else it.git.commits(sha, "--", f":(literal){path}")
    return call.page([git_shapes.commit(call, it, one) for one in found])


@answers("GET", f"{_REPO}/commits/{{ref}}", "contents:read")
def get(call: Call) -> Answer:
    it = call.repository
    one = it.git.commit(call.commit(call.values["ref"]))
    before = one.parents[0] if one.parents else it.git.new_tree(None, [])
    changes = it.git.changes(before, one.sha)
    added, deleted = (sum(getattr(c, x) for c in changes) for x in ("additions", "deletions"))
    stats = {"additions": added, "deletions": deleted, "total": added + deleted}
    files = [git_shapes.change(call, it, change, one.sha) for change in changes]
    return Answer(200, git_shapes.commit(call, it, one) | {"stats": stats, "files": files})


@answers("GET", f"{_REPO}/commits/{{commit_sha}}/pulls", "pull_requests:read")
def pulls(call: Call) -> Answer:
    """The pull requests that brought a commit, or would."""
    it, sha = call.repository, call.commit(call.values["commit_sha"])
    found = []
    for issue in it.pulls:
        pull = issue.pull
        if pull and (
            sha == pull.merge_sha
            or (it.git.is_ancestor(sha, pull.head) and not it.git.is_ancestor(sha, pull.base))
        ):
            found.append(short_pull(call, it, issue, pull))
    return call.page(found)


@answers("GET", f"{_REPO}/compare/{{basehead}}", "contents:read")
def compare(call: Call) -> Answer:
    it, (left, _, right) = call.repository, call.values["basehead"].partition("...")
    base, head = it.git.resolved(left), it.git.resolved(right)
    if not base or not head or not (start := it.git.merge_base(base, head)):
        raise not_found()
    ahead, behind = (
        it.git.commits("--reverse", f"{base}..{head}"),
        it.git.commits(f"{head}..{base}"),
    )
    words = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    page = f"{WEB}/{it.full_name}/compare/{left}...{right}"
    changes = it.git.changes(start, head)[:300]
    shown = call.page([git_shapes.commit(call, it, one) for one in ahead])
    said = {
        "url": f"{repository_url(call, it)}/compare/{left}...{right}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": git_shapes.commit(call, it, it.git.commit(base)),
        "merge_base_commit": git_shapes.commit(call, it, it.git.commit(start)),
        "status": words.get((bool(ahead), bool(behind)), "diverged"),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": shown.value,
        "files": [git_shapes.change(call, it, one, head) for one in changes],
    }
    return Answer(200, said, shown.headers)
