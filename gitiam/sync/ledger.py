"""The ledger: which module digest was last applied, and by whom.

One object per module whose key holds the digest, `ledger/ACCOUNT/KIND/NAME/DIGEST.json`: one
listing tells the whole estate, and two writers of different modules never touch the same object.
A marker, `…/NAME/applying.json`, is put down before Terraform starts and taken away after the
record is written: while it stands, what is live is not known, and the module is pending. So a
killed run is picked up by the next, even when the desired state has meanwhile gone back to what it
was before.

Every record is kept for good under `history/`, since records proper are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Marker, Record, Standing
from gitiam.sync.objects import Objects

_Kept = TypeVar("_Kept", Record, Marker)

_ENTRY = re.compile(r"ledger/(?P<module>[^/]+/[^/]+/[^/]+)/(?P<name>[0-9a-f]{64}|applying)\.json")


class Ledger:
    """Reads and writes the ledger of one estate."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def standings(self) -> dict[ModuleKey, Standing]:
        """The whole estate, in one listing. GitiamError for a key that gitiam did not write."""
        digests: dict[ModuleKey, list[str]] = {}
        unfinished: set[ModuleKey] = set()
        for key in self.objects.keys("ledger/"):
            module, name = _parse(key)
            known = digests.setdefault(module, [])
            if name == "applying":
                unfinished.add(module)
            else:
                known.append(name)
        return {
            module: Standing(tuple(sorted(known)), module in unfinished)
            for module, known in digests.items()
        }

    def record(self, module: ModuleKey, standing: Standing) -> Record | None:
        """What was recorded at the last apply that ended well; None when there is no such thing.

        Where several digests stand, a crash fell between writing the new record and removing the
        old one; the one that was applied last speaks.
        """
        records = [
            record
            for digest in standing.digests
            if (record := self._read(_key(module, digest), Record)) is not None
            and record.digest == digest
        ]
        return max(records, key=lambda record: record.applied_at, default=None)

    def marker(self, module: ModuleKey) -> Marker | None:
        """What an apply that did not end left behind; None when there is no such thing."""
        return self._read(_key(module, "applying"), Marker)

    def begin(self, module: ModuleKey, marker: Marker) -> None:
        """Say that an apply of this module begins."""
        self.objects.put(_key(module, "applying"), marker.as_text().encode())

    def finish(self, module: ModuleKey, record: Record, replaces: Standing) -> None:
        """Record a successful apply. A crash between any two steps leaves the module pending."""
        self._remember(module, record)
        self.objects.put(_key(module, record.digest), record.as_text().encode())
        self._remove(module, (d for d in replaces.digests if d != record.digest))

    def forget(self, module: ModuleKey, record: Record, replaces: Standing) -> None:
        """Record that the module was emptied: the principal has left the estate."""
        self._remember(module, record)
        self._remove(module, replaces.digests)

    def _remember(self, module: ModuleKey, record: Record) -> None:
        moment = datetime.fromisoformat(record.applied_at).strftime("%Y%m%dT%H%M%S.%fZ")
        key = f"history/{module}/{moment}-{record.digest[:12]}.json"
        self.objects.put(key, record.as_text().encode())

    def _remove(self, module: ModuleKey, digests: Iterable[str]) -> None:
        for digest in digests:
            self.objects.delete(_key(module, digest))
        self.objects.delete(_key(module, "applying"))

    def _read(self, key: str, kind: type[_Kept]) -> _Kept | None:
        raw = self.objects.get(key)
        if raw is None:
            return None
        try:
            return kind.from_text(raw.decode())
        except ValueError:
            return None


def _key(module: ModuleKey, name: str) -> str:
    return f"ledger/{module}/{name}.json"


def _parse(key: str) -> tuple[ModuleKey, str]:
    found = _ENTRY.fullmatch(key)
    try:
        if found:
            return ModuleKey.parse(found["module"]), found["name"]
    except ValueError:
        pass
    raise GitiamError(
        f"the ledger holds {key}, which gitiam did not write",
        hint="Find out who did; move it away to go on",
    )
