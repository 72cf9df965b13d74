"""Terraform's text as Python values, by way of python-hcl2, and strings that would like to be code.

python-hcl2 leaves quoted strings in their quotes, with their escapes, and wraps expressions in
`${…}`; it marks blocks with `__is_block__`. Here a quoted string becomes the text that Terraform
would see, and everything else that is no literal becomes an `Expression`. A quoted string with a
template sequence in it is an expression too: that is what no text of a request may ever become.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import hcl2
from hypothesis import strategies as st

_MARKS = ("__is_block__", "__comments__", "__inline_comments__")
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\\)')
_TEMPLATE = re.compile(r"[$%]\{")
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}

Block = dict[str, Any]


@dataclass(frozen=True)
class Expression:
    """HCL that is to be evaluated."""

    text: str


#: The policy files are read by Terraform; nothing else calls a function.
def policy_file(name: str) -> Expression:
    """How a module reads one of its policies."""
    return Expression(f'file("${{path.module}}/policies/{name}.json")')


def parse(text: str) -> dict[str, Any]:
    """A whole file: `{"locals": …, "resource": {(type, name): arguments}}`, blocks as they come."""
    body = _value(hcl2.loads(text))
    if "resource" in body:
        body["resource"] = _resources(body["resource"])
    return body


def _resources(blocks: list[Block]) -> dict[tuple[str, str], Block]:
    found: dict[tuple[str, str], Block] = {}
    for block in blocks:
        ((kind, named),) = block.items()
        ((name, arguments),) = named.items()
        assert (kind, name) not in found
        found[kind, name] = arguments
    return found


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_key(k): _value(v) for k, v in value.items() if k not in _MARKS}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value


def _key(key: str) -> str:
    decoded = _text(key) if key.startswith('"') else key
    assert isinstance(decoded, str), key
    return decoded


def _text(text: str) -> str | Expression:
    if not text.startswith('"'):
        return Expression(text[2:-1] if text.startswith("${") else text)
    assert text.endswith('"')
    inner = text[1:-1]
    return Expression(text) if _TEMPLATE.search(inner) else _ESCAPE.sub(_unescape, inner)


def _unescape(found: re.Match[str]) -> str:
    short, four, eight, stray = found.groups()
    assert not stray, "a backslash that escapes nothing"
    return _SHORT[short] if short else chr(int(four or eight, 16))


def unique_json(text: str) -> Any:
    """JSON in which no key stands twice: parsers differ in which of the two they take."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once)


#: What HCL, YAML, JSON, Jinja and terminals give a meaning to.
HOSTILE = (
    *('"', "'", "\\", "\n", "\r", "\t", "$", "%", "{", "}", "#", "//", "/*", "*/", "`", ":", "- "),
    *("${", "%{", "$${", "%%{", "${aws:username}", '${file("x")}', "%{ if true }", "%{ endif }"),
    *("<<EOF", "<<-EOF\n", "\nEOF\n", "{{ 7 * 7 }}", "{% raw %}", "{# ", '"\n}\n', "\\u007b"),
    *('resource "aws_iam_user" "x" {}', 'data "external" "x" {}', "{account_id}", "\x1b[31m"),
    *("\x00", "\x07", "\x7f", "\x85", "\u00a0", "é", "ÿ", "\u0301", "\u2028", "\u2029", "\ufeff"),
    *("\U0001f600", "\u202e", "null", "~", "yes", "0123", "<script>", "&amp;", "|", "@everyone"),
)


def hostile(longest: int = 60, last: int = 0x10FFFF) -> st.SearchStrategy[str]:
    """Text of these pieces and of any others, up to the code point `last`; never empty."""
    pieces = [piece for piece in HOSTILE if all(ord(c) <= last for c in piece)]
    anything = st.text(
        st.characters(exclude_categories=["Cs"], max_codepoint=last), min_size=1, max_size=8
    )
    some = st.lists(st.one_of(st.sampled_from(pieces), anything), min_size=1, max_size=6)
    return some.map("".join).map(lambda text: text[:longest])


_NOT_IN_POLICIES = re.compile(r"[^\t\n\r\u0020-\u00ff]")


def hostile_policy_text(longest: int = 60) -> st.SearchStrategy[str]:
    """The same, of what a policy document may hold."""
    kept = hostile(longest, 0xFF).map(lambda text: _NOT_IN_POLICIES.sub("", text))
    return kept.filter(bool)
