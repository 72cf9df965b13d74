"""Any text as an HCL literal is that text and nothing more: for python-hcl2, and for Terraform."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import unicodedata
from base64 import b64decode
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.render.hcl import literal
from tests.support.hcl import HOSTILE, hostile, parse


def parsed(value: Any) -> Any:
    (body,) = parse(f"locals {{\n  x = {literal(value)}\n}}\n")["locals"]
    return body["x"]


@given(hostile())
def test_text_is_text(text: str) -> None:
    assert parsed(text) == text


@given(st.dictionaries(hostile(), hostile(), max_size=4))
def test_mappings_keep_their_keys_and_values(pairs: dict[str, str]) -> None:
    assert parsed(pairs) == pairs


@given(st.lists(hostile(), max_size=4))
def test_lists_keep_their_values(values: list[str]) -> None:
    assert parsed(values) == values
    assert parsed(tuple(values)) == values


@pytest.mark.parametrize("value", [True, False, 0, 3600, "", [], {}, "true", "3600"])
def test_other_values(value: Any) -> None:
    assert parsed(value) == value
    assert type(parsed(value)) is type(value)


@given(hostile())
def test_a_literal_is_one_line_of_visible_text_without_a_template(text: str) -> None:
    written = literal(text)
    assert not re.search(r"[$%]\{", written)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", written)
    assert not re.search(r'(?<!\\)(\\\\)*"', written[1:-1])


@pytest.mark.parametrize("value", [None, 1.5, b"x", {1, 2}, object(), [None], {"a": None}])
def test_what_has_no_literal_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no HCL literal"):
        literal(value)


@pytest.mark.terraform
def test_terraform_reads_back_every_hostile_pair(tmp_path: Path) -> None:
    """Its own word: the console evaluates the literals and prints them as JSON.

    Terraform normalises text to NFC, which changes no meaning.
    """
    terraform = shutil.which("terraform") or shutil.which("tofu")
    if terraform is None:
        pytest.skip("neither terraform nor tofu is on the PATH")
    texts = [*HOSTILE, *map("".join, product(HOSTILE, repeat=2))]
    done = subprocess.run(
        [terraform, "console"],
        cwd=tmp_path,
        input=f'join(" ", [for text in {literal(texts)} : base64encode(text)])\n',
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    read = [b64decode(word).decode() for word in json.loads(done.stdout).split(" ")]
    assert read == [unicodedata.normalize("NFC", text) for text in texts]
