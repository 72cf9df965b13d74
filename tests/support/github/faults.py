"""What goes wrong on the way to GitHub, and at GitHub: each when a test wants it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.support.github.messages import DOCS, Answer


@dataclass(frozen=True)
class Fault:
    """An answer instead of the right one. None for no answer: the connection is closed.

    `after` says that the request took effect all the same.
    """

    answer: Answer | None
    after: bool = False


def secondary_limit(retry_after: int | None = None, status: int = 403) -> Fault:
    """Too much in too short a time. GitHub says so with 403 or 429, and not always how long."""
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    )
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(_said(status, message, headers))


def too_many(retry_after: int | None = None) -> Fault:
    """The same with 429."""
    return secondary_limit(retry_after, 429)


def used_up(reset_in: int = 1) -> Fault:
    """The hour's requests are spent, until the clock says `X-RateLimit-Reset`."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + reset_in)}
    return Fault(_said(403, "API rate limit exceeded for user ID 1.", headers))


def broken(status: int = 502, after: bool = False) -> Fault:
    """5xx, before the request took effect or after it."""
    if status == 502:  # the proxy in front of GitHub answers, and it speaks HTML
        page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
        return Fault(Answer(502, page, content_type="text/html"), after)
    return Fault(_said(status, "Server Error", {}), after)


def hung_up(after: bool = False) -> Fault:
    """The connection is closed without an answer."""
    return Fault(None, after)


def _said(status: int, message: str, headers: dict[str, str]) -> Answer:
    value: dict[str, Any] = {"message": message, "documentation_url": DOCS}
    return Answer(status, value, headers)


@dataclass
class Faults:
    """The faults that wait for their request. An operation's name may hold `*`."""

    waiting: list[tuple[str, Fault]] = field(default_factory=list)

    def add(self, operation: str, fault: Fault, times: int = 1) -> None:
        """Let the next requests for an operation meet a fault: `add("issues/*", too_many())`."""
        self.waiting += [(operation, fault)] * times

    def met_by(self, operation: str) -> Fault | None:
        """The fault that a request meets, which is then over."""
        for number, (pattern, fault) in enumerate(self.waiting):
            if fnmatchcase(operation, pattern):
                del self.waiting[number]
                return fault
        return None


#: What GitHub counts as making content: people are told of it.
_CONTENT = ("issues/create*", "pulls/create*", "pulls/submit*", "reactions/create*")


@dataclass
class Bounds:
    """GitHub's own bounds for making content, of each token: off until a test switches them on.

    `now` gives the seconds; a test may give a clock of its own, so that nothing is waited for.
    """

    minute: int = 80
    hour: int = 500
    now: Callable[[], float] = time.monotonic
    on: bool = False
    made: dict[str, list[float]] = field(default_factory=dict)

    def met_by(self, operation: str, token: str | None) -> Fault | None:
        """403 with the seconds to wait, for whoever has made too much; None counts the request."""
        if not self.on or not any(fnmatchcase(operation, pattern) for pattern in _CONTENT):
            return None
        now, made = self.now(), self.made.setdefault(token or "", [])
        for most, seconds in ((self.minute, 60), (self.hour, 3600)):
            recent = [at for at in made if at > now - seconds]
            if len(recent) >= most:
                return secondary_limit(int(recent[-most] + seconds - now) + 1)
        made.append(now)
        return None
