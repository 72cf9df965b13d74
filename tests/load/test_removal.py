"""Cutting one entry out of a file cuts nothing else."""

from __future__ import annotations

import pytest

from gitiam.load.document import read_document
from gitiam.load.removal import entry_to_cut

BLOCK = """\
a: 1
allow:
  # why not
  - rule: x
    reason: first
  - rule: y
    reason: >
      second,
      at length

  # about the third
  - {rule: z, reason: third}
b: 2
"""


def cut(text: str, index: int) -> str | None:
    """The text without the entry."""
    place = entry_to_cut(read_document("f", text.encode()), "allow", index)
    if place is None:
        return None
    lines = text.split("\n")
    assert (place.column, place.end_column) == (1, 1)
    return "\n".join([*lines[: place.line - 1], *lines[place.end_line - 1 :]])


@pytest.mark.parametrize(
    ("index", "gone"),
    [
        (0, "  - rule: x\n    reason: first\n"),
        (2, "  - {rule: z, reason: third}\n"),
    ],
)
def test_an_entry_of_several(index: int, gone: str) -> None:
    assert cut(BLOCK, index) == BLOCK.replace(gone, "")


def test_text_over_several_lines_goes_whole() -> None:
    found = cut(BLOCK, 1)
    assert found is not None
    assert "second" not in found
    assert "at length" not in found
    assert "# about the third\n  - {rule: z" in found


@pytest.mark.parametrize(
    "entry",
    [
        "allow:\n  - rule: x\n    reason: only\n",
        "allow:\n- reason: only\n  rule: x\n",
        "allow: [{rule: x, reason: only}]\n",
        "allow: [{rule: x,\n  reason: only}]\n",
    ],
)
def test_the_only_entry_goes_with_its_key(entry: str) -> None:
    assert cut(f"a: 1\n{entry}b: 2\n", 0) == "a: 1\nb: 2\n"
    assert cut(f"a: 1\n{entry}", 0) == "a: 1\n"
    assert cut(f"a: 1\n{entry[:-1]}", 0) in ("a: 1", "a: 1\n")


@pytest.mark.parametrize(
    "text",
    [
        "allow: [{rule: x, reason: y}, {rule: z, reason: y}]\nb: 1\n",
        "{a: 1, allow: [{rule: x, reason: y}]}\n",
        "allow:\n  - rule: x\n    reason: &r y\nb: *r\n",
        "a: 1\r\nallow:\r\n  - rule: x\r\n    reason: y\r\n",
    ],
)
def test_what_cannot_be_cut_exactly_is_left_alone(text: str) -> None:
    assert cut(text, 0) is None
