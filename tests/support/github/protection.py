"""What keeps a pull request from being merged: the rules of the branch that it goes to."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.github.call import Call
from tests.support.github.state import Issue, Protection, Pull, Repository, at_least

_BEHIND = "The head branch is not up to date with the base branch."
CLOSED = "Changes must be made through a pull request."
_GOOD = {"success", "neutral", "skipped"}
_OPINIONS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}


def hindrances(call: Call, it: Repository, issue: Issue, pull: Pull) -> list[str]:
    """Why the branch does not take a pull request, in GitHub's words; nothing where it does."""
    rule = it.protections.get(pull.base_ref)
    return list(_broken(call, it, pull, rule)) if rule else []


def _broken(call: Call, it: Repository, pull: Pull, rule: Protection) -> Iterator[str]:
    states = check_states(it, pull.head)
    missing = [context for context in rule.contexts if context not in states]
    if len(missing) > 1:
        yield f"{len(missing)} of {len(rule.contexts)} required status checks are expected."
    elif missing:
        yield f'Required status check "{missing[0]}" is expected.'
    for context in rule.contexts:
        if (state := states.get(context, "success")) not in _GOOD:
            word = "pending" if state == "pending" else "failing"
            yield f'Required status check "{context}" is {word}.'
    if rule.strict and not it.git.is_ancestor(pull.base, pull.head):
        yield _BEHIND
    approvals, objections = _verdicts(call, it, pull, rule)
    if objections:
        yield "Changes were requested by a reviewer with write access."
    if approvals < rule.approvals:
        noun = "review is" if rule.approvals == 1 else "reviews are"
        yield (
            f"At least {rule.approvals} approving {noun} required by reviewers with write access."
        )


def is_closed(call: Call, ref: str) -> bool:
    """Whether a branch takes nothing but pull requests; of whoever asks, too."""
    rule = call.repository.protections.get(ref.removeprefix("refs/heads/"))
    if rule is None or not ref.startswith("refs/heads/"):
        return False
    return rule.admins or call.world.role(call.user, call.repository) != "admin"


def check_states(it: Repository, sha: str) -> dict[str, str]:
    """What the newest status or check run of each name says of a commit."""
    states = {one["context"]: one["state"] for one in it.statuses if one["url"].endswith(sha)}
    checks = [run for run in it.checks.values() if run["head_sha"] == sha]
    return states | {run["name"]: run["conclusion"] or "pending" for run in checks}


def _verdicts(call: Call, it: Repository, pull: Pull, rule: Protection) -> tuple[int, int]:
    """Who approves and who objects, of those who may write; each person's last word counts."""
    last = {one.user.login: one for one in pull.reviews if one.state in _OPINIONS}
    counted = [
        one
        for one in last.values()
        if at_least(call.world.role(one.user, it), "write")
        and not (rule.dismiss_stale and one.commit != pull.head)
    ]
    states = [one.state for one in counted]
    return states.count("APPROVED"), states.count("CHANGES_REQUESTED")


def mergeable_state(call: Call, it: Repository, issue: Issue, pull: Pull, fits: bool | None) -> str:
    """GitHub's one word for whether the button is green."""
    if fits is None:
        return "unknown"
    if not fits:
        return "dirty"
    if pull.draft:
        return "draft"
    found = hindrances(call, it, issue, pull)
    if found == [_BEHIND]:
        return "behind"
    if found:
        return "blocked"
    return "clean" if set(check_states(it, pull.head).values()) <= _GOOD else "unstable"
