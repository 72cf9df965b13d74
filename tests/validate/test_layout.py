"""Items that are put beside another, and items that go, in files as people lay them out."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.edits import applied
from gitiam.load.document import read_document
from gitiam.validate.layout import added_beside, removed_item

PATH = "requests/x.yaml"


def with_beside(text: str, *steps: str | int, value: str = "new") -> str | None:
    fix = added_beside(read_document(PATH, text.encode()), steps, value, "add")
    if fix is None:
        return None
    result, done = applied(text, [fix])
    assert done
    return result


def without(text: str, *steps: str | int) -> str | None:
    fix = removed_item(read_document(PATH, text.encode()), steps, "remove")
    if fix is None:
        return None
    result, done = applied(text, [fix])
    assert done
    return result


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("r: one\n", "r: [one, new]\n"),
        ("r: [one]  # why\n", "r: [one, new]  # why\n"),
        ("r: [one, two]\n", "r: [one, new, two]\n"),
        ("r: [\n  one, # 1\n  two\n]\n", "r: [\n  one, new, # 1\n  two\n]\n"),
        ("r:\n  - one # 1\n  - two\n", "r:\n  - one # 1\n  - new\n  - two\n"),
        ("r:\n-   'one'\nx: y", "r:\n-   'one'\n-   new\nx: y"),
        ("r:\r\n- one\r\n", "r:\r\n- one\r\n- new\r\n"),
        ("r:\n- one", "r:\n- one\n- new"),
        ("r: a,b\n", 'r: ["a,b", new]\n'),
        ('r: "o\\tne"\n', 'r: ["o\\tne", new]\n'),
    ],
)
def test_a_value_is_put_behind_the_first(before: str, after: str) -> None:
    assert with_beside(before, "r", 0) == after


def test_a_value_is_quoted_where_it_has_to_be() -> None:
    assert with_beside("r: [one]\n", "r", 0, value="{x}, y") == 'r: [one, "{x}, y"]\n'
    assert with_beside("r:\n- one\n", "r", 0, value="* x") == 'r:\n- one\n- "* x"\n'


@pytest.mark.parametrize(
    "text", ["x: &a [one]\nr: *a\n", "r: &a one\nx: *a\n", "r:\n- - one\n", "r: 'o\n  ne'\n"]
)
def test_what_is_laid_out_in_no_usual_way_is_left_alone(text: str) -> None:
    assert with_beside(text, "r", 0) is None


BLOCK = dedent(
    """\
    grants:
      # first
      - a: 1
        b: [2,
      3]  # of a
        # still a

      # second
      # and more of it
      - a: 4
        # within
        b: 5
        # still second
      # third
      - a: 6
    # the end
    x: y
    """
)


def test_an_item_goes_with_its_comments_and_no_others() -> None:
    after = without(BLOCK, "grants", 1)
    assert after is not None
    assert "second" not in after
    assert "within" not in after
    assert after.count("\n\n") == 1
    for kept in ("# first", "# of a", "# still a", "# third", "- a: 6", "# the end\nx: y\n"):
        assert kept in after


def test_the_last_item_leaves_what_follows() -> None:
    after = without(BLOCK, "grants", 2)
    assert after is not None
    assert after.endswith("    # still second\n# the end\nx: y\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("g:\n- {a: 1}\n- {a: 1}\n", "g:\n- {a: 1}\n"),
        ("g:\n- {a: 1}\n- {a: 1}", "g:\n- {a: 1}"),
        ("g:\r\n- a: 1\r\n\r\n- a: 1\r\n", "g:\r\n- a: 1\r\n"),
        ("g: [{a: 1}, {a: 1}]\n", "g: [{a: 1}]\n"),
        ("g: [{a: 1} , {a: 1}, {b: 2}]\n", "g: [{a: 1}, {b: 2}]\n"),
    ],
)
def test_the_second_item_goes(before: str, after: str) -> None:
    assert without(before, "g", 1) == after


@pytest.mark.parametrize(
    "text",
    [
        "g: [{a: 1},\n    {a: 1}]\n",
        "x: &a {a: 1}\ng: [*a, *a]\n",
        "g:\n- a: 1\n- a: &x 1\ny: *x\n",
        "g:\n- a: 1\n-\n  a: 1\n",
    ],
)
def test_an_item_in_no_usual_place_stays(text: str) -> None:
    assert without(text, "g", 1) is None


ITEMS = st.sampled_from(
    [
        "- a: 1\n",
        "- a: 1\n  b:\n  - 2\n  - 3 # x\n",
        "- {a: [1, 2]}  # flow\n",
        "- a: |\n    # text\n    more\n\n",
        "- a: 'one\n    two'\n  # own\n",
        "- bare\n",
    ]
)
BETWEEN = st.sampled_from(["", "\n", "# about the next\n", "# a\n\n# b\n", "\n\n"])


@given(
    st.lists(st.tuples(BETWEEN, ITEMS), min_size=2, max_size=5),
    st.data(),
    st.integers(0, 3),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "tail: 1\n", "# tail\n", "\n# tail\ntail: 1\n"]),
)
def test_the_data_is_the_same_but_for_the_item(
    items: list[tuple[str, str]], data: st.DataObject, indent: int, end: str, tail: str
) -> None:
    number = data.draw(st.integers(1, len(items) - 1))
    lines = "".join(before + item for before, item in items).splitlines()
    body = "".join(f"{' ' * indent if line else ''}{line}\n" for line in lines)
    text = f"g:\n{body}{tail}".replace("\n", end)
    if data.draw(st.booleans()):
        text = text.removesuffix(end)
    after = without(text, "g", number)
    assert after is not None
    was, now = read_document(PATH, text.encode()).data, read_document(PATH, after.encode()).data
    # Blank lines at the end of a block of text belong to it; they may go with what follows.
    del was["g"][number]
    assert _stripped(now) == _stripped(was)


def _stripped(data: object) -> str:
    return repr(data).replace("\\n", "")
