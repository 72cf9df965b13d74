"""What GitHub hands to a workflow's run: the event's name, its payload, and the commit it is at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.github import git_shapes, pull_shapes, shapes
from tests.support.github.call import Call
from tests.support.github.hub import Hub
from tests.support.github.messages import Request
from tests.support.github.state import Comment, Issue, Pull, Repository, Review, User


@dataclass(frozen=True)
class Event:
    """An event. `sha` and `ref` are what `github.sha` and `github.ref` are in its runs; `pull` is
    the pull request whose origin decides what the run's token may do.
    """  # noqa: D205

    name: str
    payload: dict[str, Any]
    ref: str
    sha: str
    actor: User
    pull: Pull | None = None


def push(hub: Hub, it: Repository, branch: str = "main", by: str = "alice") -> Event:
    """The newest commit of a branch was pushed; the one before it is where the branch was."""
    ref = f"refs/heads/{branch}"
    sha = it.git.refs(ref)[ref]
    tip = it.git.commit(sha)
    actor = hub.world.user(by)
    said = {"ref": ref, "before": (*tip.parents, "0" * 40)[0], "after": sha, "forced": False}
    said |= {"created": not tip.parents, "deleted": False, "base_ref": None}
    commit = _commit(hub, it, sha)
    said |= {"head_commit": commit, "commits": [commit]}
    said |= {"pusher": {"name": actor.login, "email": actor.email}}
    return Event("push", _whole(hub, it, actor, said), ref, sha, actor)


def pull_request(
    hub: Hub, it: Repository, number: int, action: str = "synchronize", by: str | None = None
) -> Event:
    """A pull request was opened or pushed to. Its run sees the merge that GitHub published.

    ValueError for a conflict: GitHub starts no run then.
    """
    issue, pull = _pull(hub, it, number)
    if not it.git.merged_tree(pull.base, pull.head):
        raise ValueError(f"#{number} conflicts with {pull.base_ref}: GitHub runs nothing for it")
    call = _call(hub, it)
    actor = hub.world.user(by) if by else issue.user
    said = {"action": action, "number": number}
    said["pull_request"] = pull_shapes.full_pull(call, it, issue, pull)
    return _at_merge("pull_request", hub, it, number, actor, said)


def pull_request_target(
    hub: Hub, it: Repository, number: int, action: str = "synchronize", by: str | None = None
) -> Event:
    """The same as `pull_request`, seen from the default branch: a fork takes nothing away from what
    its run may do, and a conflict stops nothing.
    """  # noqa: D205
    issue, pull = _pull(hub, it, number)
    said = {"action": action, "number": number}
    said["pull_request"] = pull_shapes.full_pull(_call(hub, it), it, issue, pull)
    actor = hub.world.user(by) if by else issue.user
    return _at_main("pull_request_target", hub, it, actor, said)


def workflow_run(
    hub: Hub, it: Repository, name: str, after: Event, conclusion: str = "success"
) -> Event:
    """A run of the workflow of that name, which `after` started, has ended.

    Of a pull request from a fork GitHub does not say which one it was.
    """
    pulls = [
        {"id": one.pull.id, "number": one.number, "head": {"ref": one.pull.head_ref}}
        for one in it.pulls
        if one.pull is after.pull and one.pull and not (one.pull.fork or one.pull.fork_gone)
    ]
    run: dict[str, Any] = {
        "name": name,
        "event": after.name,
        "head_sha": after.sha,
        "conclusion": conclusion,
    }
    run |= {"status": "completed", "id": next(hub.world.numbers), "pull_requests": pulls}
    return _at_main(
        "workflow_run", hub, it, after.actor, {"action": "completed", "workflow_run": run}
    )


def pull_request_review(
    hub: Hub, it: Repository, number: int, review: Review, action: str = "submitted"
) -> Event:
    """A review was submitted, edited or dismissed."""
    issue, pull = _pull(hub, it, number)
    call = _call(hub, it)
    said: dict[str, Any] = {"action": action}
    written = pull_shapes.review(call, it, issue, review)
    said["review"] = written | {"state": review.state.lower()}  # in events it is so
    said["pull_request"] = pull_shapes.short_pull(call, it, issue, pull)
    return _at_merge("pull_request_review", hub, it, number, review.user, said)


def issues(
    hub: Hub,
    it: Repository,
    number: int,
    action: str = "opened",
    label: str | None = None,
    by: str | None = None,
) -> Event:
    """An issue was opened, edited, labelled, closed. `label` is the one of `labeled`."""
    issue, call = it.issues[number], _call(hub, it)
    said: dict[str, Any] = {"action": action, "issue": shapes.issue(call, it, issue)}
    if label is not None:
        said["label"] = shapes.label(call, it, label)
    return _at_main("issues", hub, it, hub.world.user(by) if by else issue.user, said)


def issue_comment(hub: Hub, it: Repository, comment: Comment, action: str = "created") -> Event:
    """A comment under an issue or a pull request: of both GitHub says `issue`."""
    call, issue = _call(hub, it), it.issues[comment.issue]
    said = {"action": action, "issue": shapes.issue(call, it, issue)}
    said["comment"] = shapes.comment(call, it, comment)
    return _at_main("issue_comment", hub, it, comment.user, said)


def schedule(hub: Hub, it: Repository, cron: str = "17 3 * * *") -> Event:
    """The hour has come. Nobody did it, so GitHub names who changed the schedule last."""
    return _at_main("schedule", hub, it, hub.world.user("alice"), {"schedule": cron})


def workflow_dispatch(
    hub: Hub,
    it: Repository,
    workflow: str,
    inputs: Mapping[str, object] | None = None,
    ref: str = "main",
    by: str = "alice",
) -> Event:
    """Somebody, or another workflow, started it by hand. GitHub makes text of all inputs."""
    full = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
    actor = hub.world.user(by)
    texts = {name: _text(value) for name, value in (inputs or {}).items()}
    said = {"ref": full, "workflow": f".github/workflows/{workflow}", "inputs": texts}
    sha = it.git.refs(full)[full]
    return Event("workflow_dispatch", _whole(hub, it, actor, said), full, sha, actor)


def dispatched(hub: Hub, it: Repository) -> list[tuple[str, Event]]:
    """The workflows that were started through the API since the last time, and their events."""
    waiting = [entry for entry in it.dispatched if "workflow" in entry]
    it.dispatched = [entry for entry in it.dispatched if "workflow" not in entry]
    found = []
    for entry in waiting:
        name = entry["workflow"].rpartition("/")[2]
        more = {"inputs": entry["inputs"], "ref": entry["ref"], "by": entry["by"]}
        found.append((name, workflow_dispatch(hub, it, name, **more)))
    return found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _call(hub: Hub, it: Repository) -> Call:
    names = {"owner": it.owner.login, "repo": it.name}
    return Call(hub.world, hub.url, Request("GET", "/"), names, None)


def _pull(hub: Hub, it: Repository, number: int) -> tuple[Issue, Pull]:
    hub.world.observe(it)
    issue = it.issues[number]
    if issue.pull is None:
        raise ValueError(f"#{number} is no pull request")
    return issue, issue.pull


def _commit(hub: Hub, it: Repository, sha: str) -> dict[str, Any]:
    tip = it.git.commit(sha)
    url = git_shapes.commit(_call(hub, it), it, tip)["html_url"]
    people = {"author": tip.author, "committer": tip.committer}
    return {
        "id": sha,
        "tree_id": tip.tree,
        "message": tip.message,
        "timestamp": tip.committer.date,
        "url": url,
        "distinct": True,
        **{role: {"name": one.name, "email": one.email} for role, one in people.items()},
    }


def _whole(hub: Hub, it: Repository, actor: User, said: Mapping[str, Any]) -> dict[str, Any]:
    call = _call(hub, it)
    more = {"repository": shapes.repository(call, it), "sender": shapes.user(call, actor)}
    return {**said, **more}


def _at_merge(
    name: str, hub: Hub, it: Repository, number: int, actor: User, said: Mapping[str, Any]
) -> Event:
    ref = f"refs/pull/{number}/merge"
    whole, pull = _whole(hub, it, actor, said), it.issues[number].pull
    return Event(name, whole, ref, it.git.refs(ref)[ref], actor, pull)


def _at_main(name: str, hub: Hub, it: Repository, actor: User, said: Mapping[str, Any]) -> Event:
    ref = f"refs/heads/{it.default_branch}"
    return Event(name, _whole(hub, it, actor, said), ref, it.git.refs(ref)[ref], actor)
