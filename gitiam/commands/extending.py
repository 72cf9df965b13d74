"""A request file with a later end; all else in it, comments and layout too, stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gitiam.commands.line import Command
from gitiam.edits import applied
from gitiam.errors import GitiamError
from gitiam.findings import Fix
from gitiam.load.document import Document, DocumentError, read_document

_KEY = "expires"


class CannotExtendError(GitiamError):
    """The file has no end that could come later."""


@dataclass(frozen=True, slots=True)
class Extended:
    """The file as it becomes; `before` and `until` are what stood, and stands now, at `expires`."""

    path: str
    text: str
    before: str
    until: date


def extended(path: str, raw: bytes, command: Command, now: datetime) -> Extended:
    """The file with the end that the command asks for; CannotExtendError says why not.

    Days are counted from the last day with access, or from today where that has passed.
    """
    document = _read(path, raw)
    before = _written(document)
    last = _last_day(before)
    today = now.astimezone(UTC).date()
    until = command.until or _later(max(last, today), command.days or 0)
    if until <= last:
        raise CannotExtendError(f"{path} lasts until {before} already; {until} would not be later")
    if until < today:
        raise CannotExtendError(f"{until} is past")
    text, done = applied(
        document.text, [Fix("extend", document.place(_KEY), until.isoformat(), safe=False)]
    )
    if not done or _data(path, text) != {**document.data, _KEY: until.isoformat()}:
        raise CannotExtendError(f"the end of {path} cannot be changed by itself; edit the file")
    return Extended(path, text, before, until)


def _read(path: str, raw: bytes) -> Document:
    try:
        return read_document(path, raw)
    except DocumentError as error:
        raise CannotExtendError(f"{path} cannot be read: {error}") from None


def _data(path: str, text: str) -> Any:
    try:
        return read_document(path, text.encode()).data
    except DocumentError:
        return None


def _written(document: Document) -> str:
    data = document.data
    found = data.get(_KEY) if isinstance(data, dict) else None
    if not isinstance(found, str):
        raise CannotExtendError(f"{document.path} has no end of its own")
    return found


def _last_day(text: str) -> date:
    """The last day with access; that of an instant counts, though access ends in it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.upper())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()
    except (ValueError, OverflowError):
        raise CannotExtendError("what stands at its `expires` is no date") from None


def _later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise CannotExtendError("there is no such day") from None
