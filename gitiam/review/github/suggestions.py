"""Comments at lines of a pull request: written once, and taken back when they are mended.

One is found by its hidden marker *and* its author, and is never written twice, wherever its line
has moved since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gitiam.approvals.names import same
from gitiam.remarks import Remark, key_of, mended
from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub

#: As many of ours as anybody reads in one pull request; the others stand in the one comment.
MOST = 30

_REVIEW = (
    "To be mended, line by line. Whoever commits a suggestion has written to this pull request,"
    " and cannot approve it: leave that to its author."
)
_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id isResolved comments(first: 1) { nodes { databaseId } } }
    }
  } }
}
"""
_RESOLVE = "mutation($threadId: ID!) { %s(input: {threadId: $threadId}) { thread { id } } }"
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of the comments at lines.

    `refused` are those that GitHub would not take at their lines, `left_out` those that are too
    many. `unresolved` says why threads were left open, where they were.
    """

    made: int = 0
    kept: int = 0
    mended: int = 0
    refused: tuple[Remark, ...] = ()
    left_out: tuple[Remark, ...] = ()
    unresolved: str | None = None

    def sentences(self) -> tuple[str, ...]:
        """What readers of the one comment must know of these."""
        found = len(self.refused) + len(self.left_out)
        if not found:
            return ()
        noun = "place has" if found == 1 else "places have"
        return (f"{found:,} more {noun} something to mend; below are all findings.",)


def sync_suggestions(hub: Hub, number: int, head: str, wanted: Sequence[Remark]) -> Synced:
    """Let the pull request have just these comments of ours, on its commit `head`.

    `wanted` are in the order of their weight, those without a line among them.
    """
    own = _own(hub, number)
    needed = {one.key: one for one in wanted}
    over = [one for one in own if one.key not in needed and not one.is_mended]
    latest = {one.key: one for one in sorted(own, key=lambda one: one.id)}
    kept = {key: one for key, one in latest.items() if key in needed and not one.is_lost}
    new = [one for one in needed.values() if one.line is not None and one.key not in kept]
    room = max(MOST - len(kept), 0)
    refused = _write(hub, number, head, new[:room]) if new[:room] else []
    back = [one for one in kept.values() if one.is_mended]
    for one in kept.values():
        if not one.says(needed[one.key].body):
            _rewrite(hub, one, needed[one.key].body)
    for one in over:
        _rewrite(hub, one, mended(one.key))
    return Synced(
        made=len(new[:room]) - len(refused),
        kept=len(kept),
        mended=len(over),
        refused=tuple(refused),
        left_out=tuple(new[room:]),
        unresolved=_set_threads(hub, number, over, back) if over or back else None,
    )


@dataclass(frozen=True, slots=True)
class _Own:
    """A comment of ours, as it stands."""

    id: int
    key: str
    body: str
    is_outdated: bool

    @property
    def is_mended(self) -> bool:
        return self.says(mended(self.key))

    @property
    def is_lost(self) -> bool:
        """Whether what it says has come back, and it is where nobody would see it."""
        return self.is_mended and self.is_outdated

    def says(self, body: str) -> bool:
        return self.body.replace("\r\n", "\n").strip() == body.strip()


def _own(hub: Hub, number: int) -> list[_Own]:
    found = []
    for one in hub.listed(f"/repos/{hub.name}/pulls/{number}/comments"):
        with asking(f"make sense of the comments at lines of #{number}"):
            body = str(one["body"] or "")
            key = key_of(body)
            author = one["user"]["login"] if one["user"] else ""
            if key is not None and same(author) == same(hub.login):
                found.append(_Own(int(one["id"]), key, body, one.get("line") is None))
    return found


def _write(hub: Hub, number: int, head: str, new: Sequence[Remark]) -> list[Remark]:
    """All of them at once; where GitHub minds one, each by itself. Returns those it minds."""
    at = f"/repos/{hub.name}/pulls/{number}"
    comments = [_as_json(one) for one in new]
    review = {"commit_id": head, "event": "COMMENT", "body": _REVIEW, "comments": comments}
    try:
        hub.send("POST", f"{at}/reviews", review)
    except GitHubError as error:
        if error.status != 422:
            raise
        return [one for one in new if not _is_taken(hub, at, head, one)]
    return []


def _is_taken(hub: Hub, at: str, head: str, one: Remark) -> bool:
    try:
        hub.send("POST", f"{at}/comments", {"commit_id": head, **_as_json(one)})
    except GitHubError as error:
        if error.status != 422:
            raise
        return False
    return True


def _as_json(one: Remark) -> dict[str, Any]:
    said: dict[str, Any] = {"path": one.path, "body": one.body, "line": one.line, "side": "RIGHT"}
    return said if one.start is None else {**said, "start_line": one.start, "start_side": "RIGHT"}


def _rewrite(hub: Hub, one: _Own, body: str) -> None:
    hub.send("PATCH", f"/repos/{hub.name}/pulls/comments/{one.id}", {"body": body})


# -- threads ----------------------------------------------------------------------------------


def _set_threads(hub: Hub, number: int, over: Iterable[_Own], back: Iterable[_Own]) -> str | None:
    """Resolve and reopen, where the token may; the comments themselves say it in any case."""
    wanted = {one.id: True for one in over} | {one.id: False for one in back}
    try:
        with asking(f"resolve the threads of #{number}"):
            for thread, comment, is_resolved in _threads(hub, number):
                if wanted.get(comment, is_resolved) != is_resolved:
                    verb = "unresolveReviewThread" if is_resolved else "resolveReviewThread"
                    hub.ask(_RESOLVE % verb, threadId=thread)
    except GitHubError as error:
        return error.message
    return None


def _threads(hub: Hub, number: int) -> list[tuple[str, int, bool]]:
    """Each thread's id, its first comment, and whether it is resolved."""
    found = []
    owner, _, name = hub.name.partition("/")
    after: str | None = None
    for _ in range(_MOST_PAGES):
        data = hub.ask(_THREADS, owner=owner, name=name, number=number, after=after)
        page = data["repository"]["pullRequest"]["reviewThreads"]
        found += [
            (thread["id"], first["databaseId"], thread["isResolved"])
            for thread in page["nodes"]
            for first in thread["comments"]["nodes"][:1]
        ]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    return found
