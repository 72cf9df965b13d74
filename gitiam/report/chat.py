"""What happened, in the words and the markup of a chat.

Titles, names and reasons come from anybody: none of them becomes a mention, a link or markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gitiam.chat import Message
from gitiam.drift import DriftReport
from gitiam.report.drift import summary
from gitiam.report.layout import counted, printable

#: In characters: what Slack takes in one section ("Block Kit", section), and in a fallback text.
ROOM = 3_000
_MOST_LINES = 15
_LONGEST_LINE = 300
#: Slack's markup has no escape but for these three; a joiner keeps the others from pairing.
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKUP = re.compile(r"[*_~`@:|](?=\S)")
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?/[A-Za-z0-9/_.#?=%-]{0,400}")


def mrkdwn(text: str) -> str:
    """One line that shows the text: no mention, no link, no emphasis."""
    flat = printable(" ".join(text.split()))
    flat = flat if len(flat) <= _LONGEST_LINE else f"{flat[: _LONGEST_LINE - 1]}…"
    return _MARKUP.sub("\\g<0>\N{WORD JOINER}", flat).translate(_ENTITIES)


def as_blocks(message: Message) -> tuple[str, list[dict[str, Any]]]:
    """The text for notifications, and Slack's blocks."""
    headline = mrkdwn(message.headline)
    link = message.link if message.link and _LINK.fullmatch(message.link) else None
    read_on = [f"<{link}|Read on>"] if link else []
    # The count of what is left out takes some, too.
    room = ROOM - len("".join([headline, *read_on])) - 50
    text = "\n".join([f"*{headline}*", *_lines(message.lines, room), *read_on])
    # Verbatim: Slack looks for no names and addresses of its own accord.
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return headline, [section]


def _lines(lines: Sequence[str], room: int) -> Iterator[str]:
    """As many as there is room for."""
    shown = 0
    for line in map(mrkdwn, lines[:_MOST_LINES]):
        room -= len(line) + 3
        if room < 0:
            break
        shown += 1
        yield f"• {line}"
    if left := len(lines) - shown:
        yield f"… and {left:,} more"


# -- what is said of each event --------------------------------------------------------------


def opened(number: int, title: str, author: str, link: str | None) -> Message:
    """Somebody has asked for access."""
    return Message(f"#{number} {title}", (f"asked for by {author}",), link)


def needs_review(number: int, title: str, needed: Iterable[str], link: str | None) -> Message:
    """It is right, and waits for people: `needed` says for whom, a line each."""
    return Message(f"#{number} needs a review: {title}", tuple(needed), link)


def approved(number: int, title: str, by: Sequence[str], link: str | None) -> Message:
    """It has all the approvals that it needs."""
    return Message(f"#{number} is approved: {title}", (f"by {', '.join(by)}",) if by else (), link)


def applied(modules: Sequence[str], link: str | None) -> Message:
    """These modules are applied."""
    return Message(f"{counted(len(modules), 'module')} applied", tuple(modules), link)


def failed(errors: Sequence[str], link: str | None) -> Message:
    """An apply that did not get through; an error a line, such as `prod/role/app: denied`."""
    return Message(f"{counted(len(errors), 'module')} failed", tuple(errors), link)


def drifted(report: DriftReport, link: str | None) -> Message:
    """Live IAM and the estate differ, or could not be compared."""
    differing = [f"{i.account}/{i.principal}: {i.kind} {i.what}" for i in report.items]
    unread = [
        f"not compared: {'/'.join(filter(None, (p.account, p.principal)))} {p.what}: {p.reason}"
        for p in report.unread
    ]
    return Message(f"Drift: {summary(report)}", (*unread, *differing), link)


def expiring(lines: Sequence[str], link: str | None) -> Message:
    """Access that ends soon, a line for each file."""
    return Message(f"{counted(len(lines), 'request')} about to expire", tuple(lines), link)
