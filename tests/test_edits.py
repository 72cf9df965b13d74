"""Fixes change the places that they name, and nothing else."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gitiam.edits import applied, break_of, line_starts, lines_of, span_of, without_break
from gitiam.findings import Fix, Location
from gitiam.load.document import read_document

PATH = "requests/x.yaml"
#: A text, and what is to be written from one offset to another.
Case = tuple[str, list[tuple[int, int, str]]]
# Breaks of every sort, tabs, and characters beyond the basic plane.
VALUES = st.sampled_from(["é", "😀", "x y", "\u00a0b"])
TEXT = st.text(st.sampled_from("ab -:\t\r\n\x85\u2028😀é"), max_size=60)


def fix(line: int, column: int, end_line: int, end_column: int, text: str) -> Fix:
    return Fix("mend", Location(PATH, line, column, end_line, end_column), text)


def place_of(text: str, start: int, end: int) -> Location:
    """The place of a span, counted in the slowest and plainest way."""

    def position(offset: int) -> tuple[int, int]:
        line = sum(1 for begin in line_starts(text)[1:] if begin <= offset)
        return line + 1, offset - line_starts(text)[line] + 1

    return Location(PATH, *position(start), *position(end))


@st.composite
def spans(draw: st.DrawFn) -> Case:
    """A text, and replacements at spans that do not touch, none of them cutting a CR LF."""
    text = draw(TEXT)
    whole = {o for o in range(len(text) + 1) if text[max(o - 1, 0) : o + 1] != "\r\n"}
    cuts = sorted(draw(st.sets(st.sampled_from(sorted(whole)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return text, [(start, end, draw(TEXT)) for start, end in pairs]


@given(spans(), st.randoms())
def test_only_the_places_change(
    case: tuple[str, list[tuple[int, int, str]]], random: Random
) -> None:
    text, changes = case
    fixes = [Fix("mend", place_of(text, start, end), new) for start, end, new in changes]
    expected = text
    for start, end, new in reversed(changes):
        expected = expected[:start] + new + expected[end:]
    random.shuffle(fixes)
    result, done = applied(text, fixes)
    assert result == expected
    assert set(map(id, done)) == set(map(id, fixes))


@given(TEXT, st.lists(st.tuples(*[st.integers(-1, 8)] * 4, TEXT), max_size=6))
def test_whatever_the_places_are_what_lies_outside_stays(
    text: str, wanted: list[tuple[int, int, int, int, str]]
) -> None:
    result, done = applied(text, [fix(*one) for one in wanted])
    at, rest = 0, result
    for one in done:
        span = span_of(one.location, text)
        assert span is not None
        assert span[0] >= at
        kept = text[at : span[0]] + (one.replacement or "")
        assert rest.startswith(kept)
        at, rest = span[1], rest[len(kept) :]
    assert rest == text[at:]


def test_of_two_that_overlap_the_first_by_place_wins() -> None:
    late, early = fix(1, 3, 1, 6, "X"), fix(1, 1, 1, 4, "Y")
    assert applied("abcdef", [late, early]) == ("Ydef", (early,))


def test_two_that_touch_are_both_made() -> None:
    result, done = applied("abcdef", [fix(1, 4, 1, 4, "-"), fix(1, 1, 1, 4, "Y")])
    assert (result, len(done)) == ("Y-def", 2)


def test_of_two_at_one_place_the_first_given_is_made() -> None:
    assert applied("ab", [fix(1, 2, 1, 2, "X"), fix(1, 2, 1, 2, "Y")])[0] == "aXb"


def test_what_is_not_in_the_text_is_left_out() -> None:
    nowhere = [
        fix(9, 1, 9, 2, "X"),
        fix(1, 4, 1, 5, "X"),
        fix(1, 2, 1, 1, "X"),
        fix(0, 1, 1, 1, ""),
    ]
    assert applied("ab\ncd", [*nowhere, Fix("say more"), Fix("x", Location(PATH))]) == (
        "ab\ncd",
        (),
    )


def test_line_ends_and_characters_beyond_the_basic_plane_count_as_one() -> None:
    assert applied("😀\tb\r\ncd\r\n", [fix(1, 3, 1, 4, "X"), fix(2, 2, 2, 3, "Y")])[0] == (
        "😀\tX\r\ncY\r\n"
    )


def test_lines_are_those_of_yaml() -> None:
    text = "a\r\nb\rc\nd\x85e\u2028f\u2029g\x0bh"
    assert [without_break(line) for line in lines_of(text)] == [
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g\x0bh",
    ]
    assert "".join(lines_of(text)) == text
    assert (break_of(text), break_of("x")) == ("\r\n", "\n")


@given(st.lists(VALUES, min_size=1, max_size=5), st.booleans())
def test_the_loader_counts_as_edits_do(values: list[str], with_mark: bool) -> None:
    for end in ("\n", "\r\n", "\r"):
        text = ("\ufeff" if with_mark else "") + "".join(f"- {v}{end}" for v in values)
        document = read_document(PATH, text.encode())
        for number, value in enumerate(values):
            span = span_of(document.place(number), text)
            assert span is not None
            assert text[slice(*span)] == value
