"""Taking one entry out of a list in YAML, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from gitiam.load.document import read_document

LISTS = [
    ("x: [a, b, c]\n", 0, "x: [b, c]\n"),
    ("x: [a, b, c]\n", 1, "x: [a, c]\n"),
    ("x: [a, b, c]\n", 2, "x: [a, b]\n"),
    ("x: ['a,b' ,\n    \"c\"]\n", 1, "x: ['a,b']\n"),
    ("x:\n  - a\n  - b # why\n  - c\n", 1, "x:\n  - a\n  - c\n"),
    ("x:\n- a\n- b\n", 0, "x:\n- b\n"),
    ("x:\n  - a\n  - b\ny: 1\n", 1, "x:\n  - a\ny: 1\n"),
]


@pytest.mark.parametrize(("text", "index", "left"), LISTS)
def test_it_is_gone_and_all_else_is_there(text: str, index: int, left: str) -> None:
    document = read_document("x.yaml", text.encode())
    span = document.place_of_entry("x", index)
    assert span is not None
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    start = starts[span.line - 1] + span.column - 1
    end = starts[span.end_line - 1] + span.end_column - 1
    assert text[:start] + text[end:] == left
    expected: list[Any] = list(document.data["x"])
    del expected[index]
    assert read_document("x.yaml", left.encode()).data["x"] == expected


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("x: [a]\n", ("x", 0)),
        ("x: a\n", ("x", 0)),
        ("x: [a, b]\n", ("x",)),
        ("x: [a, b]\n", ("x", 7)),
        ("x: [a, # why\n  b]\n", ("x", 0)),
        ("x: [&a a, b, *a]\n", ("x", 0)),
        ("x: &a [a, b]\ny: *a\n", ("y", 0)),
        ("x:\n  - - a\n    - b\n", ("x", 0, 0)),
        ("x:\n  - |\n    a\n  - b\n", ("x", 0)),
        ("x:\n  - a\n  - b", ("x", 1)),
        ("x:\r\n  - a\r\n  - b\r\n", ("x", 0)),
    ],
)
def test_where_more_would_go_nothing_is_said(text: str, steps: tuple[Any, ...]) -> None:
    document = read_document("x.yaml", text.encode())
    assert document.place_of_entry(*steps) is None
