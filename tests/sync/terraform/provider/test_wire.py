"""The wire format: what was written is read again, and nothing but rubbish is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.sync.terraform.provider.wire import UnfamiliarError, fields, only_field
from tests.support.protobuf import block, fixed, number, varint

NUMBERS = st.integers(1, 2**29 - 1)
WRITTEN = st.one_of(
    st.builds(lambda f, v: (f, v, b"", number(f, v)), NUMBERS, st.integers(0, 2**64 - 1)),
    st.builds(lambda f, b: (f, 0, b, block(f, b)), NUMBERS, st.binary(max_size=300)),
    st.builds(
        lambda f, b: (f, 0, b, fixed(f, b)),
        NUMBERS,
        st.one_of(st.binary(min_size=4, max_size=4), st.binary(min_size=8, max_size=8)),
    ),
)
MESSAGES = st.lists(WRITTEN, max_size=8)


def read(message: bytes) -> list[tuple[int, int, bytes, bytes]]:
    return [(f.number, f.value, f.body, f.raw) for f in fields(message)]


@given(MESSAGES)
def test_what_was_written_is_read_in_order(message: list[tuple[int, int, bytes, bytes]]) -> None:
    assert read(b"".join(raw for *_, raw in message)) == message


@given(MESSAGES, st.data())
def test_what_breaks_off_is_read_up_to_there(
    message: list[tuple[int, int, bytes, bytes]], data: st.DataObject
) -> None:
    """Cut anywhere: whole fields come as they were; then an error, unless the cut is clean."""
    text = b"".join(raw for *_, raw in message)
    cut = data.draw(st.integers(0, len(text)))
    edges = [0]
    for *_, raw in message:
        edges.append(edges[-1] + len(raw))
    found: list[tuple[int, int, bytes, bytes]] = []
    try:
        found.extend((f.number, f.value, f.body, f.raw) for f in fields(text[:cut]))
        assert cut in edges
    except UnfamiliarError:
        assert cut not in edges
    assert found == [part for part, end in zip(message, edges[1:], strict=True) if end <= cut]


@given(st.binary(max_size=400))
def test_rubbish_ends_in_one_way(rubbish: bytes) -> None:
    """Nothing but UnfamiliarError; and whatever is read is the text itself, no byte twice."""
    seen = b""
    try:
        for field in fields(rubbish):
            seen += field.raw
    except UnfamiliarError:
        assert rubbish.startswith(seen)
    else:
        assert seen == rubbish


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"\x80" * 11, "a number that does not end"),
        (b"\x80", "a number that does not end"),
        (b"\x08" + b"\x80" * 20 + b"\x01", "a number that does not end"),
        (number(1, 0)[:1], "a number that does not end"),
        (block(1, "text")[:-1], "a message that breaks off"),
        (varint(1 << 3 | 2) + varint(2**62), "a message that breaks off"),
        (fixed(1, b"1234")[:-1], "a message that breaks off"),
        (number(0, 1), "a message that breaks off"),
        (varint(1 << 3 | 3), "wire type 3"),
        (varint(1 << 3 | 7), "wire type 7"),
    ],
)
def test_what_is_refused(message: bytes, said: str) -> None:
    with pytest.raises(UnfamiliarError, match=said):
        list(fields(message))


def test_of_several_the_last_counts() -> None:
    assert only_field(block(2, "one") + number(1, 7) + block(2, "two"), 2) == b"two"
    assert only_field(number(1, 7), 2) == b""
