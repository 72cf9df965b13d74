"""Text of the estate in a terminal, a Markdown page and a fence: it shows, and does nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitiam.report.layout import (
    columns,
    counted,
    escaped_html,
    fenced,
    markdown,
    plain,
    printable,
)
from tests.support.hcl import hostile

#: GitHub's dialect, as far as it gives text a meaning: tables and strikethrough beside CommonMark.
GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])

MARKUP = (
    *("|", "\\|", "<b>", "</td>", "<!--", "&lt;", "[x](y)", "![x](y)", "<https://x.y>", "**", "__"),
    *("~~", "`", "```", "# ", "- ", "+ ", "1. ", "1) ", "> ", "---", "===", "    ", "\n", "\r\n"),
    *(
        "https://evil.example",
        "www.evil.example",
        "@everyone",
        "@org/team",
        "#123",
        "GH-12",
        "a@b.example",
    ),
    *(":---", "\\", "\x1b]8;;", "\u202e", "\u2028", "\t", " "),
)
markup = st.lists(st.sampled_from(MARKUP) | hostile(12), min_size=1, max_size=6).map("".join)


def shown(text: str) -> str:
    """What a reader is to see: one line, nothing invisible, and breaks in mentions and links."""
    flat = printable(re.sub(r"[\r\n]+", " ", text)).strip()
    broken = flat.replace("@", "@\u200d").replace("://", ":\u200d//")
    broken = re.sub(r"(?i)www(?=\.)", lambda found: found[0] + "\u200d", broken)
    broken = re.sub(r"(?i)\bgh(?=-\d)", lambda found: found[0] + "\u200d", broken)
    return re.sub(r"#(?=\d)", "#\u200d", broken)


def read(source: str) -> str:
    """The text of the one paragraph or cell that Markdown finds; anything else is a failure."""
    tokens = [token for token in GITHUB.parse(source) if token.type == "inline"]
    (token,) = tokens
    assert {child.type for child in token.children or ()} <= {"text", "text_special"}
    return "".join(child.content for child in token.children or ())


def squeezed(text: str) -> str:
    """White space at the ends of a cell means nothing."""
    return text.strip()


@given(markup)
def test_a_paragraph_shows_exactly_the_text(text: str) -> None:
    if shown(text):
        assert squeezed(read(markdown(text))) == squeezed(shown(text))


@given(markup, markup)
def test_a_table_cell_shows_exactly_the_text(one: str, other: str) -> None:
    source = f"| a | b |\n|---|---|\n| {markdown(one)} | {markdown(other)} |\n"
    cells = [token for token in GITHUB.parse(source) if token.type == "inline"]
    assert [cell.content for cell in cells[:2]] == ["a", "b"]
    assert len(cells) == 4
    for cell, text in zip(cells[2:], (one, other), strict=True):
        children = cell.children or []
        assert {child.type for child in children} <= {"text", "text_special"}
        assert squeezed("".join(c.content for c in children)) == squeezed(shown(text))


@given(markup)
def test_nothing_in_markdown_is_a_line_of_its_own_or_reaches_anybody(text: str) -> None:
    source = markdown(text)
    assert len(source.splitlines()) <= 1
    assert not re.search(r"@\w", source)
    assert "://" not in source
    assert not re.search(r"(?i)www\.", source)
    assert not re.search(r"#\d", source)
    assert not re.search(r"(?<!\\)(\\\\)*[|<`]", source)


@given(markup)
def test_html_holds_no_markup(text: str) -> None:
    source = escaped_html(text)
    assert not re.search(r"[<>\"']", source)
    assert not re.search(r"&(?!(amp|lt|gt|quot|#x27);)", source)
    assert not re.search(r"@\w", source)
    assert "://" not in source
    assert len(source.splitlines()) <= 1


@given(st.lists(markup, max_size=4).map("\n".join))
def test_a_fence_cannot_be_closed_from_within(text: str) -> None:
    blocks = GITHUB.parse(fenced(text, "diff"))
    (block,) = blocks
    assert block.type == "fence"
    assert block.info == "diff"
    assert block.content == "\n".join(map(printable, text.split("\n"))) + "\n"


@pytest.mark.parametrize("fence", ["```", "````", "~~~", "``````\n"])
def test_fences_in_fences(fence: str) -> None:
    text = f"a\n{fence}\n<script>\n{fence}"
    (block,) = GITHUB.parse(fenced(text, "diff"))
    assert block.content == f"{text}\n"


@given(hostile())
def test_what_is_printable_gives_no_order_to_a_terminal(text: str) -> None:
    found = printable(text)
    assert found.isprintable()
    assert len(found) == len(text)
    assert [a for a, b in zip(found, text, strict=True) if b.isprintable()] == [
        b for b in text if b.isprintable()
    ]


@given(st.lists(st.tuples(*[st.text("ab é", max_size=9)] * 3), min_size=1, max_size=5))
def test_columns_are_aligned(rows: list[tuple[str, str, str]]) -> None:
    lines = columns(rows, gap=" | ")
    assert len(lines) == len(rows)
    width = max(len(row[0]) for row in rows)
    for line, row in zip(lines, rows, strict=True):
        assert line == line.rstrip()
        assert (line + " " * 99)[: width + 3] == row[0].ljust(width) + " | "


def test_counting() -> None:
    assert counted(0, "module") == "0 modules"
    assert counted(1, "module") == "1 module"
    assert counted(1_234, "module") == "1,234 modules"
    assert counted(2, "policy", "policies") == "2 policies"


def test_the_plain_style_changes_nothing() -> None:
    assert plain("text", "failed") == "text"
