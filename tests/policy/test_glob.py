"""Glob algebra, against brute force over a small alphabet."""

from __future__ import annotations

import re
import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitiam.policy.glob import covered, includes, intersects, is_glob, matches

# `z` is in no pattern: it stands for the characters that a pattern does not name.
TEXTS = ["".join(text) for length in range(7) for text in product("abz", repeat=length)]
patterns = st.text(alphabet="ab*?", max_size=5)
few = settings(max_examples=250, deadline=None)


def language(pattern: str) -> set[str]:
    body = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    compiled = re.compile(body)
    return {text for text in TEXTS if compiled.fullmatch(text)}


@few
@given(patterns, st.sampled_from(TEXTS))
def test_matches_is_what_a_regular_expression_says(pattern: str, text: str) -> None:
    assert matches(pattern, text) == (text in language(pattern))


@few
@given(patterns, patterns)
def test_includes_is_inclusion_of_languages(outer: str, inner: str) -> None:
    assert includes(outer, inner) == (language(inner) <= language(outer))


@few
@given(patterns, patterns)
def test_intersects_is_intersection_of_languages(a: str, b: str) -> None:
    # Two patterns of five symbols that meet, meet in a text of at most ten; those of the small
    # alphabet are shorter, unless both are long: then the longer text is looked for directly.
    expected = bool(language(a) & language(b))
    if not expected and intersects(a, b):
        expected = any(
            matches(a, text) and matches(b, text)
            for length in (7, 8)
            for text in map("".join, product("ab", repeat=length))
        )
    assert intersects(a, b) == expected
    assert intersects(b, a) == intersects(a, b)


@few
@given(patterns, patterns, patterns)
def test_includes_is_an_order(a: str, b: str, c: str) -> None:
    assert includes(a, a)
    if includes(a, b) and includes(b, c):
        assert includes(a, c)
    if includes(a, b):
        assert intersects(a, b)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("arn:aws:s3:::orders/*", "arn:aws:s3:::orders/2026/*", True),
        ("arn:aws:s3:::orders*", "arn:aws:s3:::orders/*", True),
        ("arn:aws:s3:::orders/*", "arn:aws:s3:::orders*", False),
        ("*", "", True),
        ("", "*", False),
        ("?*", "*?", True),
        ("*?", "*", False),
        ("a?*bb*c", "a*bb*bc", False),  # needs one `*` empty and the other not
        ("*a?b*", "a*bb", False),
        ("**", "*", True),
        ("*", "**", True),
        ("?", "**", False),
        ("A", "a", False),
        ("*\n*", "a\nb", True),
    ],
)
def test_includes_known_cases(outer: str, inner: str, expected: bool) -> None:
    assert includes(outer, inner) is expected


def test_covered_asks_for_one_pattern_that_includes_all() -> None:
    assert covered("a/b*", ["b", "a/*"])
    assert not covered("a*", ["a/*", "ab*"])


def test_is_glob() -> None:
    assert is_glob("a*") and is_glob("a?") and not is_glob("a[b]")


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("*" + "a*" * 200 + "b", "*" + "a*" * 200 + "c"),
        ("*a" + "?" * 300, "*a*" * 100 + "?" * 200),
        ("*a?" * 130 + "*", "a*" * 130 + "?"),
    ],
)
def test_hostile_patterns_cost_little(outer: str, inner: str) -> None:
    start = time.process_time()
    includes(outer, inner)
    intersects(outer, inner)
    matches(outer, inner.replace("*", "a"))
    assert time.process_time() - start < 2
