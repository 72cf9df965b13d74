"""Every record that the ledger ever kept, of every module."""

from __future__ import annotations

from gitiam.auditing.values import Books
from gitiam.models import ModuleKey
from gitiam.modules import Record
from gitiam.sync.store.inspection import Inspection
from gitiam.sync.store.ledger import Ledger


def books_of(ledger: Ledger) -> Books:
    """All of `history/`. GitiamError where the store cannot be reached."""
    inspection = Inspection(ledger)
    catalogue = inspection.catalogue()
    keys = [(module, key) for module, names in catalogue.history.items() for key in names]
    read = inspection.past(key for _, key in keys)
    records: dict[ModuleKey, list[Record]] = {}
    gaps = [f"{key} is not of gitiam" for key in catalogue.strays if key.startswith("history/")]
    for (module, key), record in zip(keys, read, strict=True):
        if record is None:
            gaps.append(f"{key} cannot be read")
        else:
            records.setdefault(module, []).append(record)
    gaps += (
        f"{module} has been applied, and there is no record of it in history/"
        for module, standing in catalogue.standings.items()
        if standing.digests and module not in records
    )
    in_order = {
        module: tuple(sorted(found, key=lambda record: record.applied_at))
        for module, found in records.items()
    }
    return Books(in_order, tuple(sorted(gaps)))
