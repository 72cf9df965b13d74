"""What `gitiam.yaml` says of whom to notify: the shapes."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from gitiam.chat import WEBHOOK_VARIABLE, Event, SlackPolicy
from gitiam.load.fields import OneOrMany, Strict

_VARIABLE = r"^[A-Z][A-Z0-9_]{0,99}\z"


def _variable(text: str) -> str:
    """The name of an environment variable. An address is a secret, and is not repeated."""
    if re.fullmatch(_VARIABLE.removesuffix(r"\z"), text):
        return text
    raise ValueError(
        "give the name of an environment variable, in capitals; the webhook's address is a secret,"
        " and belongs into the variable alone"
    )


_Variable = Annotated[
    str, Field(json_schema_extra={"pattern": _VARIABLE}), AfterValidator(_variable)
]


class _Slack(Strict):
    webhook: _Variable = WEBHOOK_VARIABLE
    events: OneOrMany[Event] = list(Event)

    def value(self) -> SlackPolicy:
        return SlackPolicy(self.webhook, tuple(dict.fromkeys(self.events)))


class NotifyFile(Strict):
    """`notify:`. Without `slack`, nobody is told in Slack."""

    slack: _Slack | None = None

    def value(self) -> SlackPolicy | None:
        """What Slack is told, if anything."""
        return self.slack.value() if self.slack else None
