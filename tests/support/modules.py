"""Modules, records and changes from literals, for tests that need no estate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256

from gitiam.config import Account
from gitiam.models import ModuleKey
from gitiam.modules import Change, Marker, Module, Record

ACCOUNTS = {
    "prod": Account("prod", "111122223333"),
    "dev": Account("dev", "444455556666"),
}


def hex_of(content: str) -> str:
    """A digest that belongs to this content."""
    return sha256(content.encode()).hexdigest()


def module(
    key: str,
    content: str = "",
    origins: Mapping[str, str] | Iterable[str] = ("requests/x.yaml",),
    *,
    creates: Mapping[str, str] | None = None,
    imports: Mapping[str, str] | None = None,
    empty: bool = False,
) -> Module:
    """A module whose digest depends on its content; origins by name get that as fingerprint.

    What it creates can be imported by ARN, where `imports` does not say otherwise.
    """
    parts = origins if isinstance(origins, Mapping) else dict.fromkeys(origins, content)
    parsed = ModuleKey.parse(key)
    return Module(
        key=parsed,
        account=ACCOUNTS[parsed.account],
        files={"main.tf": content},
        digest=hex_of(content),
        origins={} if empty else parts,
        creates=creates or {},
        imports={**(creates or {}), **(imports or {})},
        is_empty=empty,
    )


def emptied(key: ModuleKey) -> Module:
    """The module that takes all away."""
    return module(str(key), "nothing", empty=True)


def record(found: Module, at: str = "2026-11-23T12:00:00.000000+00:00") -> Record:
    """What the ledger keeps when this module was applied."""
    return Record(found.digest, found.origins, found.creates, at, {"actor": "tests"}, ("a reason",))


def marker(found: Module, *absent: str) -> Marker:
    """What an apply of this module puts down before it begins."""
    started = "2026-11-23T11:59:00.000000+00:00"
    return Marker(found.digest, absent, found.creates, found.imports, found.files, started)


def change(
    found: Module, *reasons: str, previous: str | None = None, before: Module | None = None
) -> Change:
    """A pending change of this module; of a new one, where nothing says what was before it."""
    return Change(
        found,
        before.digest if before else previous,
        reasons or ("requests/x.yaml added",),
        record=replace(record(before), files=before.files) if before else None,
        is_new=before is None and previous is None,
    )
