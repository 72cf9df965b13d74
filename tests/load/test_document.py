"""YAML is read strictly, whatever it holds, and every value knows its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitiam.findings import Location
from gitiam.load.document import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_VALUES,
    Document,
    DocumentError,
    read_document,
)


def read(text: str) -> Document:
    return read_document("requests/x.yaml", text.encode())


def refusal(raw: str | bytes) -> str:
    """`line:column message` of the refusal."""
    with pytest.raises(DocumentError) as caught:
        read_document("requests/x.yaml", raw if isinstance(raw, bytes) else raw.encode())
    finding = caught.value.finding
    assert finding.rule == "malformed-yaml"
    assert finding.blocks
    return f"{finding.location.line}:{finding.location.column} {finding.message}"


# -- data ---------------------------------------------------------------------------------------


def test_scalars_are_text_whatever_yaml_thinks_of_them() -> None:
    data = read("id: 012345678901\nno: NO\nwhen: 2027-01-15\nhex: 0x1F\ntime: 12:30:45\n").data
    assert data == {
        "id": "012345678901",
        "no": "NO",
        "when": "2027-01-15",
        "hex": "0x1F",
        "time": "12:30:45",
    }


@pytest.mark.parametrize("null", ["null", "~", "", "NULL"])
def test_only_plain_nulls_are_none(null: str) -> None:
    assert read(f"a: {null}\nb: '{null}'\n").data == {"a": None, "b": null}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "---\n...\n"])
def test_nothing_at_all_is_none(text: str) -> None:
    assert read(text).data is None


def test_an_alias_repeats_its_value() -> None:
    assert read("a: &x [1, 2]\nb: *x\nc: [*x, *x]\n").data["c"] == [["1", "2"], ["1", "2"]]


def test_a_byte_order_mark_is_not_part_of_the_first_key() -> None:
    assert read("\ufeffa: b\n").data == {"a": "b"}


def test_line_ends_of_windows_are_fine() -> None:
    document = read("a: b\r\nc: d\r\n")
    assert document.data == {"a": "b", "c": "d"}
    assert document.place("c").line == 2


# -- places -------------------------------------------------------------------------------------

TEXT = """\
# a comment
account: prod
grants:
  - actions: [s3:GetObject, "s3:PutObject"]
    resources: &r
      - arn:aws:s3:::ä/*
  - resources: *r
"""


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ((), (2, 1)),
        (("account",), (2, 10, 2, 14)),
        (("grants", 0), (4, 5)),
        (("grants", 0, "actions", 1), (4, 29, 4, 43)),
        (("grants", 0, "resources", 0), (6, 9, 6, 25)),
        (("grants", 1, "resources"), (7, 16, 7, 18)),
        # What is not there is where it should have been.
        (("grants", 1, "resources", 0), (7, 16)),
        (("grants", 7, "actions"), (4, 3)),
        (("expires",), (2, 1)),
    ],
)
def test_every_value_has_its_place(steps: tuple[str | int, ...], place: tuple[int, ...]) -> None:
    found = read(TEXT).place(*steps)
    assert found.path == "requests/x.yaml"
    assert (found.line, found.column, found.end_line, found.end_column)[: len(place)] == place


def test_keys_have_places_too() -> None:
    document = read(TEXT)
    assert document.place_of_key("grants", 0, "resources") == Location(
        "requests/x.yaml", 5, 5, 5, 14
    )
    assert document.place_of_key("nothing") == document.place()


# -- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1, 2\nb: 3\n", "2:2 not YAML: "),
        ("a: 'x\n", "2:1 not YAML: "),
        ("a: b: c\n", "1:5 not YAML: "),
        ("\ta: b\n", "1:1 not YAML: "),
        ("a: !!python/object:os.system x\n", "1:4 the YAML tag"),
        ("a: !x\n  b: c\n", "1:4 the YAML tag"),
        ("a: ! [1]\n", "1:4 the YAML tag"),
        ("a: 1\nb: 2\na: 3\n", "3:1 the key `a` stands here twice; keep one"),
        ("x:\n  - a: 1\n    'a': 2\n", "3:5 the key `a` stands here twice"),
        ("? [a]\n: b\n", "1:3 a key must be text"),
        ("? {a: b}\n: b\n", "1:3 a key must be text"),
        ("~: b\n", "1:1 a key must be text"),
        ("a: &x [1]\n? *x\n: b\n", "2:3 a key must be text"),
        ("a: b\n---\nc: d\n", "2:1 a second YAML document"),
        ("a: *nobody\n", "1:4 the alias *nobody is not defined"),
        ("a: &a [*a]\n", "1:8 the alias *a refers to itself"),
        ("%TAG ! tag:x,2000:\n---\na: !x y\n", "3:4 the YAML tag"),
        ("%YAML 9.9\n---\na: b\n", "1:1 not YAML: "),
        ("a: \x07\n", "1:1 not YAML: "),
        ("a: \x00\n", "1:1 not YAML: "),
    ],
)
def test_what_is_refused_and_where(text: str, said: str) -> None:
    assert refusal(text).startswith(said)


def test_bytes_that_are_not_utf8() -> None:
    assert refusal(b"a: b\nc: d\xff\n").startswith("2:5 the file is not UTF-8")
    assert refusal("a: b\n".encode("utf-16")).startswith("1:1 the file is not UTF-8")


def test_deep_nesting() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH).data
    assert "nested more than" in refusal("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert "nested more than" in refusal("[" * 60_000)
    assert "nested more than" in refusal("{a: " * 15_000)
    assert "nested more than" in refusal("- " * 30_000)


def test_aliases_that_explode() -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert f"more than {MAX_VALUES:,} values" in refusal("\n".join(lines))


def test_many_values_and_many_bytes() -> None:
    assert f"more than {MAX_VALUES:,} values" in refusal(f"[{'1,' * MAX_VALUES}1]")
    assert "are the most" in refusal(b"#" * (MAX_BYTES + 1))
    assert read_document("x", b"#" * MAX_BYTES).data is None


# -- whatever else ------------------------------------------------------------------------------


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    check(raw)


@given(
    st.text(
        st.sampled_from(list("ab:-[]{}&*!|>'\"%#?,~ \n\t\\@`\u2028\x85\ufeff<=.1")), max_size=60
    )
)
def test_any_text_that_looks_like_yaml_is_read_or_refused(text: str) -> None:
    check(text.encode())


def check(raw: bytes) -> None:
    try:
        document = read_document("requests/x.yaml", raw)
    except DocumentError as error:
        assert error.finding.location.line >= 1
        assert error.finding.location.column >= 1
        assert "\n" not in error.finding.message
        return
    for steps in paths_in(document.data):
        place = document.place(*steps)
        assert (place.line, place.column) <= (place.end_line, place.end_column) or not document.data


def paths_in(data: Any, steps: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    pairs = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [steps, *(path for key, value in pairs for path in paths_in(value, (*steps, key)))]


PLAIN = st.recursive(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(codec="ascii", categories=["L"]), min_size=1), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_what_was_written_is_read_back(value: Any) -> None:
    for text in (
        json.dumps(value, ensure_ascii=False),
        yaml.safe_dump(value, default_style='"', allow_unicode=True),
    ):
        assert read(text).data == value
