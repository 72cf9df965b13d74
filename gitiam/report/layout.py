"""Plain-text and Markdown layout: columns, safe text, fences."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

Style = Callable[[str, str], str]


def plain(text: str, role: str) -> str:
    """The style that changes nothing: for files, pipes and tests."""
    return text


def printable(text: str) -> str:
    """The text without anything that a terminal, or a build's log, could take for an order."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return without_commands(shown)


def without_commands(text: str) -> str:
    """The text without the sign that GitHub's runner takes for a command, wherever it stands."""
    return text.replace("##[", "##\N{REPLACEMENT CHARACTER}")


def columns(rows: Sequence[Sequence[str]], gap: str = "  ") -> list[str]:
    """Rows as lines with aligned columns; the last column is as wide as it likes."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        gap.join(
            cell.ljust(width) if index < len(widths) - 1 else cell
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """`1 module`, `2 modules`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


_LINE_ENDS = re.compile(r"[\r\n]+")
_MARKUP = re.compile(r"[\\`*_{}\[\]()#+!|~<>&]")
#: What makes a list, a rule or a heading of a line that begins with it.
_LINE_START = re.compile(r"^([-=]|\d+(?=\.))")
#: What GitHub makes a mention, a link or a reference of, escaped or not.
_LINKED = re.compile(r"@|:(?=//)|www(?=\.)|#(?=\d)|\bGH(?=-\d)", re.IGNORECASE)


def markdown(text: str) -> str:
    """One line of Markdown that shows exactly the text: no mention, table cell, HTML or link."""
    flat = printable(_LINE_ENDS.sub(" ", text)).strip()
    escaped = _MARKUP.sub(r"\\\g<0>", flat)
    return _unlinked(_LINE_START.sub(_escape_start, escaped))


def escaped_html(text: str) -> str:
    """For places where GitHub reads HTML and no Markdown, yet looks for mentions and links."""
    return _unlinked(html.escape(printable(text)))


def _escape_start(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def _unlinked(text: str) -> str:
    """With a zero-width joiner in every link, as GitHub knows no escape for them."""
    return _LINKED.sub("\\g<0>\u200d", text)


def fenced(text: str, language: str) -> str:
    """The text in a code fence that it cannot close."""
    fence = fence_for(text)
    body = "\n".join(printable(line) for line in text.split("\n"))
    return f"{fence}{language}\n{body}\n{fence}"


def fence_for(text: str) -> str:
    """A code fence that the text cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)
