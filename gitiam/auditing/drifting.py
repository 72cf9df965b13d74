"""What `gitiam drift --format json` found → the lines of the audit that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from gitiam.auditing.values import Permission, Source
from gitiam.canonical import strict_json


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between live IAM and the estate; `origins` are the files it is about."""

    account: str
    principal: str
    words: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drifted:
    """A report of drift; `unread` is what it could not compare."""

    differences: tuple[Difference, ...]
    unread: tuple[str, ...]

    @property
    def source(self) -> Source:
        """How complete it is."""
        gaps = tuple(f"not compared: {what}" for what in self.unread)
        return Source("drift", "incomplete" if gaps else "read", gaps)


def parse_drift(text: str) -> Drifted:
    """ValueError for anything but what gitiam prints."""
    try:
        body = strict_json(text)
        return Drifted(
            tuple(map(_difference, _list(body["drift"]))),
            tuple(
                ": ".join(filter(None, (_text(one[name]) for name in ("account", "reason"))))
                for one in _list(body["unread"])
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not what `gitiam drift --format json` prints: {error}") from error


def with_drift(permissions: Iterable[Permission], drifted: Drifted) -> tuple[Permission, ...]:
    """The same, each with the differences that are about it.

    A difference that names no file is about all that its principal has.
    """
    found: dict[tuple[str, str], list[Difference]] = {}
    for one in drifted.differences:
        found.setdefault((one.account, one.principal), []).append(one)
    return tuple(
        replace(row, drift=words) if (words := _about(row, found)) else row for row in permissions
    )


def _about(row: Permission, found: dict[tuple[str, str], list[Difference]]) -> tuple[str, ...]:
    if row.applied is None:
        return ()
    there = found.get((row.account, row.principal), ())
    return tuple(
        one.words
        for one in there
        if row.path in one.origins or (not one.origins and not row.ended_at)
    )


def _difference(body: Any) -> Difference:
    what = " ".join(filter(None, (_text(body["kind"]), _text(body["what"]), _text(body["name"]))))
    origins = tuple(map(_text, _list(body["details"].get("origins", []))))
    return Difference(_text(body["account"]), _text(body["principal"]), what, origins)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("expected a list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected text")
    return value
