"""Words for a chat: whatever people write, it calls nobody and stays within Slack's bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitiam.chat import Message
from gitiam.report import chat
from gitiam.report.chat import ROOM, as_blocks, mrkdwn
from tests.report.test_drift import CLEAN, REPORT


def text_of(message: Message) -> str:
    _, (block,) = as_blocks(message)
    assert block["text"]["verbatim"] is True
    text = block["text"]["text"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> & <@U1|bob>", "&lt;!channel&gt; &amp; &lt;@\u2060U1|\u2060bob&gt;"),
        ("@here", "@\u2060here"),
        ("*bold*", "*\u2060bold*"),
        (":tada:", ":\u2060tada:"),
        ("a\nb\x1b[31m", "a b\N{REPLACEMENT CHARACTER}[31m"),
        ("prod/role/app: missing", "prod/role/app: missing"),
    ],
)
def test_text_is_only_text(text: str, shown: str) -> None:
    assert mrkdwn(text) == shown


def test_a_message_within_slack_s_bounds() -> None:
    long = Message("&" * 5_000, tuple("&" * 5_000 for _ in range(99)), "https://example.com/x")
    headline, (block,) = as_blocks(long)
    text = block["text"]["text"]
    assert len(headline) < ROOM
    assert len(text) <= ROOM
    assert "more" in text
    assert text.endswith("<https://example.com/x|Read on>")


def test_what_is_no_address_is_no_link() -> None:
    for link in ("javascript:x", "https://x|y>", "http://example.com/", None):
        assert "Read on" not in text_of(Message("x", link=link))


def test_drift_names_what_was_not_compared_first() -> None:
    told = text_of(chat.drifted(REPORT, "https://example.com/1"))
    assert told.startswith("*Drift: 1 not compared; 5 differences in 1 account")
    first, second, *_ = told.splitlines()[1:]
    assert first == "• not compared: dev account: no credentials"
    assert second.startswith("• prod/role/app: unmanaged attachment arn:\u2060aws")
    assert "no account was read" in text_of(chat.drifted(replace(CLEAN, read_at={}), None))


def test_what_becomes_of_a_request() -> None:
    link = "https://github.com/example/access/pull/7"
    said = [
        chat.opened(7, "Logs", "alice", link),
        chat.needs_review(7, "Logs", ["1 more approval"], link),
        chat.approved(7, "Logs", ["bob"], link),
        chat.applied(["prod/role/app"], link),
        chat.failed(["prod/role/app: denied", "prod/role/b: denied"], link),
        chat.expiring(["requests/x.yaml ends 2027-01-15"], link),
    ]
    assert [text_of(one).splitlines()[:2] for one in said] == [
        ["*#7 Logs*", "• asked for by alice"],
        ["*#7 needs a review: Logs*", "• 1 more approval"],
        ["*#7 is approved: Logs*", "• by bob"],
        ["*1 module applied*", "• prod/role/app"],
        ["*2 modules failed*", "• prod/role/app: denied"],
        ["*1 request about to expire*", "• requests/x.yaml ends 2027-01-15"],
    ]
