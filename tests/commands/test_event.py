"""GitHub's event about a comment, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitiam.commands.event import event_from
from gitiam.errors import GitiamError


def event(user: Any = None, **comment: Any) -> dict[str, Any]:
    user = {"login": "alice", "id": 5, "type": "User"} if user is None else user
    said = {"id": 9, "body": "/gitiam retry", "user": user, "more": 1, **comment}
    return {"action": "created", "comment": said, "issue": {"number": 3, "title": "x"}}


def test_it_is_read() -> None:
    found = event_from(json.dumps(event()).encode())
    assert (found.comment.id, found.issue.number, found.comment.body) == (9, 3, "/gitiam retry")
    assert found.is_by_a_person


@pytest.mark.parametrize(
    "user",
    [
        {"login": "github-actions[bot]", "id": 5, "type": "Bot"},
        {"login": "disguised[bot]", "id": 5, "type": "User"},
        {"login": "old", "id": 5, "type": "Mannequin"},
        {"login": "example", "id": 5, "type": "Organization"},
    ],
)
def test_only_people_give_orders(user: dict[str, Any]) -> None:
    assert not event_from(json.dumps(event(user)).encode()).is_by_a_person


def test_nor_does_who_is_gone() -> None:
    gone = event()
    gone["comment"]["user"] = None
    assert not event_from(json.dumps(gone).encode()).is_by_a_person


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "`event` is missing"),
        (b"{}", "is missing"),
        (json.dumps(event(id="9")).encode(), "`comment.id`"),
        (json.dumps(event(id=True)).encode(), "`comment.id`"),
        (json.dumps(event(body=None)).encode(), "`comment.body`"),
        (json.dumps(event(user={"login": "a"})).encode(), "`comment.user.id`"),
        (json.dumps(event() | {"issue": {"number": 0}}).encode(), "`issue.number`"),
        (json.dumps(event() | {"action": "edited"}).encode(), "nothing was said just now"),
        (b" " * (5 * 1024 * 1024), "more than"),
    ],
)
def test_what_is_none_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(GitiamError) as refused:
        event_from(raw)
    assert said in refused.value.message
