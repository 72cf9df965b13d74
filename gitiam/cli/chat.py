"""What the commands share that tell a chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from gitiam.cli.style import shown
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.chat import Event, Message
    from gitiam.config import Config


def tell_chat(config: Config, environ: Mapping[str, str], event: Event, message: Message) -> bool:
    """Tell the chat, if `gitiam.yaml` wants it told of such an event. Whether it was told.

    It never fails: what goes wrong is one warning on standard error.
    """
    policy = config.slack
    if policy is None or event not in policy.events:
        return False
    address = environ.get(policy.webhook, "")
    if not address:
        _warn(f"{policy.webhook} is not set")
        return False
    from gitiam.report.chat import as_blocks
    from gitiam.review.slack import checked_webhook, send

    try:
        send(checked_webhook(address, policy.webhook), *as_blocks(message))
    except GitiamError as error:
        _warn(error.message)
        return False
    return True


def _warn(why: str) -> None:
    click.echo(f"warning: the chat was not told: {shown(why)}", err=True)
