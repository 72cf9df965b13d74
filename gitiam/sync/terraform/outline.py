"""The outline of a module's Terraform text: which blocks and arguments it has, and where.

It reads the native syntax as HashiCorp's "HCL Native Syntax Specification" has it, or less: what
this reader does not take for certain it refuses, so that nothing can hide from it. Values are
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|(?:#|//)[^\n]*|/\*(?s:.*?)\*/)"
    r"|(?P<line>\n)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r'|(?P<text>")'
    r"|(?P<open>[\[({])"
    r"|(?P<close>[\])}])"
    r"|(?P<heredoc><<)"
    r"|(?P<sign>[0-9=,.?:!<>&|+*/%-])"
)
#: A piece of a quoted text. `$${` is refused: what it means behind another `$` is not certain.
_PIECE = re.compile(r'[^"\\$%\n]+|\\.|(?P<end>")|(?P<template>[$%]\{)|[$%](?![$%]*\{)')
_PLAIN_LABEL = re.compile(r"[\w./-]*", re.ASCII)
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 40


class UnclearError(ValueError):
    """The text is not Terraform's, or more than this reader understands; it says where."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A block, or an argument (`labels` is None), within blocks of the types in `path`."""

    path: tuple[str, ...]
    name: str
    labels: tuple[str, ...] | None

    def __str__(self) -> str:
        return " in ".join(f"`{part}`" for part in (self.name, *reversed(self.path)))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def outline(text: str) -> list[Entry]:
    """Every block and argument, in the order of the text; UnclearError."""
    return list(_Reader(text).body(()))


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text, 0, 0))
        self._next = 0

    def body(self, path: tuple[str, ...]) -> Iterator[Entry]:
        """What stands between a block's braces; in the whole text, if there is no path."""
        if len(path) > _DEEPEST:
            raise self._unclear("it is nested too deeply")
        while True:
            token = self._take()
            if token.kind == "line":
                continue
            if token.kind == "end" and not path:
                return
            if token.text == "}" and token.kind == "close" and path:
                return
            if token.kind != "name":
                raise self._unclear(f"{token.text or 'its end'!r} stands where a name should")
            yield from self._entry(path, token.text)

    def _entry(self, path: tuple[str, ...], name: str) -> Iterator[Entry]:
        labels = []
        while (token := self._take()).kind in ("name", "text"):
            labels.append(self._label(token))
        if token.text == "=" and not labels:
            yield Entry(path, name, None)
            self._pass_over_value()
        elif token.text == "{":
            yield Entry(path, name, tuple(labels))
            yield from self.body((*path, name))
            if self._peek().kind not in ("line", "end") and self._peek().text != "}":
                raise self._unclear("a block is not alone on its line")
        else:
            raise self._unclear(f"{token.text or 'its end'!r} stands behind {name}")

    def _label(self, token: _Token) -> str:
        label = token.text[1:-1] if token.kind == "text" else token.text
        if not _PLAIN_LABEL.fullmatch(label):
            raise self._unclear("a label is no plain name")
        return label

    def _pass_over_value(self) -> None:
        open_: list[str] = []
        while True:
            token = self._peek()
            if token.kind == "end" or (token.kind in ("line", "close") and not open_):
                if open_:
                    raise self._unclear(f"{open_[-1]!r} is missing")
                return
            self._take()
            if token.kind == "open":
                open_.append(_CLOSES[token.text])
            elif token.kind == "close" and token.text != open_.pop():
                raise self._unclear(f"{token.text!r} closes something else")

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek()
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _unclear(self, why: str) -> UnclearError:
        return _unclear(self._text, self._tokens[max(0, self._next - 1)].at, why)


def _tokens(text: str, at: int, depth: int) -> Iterator[_Token]:
    """All tokens of the text; within a template, those up to the brace that ends it."""
    open_ = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        kind = found.lastgroup if found else None
        if found is None or kind == "heredoc" or (depth and kind == "line"):
            raise _unclear(text, at, "there is something that gitiam does not read")
        end = found.end()
        if kind == "text":
            end = _end_of_text(text, end, depth)
        if depth:
            open_ += (found[0] == "{") - (found[0] == "}")
        if kind != "space":
            yield _Token(str(kind), text[at:end], at)
        if open_ < 0:
            return
        at = end
    if depth:
        raise _unclear(text, at, "a template does not end")
    yield _Token("end", "", at)


def _end_of_text(text: str, at: int, depth: int) -> int:
    """Behind the quotation mark that ends a text."""
    if depth > _DEEPEST:
        raise _unclear(text, at, "it is nested too deeply")
    while True:
        piece = _PIECE.match(text, at)
        if piece is None:
            raise _unclear(text, at, "a text does not end on its line, or has `$${`")
        at = piece.end()
        if piece.lastgroup == "end":
            return at
        if piece.lastgroup == "template":
            *_, last = _tokens(text, at, depth + 1)
            at = last.at + 1


def _unclear(text: str, at: int, why: str) -> UnclearError:
    return UnclearError(f"line {text.count(chr(10), 0, at) + 1}: {why}")
