r"""Python values → HCL literals, so that no text can be anything but text.

Escapes follow the HCL native syntax specification ("Template expressions"). The brace after `$` or
`%` is written as `\u007b`: the doubled `$${` is ambiguous when another `$` stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLAIN = re.compile(r'[^\\"$%\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*')
_SPECIAL = re.compile(r'(?<=[$%])\{|[\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]')
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(value: Any) -> str:
    """The HCL literal of text, a truth value, a whole number, or lists and mappings of them.

    A mapping has a line for each pair, indented as an argument of a resource is.
    Anything else raises TypeError: a template that prints an undefined name must not pass.
    """
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        pairs = [f"{_quoted(key)} = {literal(item)}" for key, item in value.items()]
        return "{\n    " + "\n    ".join(pairs) + "\n  }" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"{type(value).__name__} has no HCL literal")


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return f'"{_SPECIAL.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
