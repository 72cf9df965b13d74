"""GitHub's JSON about a new comment → what was said, where and by whom."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from gitiam.errors import GitiamError
from gitiam.forms.issue import MAX_BYTES

_Number = Annotated[StrictInt, Field(ge=1, le=2**62)]
_HINT = "Give GitHub's event about a comment: issue_comment, created"


class _Model(BaseModel):
    """GitHub adds keys as it likes; only those below are looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _User(_Model):
    login: StrictStr
    id: _Number
    type: StrictStr


class _Comment(_Model):
    id: _Number
    body: StrictStr
    user: _User | None


class _Issue(_Model):
    number: _Number


class Event(_Model):
    """A comment that was made just now. Its author may be gone."""

    action: StrictStr
    comment: _Comment
    issue: _Issue

    @property
    def is_by_a_person(self) -> bool:
        """Apps, bots and what is left of those who are gone give no orders."""
        user = self.comment.user
        return user is not None and user.type == "User" and not user.login.endswith("[bot]")


def event_from(raw: bytes) -> Event:
    """The event; GitiamError when this is none."""
    if len(raw) > MAX_BYTES:
        raise _no_event(f"it has more than {MAX_BYTES:,} bytes")
    try:
        data: Any = json.loads(raw)
        event = Event.model_validate(data)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False)[0]["loc"])) or "event"
        raise _no_event(f"`{where}` is missing or not of GitHub's form") from None
    except (ValueError, RecursionError):
        raise _no_event("it is not JSON") from None
    if event.action != "created":
        raise _no_event("nothing was said just now")
    return event


def _no_event(why: str) -> GitiamError:
    return GitiamError(f"this is no new comment of GitHub's: {why}", hint=_HINT)
