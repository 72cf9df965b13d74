"""Slack's incoming webhooks: one message, sent within seconds or not at all.

The webhook's address is a secret: whoever has it can write to the channel. It stands in no message
and in no error, and it is sent to nobody but Slack.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from gitiam.errors import GitiamError

#: In seconds, for each step of a connection; and how often a message is tried.
TIMEOUT = 5
TRIES = 2
_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST = 500


class ChatError(GitiamError):
    """The message was not taken. Says why, and never where it was sent."""


def checked_webhook(address: str, variable: str) -> str:
    """The address, if it is one of Slack's; ChatError otherwise, which names only the variable."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    is_slack = parts.scheme == "https" and host in _HOSTS and port in (None, 443)
    is_local = parts.scheme in ("http", "https") and host in _LOOPBACK
    is_plain = len(address) <= _LONGEST and address.isascii() and address.isprintable()
    has_more = parts.username is not None or parts.query or parts.fragment or " " in address
    if not (is_slack or is_local) or not is_plain or has_more:
        raise ChatError(
            f"{variable} holds no address of an incoming webhook of Slack",
            hint="It begins with https://hooks.slack.com/services/",
        )
    return address


def send(address: str, text: str, blocks: Sequence[dict[str, Any]]) -> None:
    """Send one message to an address that `checked_webhook` let through; ChatError otherwise."""
    client = _Client(address)
    said = ""
    for _ in range(TRIES):
        try:
            status = client.send(
                text=text, blocks=list(blocks), unfurl_links=False, unfurl_media=False
            ).status_code
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            # Of some, the text holds the address: the kind is enough.
            said = f"Slack cannot be reached: {type(error).__name__}"
            continue
        if status == 200:
            return
        said = f"Slack answers with {status}"
        if status < 500:
            break
    raise ChatError(said)


class _Client(WebhookClient):
    """Follows no redirection, logs nothing, and reads nothing of an answer but its status."""

    def __init__(self, address: str) -> None:
        silent = logging.Logger("gitiam.slack", logging.CRITICAL + 1)
        super().__init__(address, timeout=TIMEOUT, logger=silent, retry_handlers=[])

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        is_local = urlsplit(url).hostname in _LOOPBACK
        opener = build_opener(_Straight, *([ProxyHandler({})] if is_local else []))
        try:
            with opener.open(req, timeout=self.timeout) as answer:
                status = int(answer.status)
        except HTTPError as error:
            with error:
                status = error.code
        return WebhookResponse(url=url, status_code=status, body="", headers={})


class _Straight(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Nowhere: a redirection is an answer like any other that is not 200."""
        return
