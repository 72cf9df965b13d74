"""What an inspection of the ledger and the states tells, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gitiam.models import ModuleKey
from gitiam.modules import Marker, Record, StateVersion


class Flaw(StrEnum):
    """What can be wrong; each has a remedy."""

    SEVERAL_RECORDS = "several-records"
    UNREADABLE_RECORD = "unreadable-record"
    UNREADABLE_MARKER = "unreadable-marker"
    UNFINISHED = "unfinished"
    DAMAGED_STATE = "damaged-state"
    MISSING_RESOURCES = "missing-resources"
    ORPHAN_STATE = "orphan-state"
    STATE_LOCK = "state-lock"
    STRAY_OBJECT = "stray-object"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong; `where` is a module, or the key of an object that is no module's."""

    where: str
    flaw: Flaw
    what: str
    remedy: str

    def as_json(self) -> dict[str, str]:
        """As `ledger verify` prints it for machines."""
        return {
            "where": self.where,
            "flaw": self.flaw,
            "what": self.what,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One module in the ledger. `held_by` is who is applying it now, as far as can be seen."""

    key: ModuleKey
    record: Record | None
    is_unfinished: bool
    held_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As `ledger list` prints it for machines."""
        return {
            "account": self.key.account,
            "principal": self.key.principal,
            "digest": self.record.digest if self.record else None,
            "applied_at": self.record.applied_at if self.record else None,
            "run": dict(self.record.run) if self.record else {},
            "unfinished": self.is_unfinished,
            "held_by": self.held_by,
        }


@dataclass(frozen=True, slots=True)
class Biography:
    """All that the store holds of one module; the history from the first apply to the last."""

    entry: Entry
    marker: Marker | None
    state: StateVersion | None
    addresses: tuple[str, ...]
    history: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """What a repair did, or would do, and what the next apply makes of it."""

    where: str
    what: str
    next: str

    def as_json(self) -> dict[str, str]:
        """As `ledger repair` prints it for machines."""
        return {"where": self.where, "what": self.what, "next": self.next}
