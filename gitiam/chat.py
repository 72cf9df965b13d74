"""What is told in a chat, as values: what happened, and what is to be said of it.

`gitiam.report.chat` puts it into words and makes it harmless; `gitiam.review.slack` sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: The environment variable that holds the address of the webhook, unless `gitiam.yaml` says.
WEBHOOK_VARIABLE = "GITIAM_SLACK_WEBHOOK"


class Event(StrEnum):
    """What may be told of, in the order in which it happens to a request."""

    OPENED = "opened"
    NEEDS_REVIEW = "needs-review"
    APPROVED = "approved"
    APPLIED = "applied"
    FAILED = "failed"
    DRIFT = "drift"
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True)
class Message:
    """A headline, lines below it, and an address to read on at. All of it is plain text."""

    headline: str
    lines: tuple[str, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class SlackPolicy:
    """Where Slack is told: `webhook` names an environment variable; and of what it is told."""

    webhook: str = WEBHOOK_VARIABLE
    events: tuple[Event, ...] = tuple(Event)
