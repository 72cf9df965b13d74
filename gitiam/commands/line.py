"""The one line of a comment → a command. What is not exactly one is refused, never guessed at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gitiam.approvals.names import shown
from gitiam.errors import GitiamError

#: What every command begins with; a workflow looks for it before it starts anything.
CALL = "/gitiam"
USAGE = (
    "/gitiam explain [FILE]",
    "/gitiam extend DAYSd|YYYY-MM-DD [FILE]",
    "/gitiam revoke [FILE]",
    "/gitiam retry",
)

_LONGEST = 500
_DAYS = re.compile(r"([1-9][0-9]{0,2})d")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_DAYS = 366
# No part begins with a dot: so none is the folder above, or hidden.
_PATH = re.compile(
    r"requests/([A-Za-z0-9][A-Za-z0-9._-]{0,200}/){0,8}[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.ya?ml"
)


class Verb(StrEnum):
    """What can be ordered."""

    EXPLAIN = "explain"
    EXTEND = "extend"
    REVOKE = "revoke"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Command:
    """`extend` has either `days` or `until`; `path` is the file that is meant, if named."""

    verb: Verb
    path: str | None = None
    days: int | None = None
    until: date | None = None


class NoCommandError(GitiamError):
    """A comment that begins like a command, and is none."""


def command_from(body: str) -> Command:
    """The command; NoCommandError says what is wrong with the line."""
    line = body.rstrip(" \t\r\n")
    if "\n" in line or "\r" in line:
        raise NoCommandError("a command is one line, with nothing below it")
    if len(line) > _LONGEST or not line.isascii() or not line.replace("\t", " ").isprintable():
        raise NoCommandError("a command is a short line of plain letters, digits and signs")
    call, *words = line.split() or [""]
    if call != CALL or not line.startswith(CALL):
        raise NoCommandError(f"a command begins with {CALL} and a space")
    if not words:
        raise NoCommandError("it does not say what to do")
    name, *rest = words
    if name not in set(Verb):
        raise NoCommandError(f"there is no command “{shown(name)}”")
    return _with_arguments(Verb(name), rest)


def is_request_path(path: str) -> bool:
    """Whether a file of this path can be named in a command."""
    return _PATH.fullmatch(path) is not None


def _with_arguments(verb: Verb, words: list[str]) -> Command:
    days: int | None = None
    until: date | None = None
    if verb is Verb.EXTEND:
        if not words:
            raise NoCommandError("it does not say for how long: 14d, or 2027-01-15")
        days, until = _how_long(words.pop(0))
    path = words.pop(0) if words and verb is not Verb.RETRY else None
    if path is not None and not is_request_path(path):
        raise NoCommandError(f"“{shown(path)}” is not the path of a request file")
    if words:
        raise NoCommandError(f"nobody can say what “{shown(words[0])}” means there")
    return Command(verb, path, days, until)


def _how_long(word: str) -> tuple[int | None, date | None]:
    if found := _DAYS.fullmatch(word):
        days = int(found[1])
        if days <= _MOST_DAYS:
            return days, None
        raise NoCommandError(f"{days} days are more than the {_MOST_DAYS} that can be asked for")
    if _DATE.fullmatch(word):
        try:
            return None, date.fromisoformat(word)
        except ValueError:
            raise NoCommandError(f"there is no day {word}") from None
    raise NoCommandError(f"“{shown(word)}” is neither days, such as 14d, nor a day: 2027-01-15")
