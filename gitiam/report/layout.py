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
    """The text without anything that a terminal could take for an order."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


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


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@])")


def markdown(text: str) -> str:
    """The text as Markdown that shows exactly it: no mention, no table cell, no HTML, no link.

    `@` gets a zero-width joiner behind it, as GitHub knows no escape for mentions.
    """
    flat = printable(text.replace("\n", " ").replace("\r", " "))
    escaped = _MARKDOWN.sub(r"\\\1", flat)
    return escaped.replace("\\@", "@\u200d").replace("://", ":\u200d//")


def escaped_html(text: str) -> str:
    """For places where GitHub reads HTML and no Markdown, yet looks for mentions and links."""
    shown = html.escape(printable(text))
    return shown.replace("@", "@\u200d").replace("://", ":\u200d//")


def fenced(text: str, language: str) -> str:
    """The text in a code fence that it cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = "\n".join(printable(line) for line in text.split("\n"))
    return f"{fence}{language}\n{body}\n{fence}"
