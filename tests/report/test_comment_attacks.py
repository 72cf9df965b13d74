"""Whatever strangers write: the comment keeps its form, and nothing in it does anything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gitiam.explaining.values import Explanation
from gitiam.findings import Finding, Fix, Location, Severity
from gitiam.models import ModuleKey
from gitiam.report.comment import MARKER, ROOM, Shown, as_comment
from gitiam.report.explanation import Block, Line, Page, Row, Section
from gitiam.report.told import Told
from tests.support.hcl import hostile
from tests.support.modules import change, module

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
KEY = ModuleKey.parse("prod/role/a")
SIGNS = (
    *(MARKER, "<!--", "-->", "</details>", "<summary>", "<script>", "|", "\n|---|\n", "@team"),
    *("@org/team", "[x](https://e.example)", "![x](//e)", "https://e.example", "```\n", "~~~"),
    *("\u202e", "\u2066", "\u200b", "\x1b[2J", "##[error]", "#12", "GH-12", "\r\n# ", "&lt;", "\\"),
)
texts = st.lists(st.sampled_from(SIGNS) | hostile(12), min_size=1, max_size=5).map("".join)
#: All HTML that we write ourselves.
OURS = re.compile(
    r"\s*(<details( open)?>|</details>|<br>|<summary>[^<>]*</summary>|<!-- gitiam: [a-z ]+ -->|\s)*"
)
MENTION = re.compile(r"@[A-Za-z0-9]|://|\bwww\.|#\d|\bGH-\d|##\[", re.IGNORECASE)


def shown(text: str) -> Shown:
    """A pull request in which everything that anybody can write is this text."""
    lines = (Line(text, (text,)),)
    block = Block(
        text,
        (text,),
        (Section("NEW", "warning", lines), Section("TAKEN AWAY", "note", lines)),
        (Row("new", text, ("1",) * 5, text),) * 2,
    )
    place = Location(text, 3)
    finding = Finding("unknown-action", Severity.ERROR, place, text, Fix(text), allowed=text)
    told = Told(Explanation(text, "request", text), None, (finding,))
    return Shown(
        files=[(told, Page(text, (text, text), (block, block), text))],
        changes=[change(module("prod/role/b"), text), change(module("prod/role/a"), text)],
        elsewhere=[finding],
        approvals={text: text},
        standing=text,
        plans={KEY: text},
        notes=[text],
    )


def pieces(source: str) -> list[Token]:
    """Every part that Markdown finds, within lines as well."""
    found = []
    for token in GITHUB.parse(source):
        found += [token, *(token.children or ())]
    return found


@given(texts)
def test_nothing_in_it_does_anything(text: str) -> None:
    said = as_comment(shown(text), "https://github.com/example/access/actions/runs/1")
    assert said.startswith(f"{MARKER}\n### ")
    found = pieces(said)
    for token in found:
        assert token.type not in {"link_open", "image", "s_open"}
        if token.type in {"html_block", "html_inline"}:
            assert OURS.fullmatch(token.content), token.content
        if token.type in {"text", "text_special", "html_block"}:
            assert not MENTION.search(token.content), token.content
    assert {c for c in said if not c.isprintable()} <= {"\n", "\u200d"}
    html = "".join(token.content for token in found if token.type in {"html_block", "html_inline"})
    assert html.count("<details") == html.count("</details>")
    assert html.count("<!--") == 1


@given(texts)
def test_the_table_keeps_its_columns(text: str) -> None:
    tokens = GITHUB.parse(as_comment(shown(text)))
    start = next(number for number, token in enumerate(tokens) if token.type == "table_open")
    end = next(number for number, token in enumerate(tokens) if token.type == "table_close")
    table = [token.type for token in tokens[start:end]]
    assert table.count("tr_open") == 3
    assert table.count("td_open") == 10


def test_the_check_finds_what_it_looks_for() -> None:
    (mention,) = (token for token in pieces("see @team") if token.type == "text")
    assert MENTION.search(mention.content)
    (block,) = (token for token in pieces("<script>\n") if token.type == "html_block")
    assert not OURS.fullmatch(block.content)


def test_plans_are_folded_and_take_the_place_of_differences() -> None:
    said = as_comment(shown("x"))
    assert "<summary>What Terraform would do in 1 module</summary>" in said
    assert "<summary>prod/role/a: x</summary>\n\n```diff\nx\n```\n" in said
    rest = said.partition("How policies and modules differ")[2]
    assert "role/b" in rest and "role/a" not in rest


@pytest.mark.parametrize("size", [2_000, 200_000])
def test_plans_never_exceed_what_github_takes(size: int) -> None:
    plans = {ModuleKey.parse(f"prod/role/r{number}"): "p" * size for number in range(60)}
    said = as_comment(Shown(files=shown("x").files, plans=plans))
    assert len(said) <= ROOM
    assert "Not everything finds room here" in said
    assert re.search(r"\*\*and [0-9]+ modules more\*\*", said)
    assert said.count("<details") == said.count("</details>")
