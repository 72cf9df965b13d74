"""YAML → plain data, strictly, with the line and column of every value.

Every scalar is text until the schema says otherwise: no octal account ids, no `NO` that turns
false. Only `null`, `~` and nothing at all become None. Tags, duplicate keys, keys that are not
text, cyclic or exploding aliases, deep nesting, several documents and files over a sane size are
refused.

Places are found again when somebody asks, by a second pass over the same text: findings are rare,
requests are many, and a node tree weighs a hundred times the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from gitiam.findings import Finding, Location, Severity
from gitiam.load.entries import entry_in
from gitiam.models import Step

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_VALUES = 10_000

RULE = "malformed-yaml"

#: What libyaml's words mean to people who write a request once a year.
_YAML_HINTS = {
    "mapping values are not allowed": "text with a colon and a space in it needs quotes",
    "found character that cannot start any token": "indent with spaces, and quote text that begins"
    " with @, ` or %",
    "did not find expected alphabetic or numeric": "text that begins with * or & needs quotes",
    "did not find expected ',' or": "text with braces, brackets or commas in it needs quotes",
    "did not find expected key": "is a line indented too far, or a quote not closed?",
    "could not find expected ':'": "a line is not `key: value`; is a colon missing?",
}

_NULLS = frozenset(["", "~", "null", "Null", "NULL"])
_Path = tuple[Step, ...]


class DocumentError(Exception):
    """The file is not one that gitiam reads; `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True)
class Document:
    """One YAML file: its path relative to the estate, its text and its data."""

    path: str
    text: str = field(repr=False)
    data: Any = field(repr=False)

    def place(self, *steps: Step) -> Location:
        """Where the value at these keys and indexes stands, or its nearest parent if absent."""
        path: _Path = steps
        while path and path not in self._places.values:
            path = path[:-1]
        return self._places.values.get(path, Location(self.path))

    def place_of_key(self, *steps: Step) -> Location:
        """Where the last key itself stands, rather than its value."""
        return self._places.keys.get(steps) or self.place(*steps)

    def place_of_entry(self, *steps: Step) -> Location | None:
        """What to take out so that this entry of a list is gone, with its dash or comma.

        None where that cannot be done without losing more, or the list has no other entry.
        """
        *parents, index = steps
        known = self._places.values
        here = known.get(steps)
        if here is None or not isinstance(index, int):
            return None
        before, after = (known.get((*parents, index + step)) for step in (-1, 1))
        return entry_in(self.text, here, before, after)

    @cached_property
    def _places(self) -> _Places:
        places = _Places()
        _Builder(self.path, self.text, places).build()
        return places


def read_document(path: str, raw: bytes) -> Document:
    """Parse one file's bytes; DocumentError when they are not acceptable YAML."""
    if len(raw) > MAX_BYTES:
        raise _refusal(
            Location(path), f"the file has {len(raw):,} bytes; {MAX_BYTES:,} are the most"
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise _refusal(
            Location(path, line, column), "the file is not UTF-8; save it as UTF-8"
        ) from None
    return Document(path, text, _Builder(path, text).build())


def _refusal(location: Location, message: str) -> DocumentError:
    return DocumentError(Finding(RULE, Severity.ERROR, location, message))


@dataclass
class _Places:
    values: dict[_Path, Location] = field(default_factory=dict)
    keys: dict[_Path, Location] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """A collection that is being filled, and what is needed to fill it."""

    container: dict[str, Any] | list[Any]
    first_value: int
    anchor: str | None
    start: Any
    path: _Path
    key: str | None = None


class _Builder:
    """One pass over the parser's events. Iterative, so that nesting cannot exhaust the stack."""

    def __init__(self, path: str, text: str, places: _Places | None = None) -> None:
        self.path = path
        self.text = text
        self.places = places
        self.stack: list[_Open] = []
        self.values = 0
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.result: Any = None

    def build(self) -> Any:
        documents = 0
        parser = None
        try:
            parser = yaml.CBaseLoader(self.text)
            # A for loop over a generator would take a tenth longer, and this is most of the time.
            while (event := parser.get_event()) is not None:
                kind = type(event)
                if kind is yaml.ScalarEvent:
                    self._scalar(event)
                elif kind is yaml.MappingStartEvent:
                    self._open({}, event)
                elif kind is yaml.SequenceStartEvent:
                    self._open([], event)
                elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                    self._close(event)
                elif kind is yaml.AliasEvent:
                    self._alias(event)
                elif kind is yaml.DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        raise self._refuse(event, "a second YAML document; one file, one document")
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except yaml.YAMLError as error:
            raise _refusal(Location(self.path), f"not YAML: {error}".split("\n")[0]) from None
        finally:
            if parser is not None:
                parser.dispose()
        return self.result

    def _scalar(self, event: Any) -> None:
        if event.tag is not None:
            raise self._refuse(event, f"the YAML tag {event.tag!r} is not allowed; remove it")
        plain_null = not event.style and event.value in _NULLS
        self._count(event)
        value = None if plain_null else event.value
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._add(value, event, event.end_mark)

    def _open(self, container: dict[str, Any] | list[Any], event: Any) -> None:
        if event.tag is not None:
            raise self._refuse(event, f"the YAML tag {event.tag!r} is not allowed; remove it")
        if len(self.stack) >= MAX_DEPTH:
            raise self._refuse(event, f"nested more than {MAX_DEPTH} deep")
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.container, dict) and top.key is None:
            raise self._refuse(event, "a key must be text")
        self._count(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        here = self._here() if self.places is not None else ()
        self.stack.append(_Open(container, self.values, event.anchor, event, here))

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.container, self.values - done.first_value + 1)
        self._add(done.container, done.start, event.end_mark)

    def _alias(self, event: Any) -> None:
        anchored = self.anchors.get(event.anchor)
        if anchored is None:
            problem = "refers to itself" if event.anchor in self.anchors else "is not defined"
            raise self._refuse(event, f"the alias *{event.anchor} {problem}")
        value, size = anchored
        self._count(event, size)
        self._add(value, event, event.end_mark)

    def _add(self, value: Any, event: Any, end: Any) -> None:
        if not self.stack:
            self.result = value
            self._note(event, end)
            return
        top = self.stack[-1]
        if isinstance(top.container, list):
            self._note(event, end)
            top.container.append(value)
        elif top.key is None:
            if not isinstance(value, str):
                raise self._refuse(event, "a key must be text")
            if value in top.container:
                raise self._refuse(event, f"the key `{value}` stands here twice; keep one")
            top.key = value
            if self.places is not None:
                self.places.keys[self._here()] = self._location(event, event.end_mark)
        else:
            self._note(event, end)
            top.container[top.key] = value
            top.key = None

    def _here(self) -> _Path:
        """Where the next value goes, or the value of the last key."""
        if not self.stack:
            return ()
        top = self.stack[-1]
        return (*top.path, len(top.container) if isinstance(top.container, list) else top.key or "")

    def _note(self, event: Any, end: Any) -> None:
        """Called before the value is in its place."""
        if self.places is not None:
            self.places.values[self._here()] = self._location(event, end)

    def _location(self, event: Any, end: Any) -> Location:
        start = event.start_mark
        return Location(self.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _count(self, event: Any, size: int = 1) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            raise self._refuse(
                event, f"more than {MAX_VALUES:,} values (counting what aliases repeat)"
            )

    def _refuse(self, event: Any, message: str) -> DocumentError:
        return _refusal(self._location(event, event.end_mark), message)

    def _syntax(self, error: yaml.MarkedYAMLError) -> DocumentError:
        mark = error.problem_mark or error.context_mark
        place = Location(self.path, mark.line + 1, mark.column + 1) if mark else Location(self.path)
        problem = error.problem or "cannot be read"
        hint = next((hint for sign, hint in _YAML_HINTS.items() if sign in problem), error.context)
        return _refusal(place, f"not YAML: {problem}{f' ({hint})' if hint else ''}")
