"""How GitHub writes pull requests and what reviewers say of them."""

from __future__ import annotations

from typing import Any

from tests.support.github.call import Call
from tests.support.github.protection import mergeable_state
from tests.support.github.shapes import (
    WEB,
    association,
    issue,
    maybe_user,
    node,
    repository,
    repository_url,
    team,
    user,
)
from tests.support.github.state import Issue, Pull, Repository, Review, ReviewComment

_AS_ISSUE = (
    *("title", "body", "state", "labels", "assignee", "assignees", "milestone", "locked"),
    *("active_lock_reason", "created_at", "updated_at", "closed_at", "author_association"),
)


def short_pull(call: Call, it: Repository, one: Issue, pull: Pull) -> dict[str, Any]:
    """A pull request in a list."""
    base = f"{repository_url(call, it)}/pulls/{one.number}"
    page = f"{WEB}/{it.full_name}/pull/{one.number}"
    as_issue = issue(call, it, one)
    statuses = f"{repository_url(call, it)}/statuses/{pull.head}"
    addresses = {
        "self": base,
        "html": page,
        "issue": as_issue["url"],
        "comments": as_issue["comments_url"],
        "review_comments": f"{base}/comments",
        "review_comment": f"{repository_url(call, it)}/pulls/comments{{/number}}",
        "commits": f"{base}/commits",
        "statuses": statuses,
    }
    return {
        **{name: as_issue[name] for name in _AS_ISSUE},
        "id": pull.id,
        "node_id": node("PullRequest", pull.id),
        "number": one.number,
        "user": user(call, one.user),
        "url": base,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": url for name, url in addresses.items() if name not in {"self", "html"}},
        "_links": {name: {"href": url} for name, url in addresses.items()},
        "draft": pull.draft,
        "head": head_side(call, it, one, pull),
        "base": side(call, it, pull.base_ref, pull.base),
        "requested_reviewers": [user(call, who) for who in pull.reviewers],
        "requested_teams": [team(call, one) for one in pull.teams],
        "merged_at": pull.merged,
        "merge_commit_sha": pull.merge_sha,
        "auto_merge": None,
    }


def side(call: Call, it: Repository, ref: str, sha: str) -> dict[str, Any]:
    """Where a pull request comes from, or goes to."""
    whole = repository(call, it)
    return {
        "label": f"{it.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": whole["owner"],
        "repo": whole,
    }


def head_side(call: Call, it: Repository, one: Issue, pull: Pull) -> dict[str, Any]:
    """Where a pull request comes from: of a fork that was deleted, no repository is left."""
    if not pull.fork_gone:
        return side(call, pull.fork or it, pull.head_ref, pull.head)
    owner = user(call, one.user)
    label = f"{owner['login']}:{pull.head_ref}"
    said = {"label": label, "ref": pull.head_ref, "sha": pull.head}
    return {**said, "user": owner, "repo": None}


def full_pull(call: Call, it: Repository, one: Issue, pull: Pull) -> dict[str, Any]:
    """A pull request with everything that takes a look at git."""
    start = it.git.merge_base(pull.base, pull.head) or pull.base
    changes = it.git.changes(start, pull.head)
    fits = None if one.state == "closed" else it.git.merged_tree(pull.base, pull.head) is not None
    return {
        **short_pull(call, it, one, pull),
        "merged": pull.merged is not None,
        "merged_by": maybe_user(call, pull.merged_by),
        "mergeable": fits,
        "rebaseable": fits,
        "mergeable_state": mergeable_state(call, it, one, pull, fits),
        "maintainer_can_modify": False,
        "comments": sum(c.issue == one.number for c in it.comments.values()),
        "review_comments": len(pull.comments),
        "commits": len(it.git.commits(f"{start}..{pull.head}")),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
    }


def review(call: Call, it: Repository, one: Issue, said: Review) -> dict[str, Any]:
    """A review."""
    url = f"{repository_url(call, it)}/pulls/{one.number}"
    page = f"{WEB}/{it.full_name}/pull/{one.number}#pullrequestreview-{said.id}"
    written: dict[str, Any] = {
        "id": said.id,
        "node_id": node("PullRequestReview", said.id),
        "user": maybe_user(call, said.user),
        "body": said.body,
        "state": said.state,
        "commit_id": said.commit,
        "html_url": page,
        "pull_request_url": url,
        "author_association": association(call, it, said.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
    }
    return written | ({"submitted_at": said.submitted} if said.submitted else {})


def review_comment(call: Call, it: Repository, one: Issue, said: ReviewComment) -> dict[str, Any]:
    """A comment at a line. `line` is null once the line is gone from the head."""
    base = f"{repository_url(call, it)}/pulls"
    page = f"{WEB}/{it.full_name}/pull/{one.number}#discussion_r{said.id}"
    current = said.line if one.pull and said.commit == one.pull.head else None
    position = None if said.line is None else 1
    written: dict[str, Any] = {
        "id": said.id,
        "node_id": node("PullRequestReviewComment", said.id),
        "pull_request_review_id": said.review,
        "user": maybe_user(call, said.user),
        "body": said.body,
        "path": said.path,
        "diff_hunk": said.hunk,
        "commit_id": said.commit,
        "original_commit_id": said.commit,
        "created_at": said.created,
        "updated_at": said.updated,
        "line": current,
        "original_line": said.line,
        "side": said.side,
        "start_line": said.start_line,
        "original_start_line": said.start_line,
        "start_side": said.side if said.start_line else None,
        "position": position if current else None,
        "original_position": position,
        "subject_type": "line" if said.line else "file",
        "author_association": association(call, it, said.user),
        "url": f"{base}/comments/{said.id}",
        "html_url": page,
        "pull_request_url": f"{base}/{one.number}",
        "_links": {
            "self": {"href": f"{base}/comments/{said.id}"},
            "html": {"href": page},
            "pull_request": {"href": f"{base}/{one.number}"},
        },
    }
    return written | ({"in_reply_to_id": said.reply_to} if said.reply_to else {})
