"""Slack's webhook: one message within bounds, and an address that nobody gets to see."""

from __future__ import annotations

import logging
import traceback

import pytest

from gitiam.chat import Message
from gitiam.report.chat import as_blocks
from gitiam.review import slack
from gitiam.review.slack import ChatError, checked_webhook, send
from tests.support.webhook import SECRET, webhook

TOLD = as_blocks(Message("Drift: 1 difference", ("prod/role/app: unmanaged",)))


def test_a_message_is_sent_once() -> None:
    with webhook() as hook:
        send(hook.address, *TOLD)
    assert hook.paths == [f"/services/{SECRET}"]
    (body,) = hook.bodies
    assert body["text"] == "Drift: 1 difference"
    assert "• prod/role/app: unmanaged" in body["blocks"][0]["text"]["text"]
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)


def test_a_server_that_stumbles_is_tried_twice() -> None:
    with webhook(500, 200) as hook:
        send(hook.address, *TOLD)
    assert len(hook.bodies) == 2


@pytest.mark.parametrize(("status", "tries"), [(500, 2), (403, 1), (404, 1), (204, 1)])
def test_a_refusal_is_an_error(status: int, tries: int) -> None:
    with webhook(status) as hook, pytest.raises(ChatError, match=f"answers with {status}"):
        send(hook.address, *TOLD)
    assert len(hook.bodies) == tries


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(status: int) -> None:
    with webhook(status) as hook, pytest.raises(ChatError, match=f"answers with {status}"):
        send(hook.address, *TOLD)
    assert hook.paths == [f"/services/{SECRET}"]


def test_a_server_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert slack.TIMEOUT == 5
    monkeypatch.setattr(slack, "TIMEOUT", 0.05)
    with webhook(hangs=True) as hook, pytest.raises(ChatError, match="cannot be reached"):
        send(hook.address, *TOLD)
    assert len(hook.bodies) == slack.TRIES == 2


def test_the_address_stands_in_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with webhook() as hook:
        address = hook.address
    with pytest.raises(ChatError) as refused:  # nobody listens there any more
        send(address, *TOLD)
    shown = "".join(traceback.format_exception(refused.value)) + caplog.text
    assert "cannot be reached" in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/services/T/B/x",
        "https://hooks.slack-gov.com/services/T/B/x",
        "https://hooks.slack.com:443/services/T/B/x",
        "http://127.0.0.1:8080/x",
    ],
)
def test_an_address_of_slack(address: str) -> None:
    assert checked_webhook(address, "HOOK") == address


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/services/T/B/secret",
        "https://hooks.slack.com.example.com/secret",
        "https://example.com/secret",
        "https://secret@hooks.slack.com/services/T/B/x",
        "https://hooks.slack.com@example.com/secret",
        "https://hooks.slack.com:8443/secret",
        "https://hooks.slack.com/services/secret?x=1",
        "https://hooks.slack.com/services/secret\n",
        "https://hooks.slack.com/services/\u0430secret",
        "https://[secret/",
        "https://hooks.slack.com:x/secret",
        "file:///secret",
        "secret",
        f"https://hooks.slack.com/{'secret' * 100}",
    ],
)
def test_no_other_address_is_ever_written_to(address: str) -> None:
    with pytest.raises(ChatError, match="HOOK holds no address") as refused:
        checked_webhook(address, "HOOK")
    assert "secret" not in "".join(traceback.format_exception(refused.value))
