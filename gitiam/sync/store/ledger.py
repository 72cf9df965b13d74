"""The ledger: which module digest was last applied, and by whom.

One object per module whose key holds the digest, `ledger/ACCOUNT/KIND/NAME/DIGEST.json`: one
listing tells the whole estate, and two writers of different modules never touch the same object.
A marker, `…/NAME/applying.json`, is put down before Terraform starts and taken away after the
record is written: while it stands, what is live is not known, and the module is pending. So a
killed run is picked up by the next, even when the desired state has meanwhile gone back to what it
was before. The marker is also the lock of the module: see `lease`.

Every record is kept for good under `history/`, since records proper are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Marker, Record, Standing
from gitiam.sync.store.objects import Held, Objects, at_once

_ENTRY = re.compile(r"ledger/(?P<module>[^/]+/[^/]+/[^/]+)/(?P<name>[0-9a-f]{64}|applying)\.json")


@dataclass(frozen=True, slots=True)
class Page:
    """All that the ledger holds of one module; `versions` are those of its records, by digest."""

    standing: Standing = field(default_factory=Standing)
    records: tuple[Record, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def record(self) -> Record | None:
        """What was recorded at the last apply that ended well; None when there is no such thing.

        Where several digests stand, a crash fell between writing the new record and removing the
        old one; the one that was applied last speaks.
        """
        return max(self.records, key=lambda record: record.applied_at, default=None)


class Ledger:
    """Reads and writes the ledger of one estate."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def standings(self) -> dict[ModuleKey, Standing]:
        """The whole estate, in one listing. GitiamError for a key that gitiam did not write."""
        return self._standings("ledger/")

    def page(self, module: ModuleKey, guess: Standing | None = None) -> Page:
        """What the ledger holds of one module now; `guess` is what it held, and saves time."""
        names = list(guess.digests) if guess else []
        listed, *read = at_once(
            self.objects,
            lambda: self._standings(f"ledger/{module}/").get(module, Standing()),
            *(self._reading(module, name) for name in names),
        )
        held: dict[str, Held | None] = dict(zip(names, read, strict=True))
        missed = [name for name in listed.digests if name not in held]
        calls = [self._reading(module, name) for name in missed]
        held |= zip(missed, at_once(self.objects, *calls), strict=True)
        there = {name: found for name in listed.digests if (found := held[name]) is not None}
        return Page(
            standing=listed,
            records=tuple(r for d, h in there.items() if (r := _record(d, h.data)) is not None),
            versions={digest: found.version for digest, found in there.items()},
        )

    def record(self, module: ModuleKey, standing: Standing) -> Record | None:
        """What was recorded at the last apply that ended well; None when there is no such thing."""
        raw = {digest: self.objects.get(record_key(module, digest)) for digest in standing.digests}
        records = [r for d, data in raw.items() if data and (r := _record(d, data)) is not None]
        return Page(records=tuple(records)).record

    def marker(self, module: ModuleKey) -> Marker | None:
        """What an apply that has not ended, or not well, put down; None when there is none.

        GitiamError when it cannot be read: it is never taken for none.
        """
        raw = self.objects.get(marker_key(module))
        return None if raw is None else read_marker(module, raw)

    def begin(self, module: ModuleKey, marker: Marker) -> None:
        """Put a marker down, whatever is there. For one that nobody holds: see `lease`."""
        self.objects.put(marker_key(module), marker.as_text().encode())

    def finish(
        self,
        module: ModuleKey,
        record: Record,
        replaces: Standing,
        versions: Mapping[str, str] | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        """Record a successful apply. A crash between any two steps leaves the module pending.

        Record and history go together: were the record there and its history not, the marker would
        still stand, and the next apply puts the history in place before it replaces the record
        (`remember`). The marker goes with the old records: where one of them stays, the module has
        two, and is pending. But neither may go before the new record is there.
        `versions` are those of the records that are replaced, as far as they are known: what
        has been written meanwhile is somebody else's, and stays. `end` takes the marker away.
        """
        known = versions or {}
        at_once(
            self.objects,
            lambda: self.remember(module, record),
            lambda: self._put(module, record, replaces, known),
        )
        old = [digest for digest in replaces.digests if digest != record.digest]
        at_once(
            self.objects,
            *(self._removal(module, digest, known) for digest in old),
            end or self._end(module),
        )

    def forget(
        self,
        module: ModuleKey,
        record: Record,
        replaces: Standing,
        versions: Mapping[str, str] | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        """Record that the module was emptied: the principal has left the estate.

        One after the other: here no new record holds what a crash would lose.
        """
        self.remember(module, record)
        for digest in replaces.digests:
            self._removal(module, digest, versions or {})()
        (end or self._end(module))()

    def remember(self, module: ModuleKey, record: Record) -> None:
        """Keep a record for good. To do it again changes nothing."""
        name = f"{_stamp(record.applied_at)}-{record.digest[:12]}"
        self.objects.put(f"history/{module}/{name}.json", record.as_text().encode())

    def _standings(self, prefix: str) -> dict[ModuleKey, Standing]:
        digests: dict[ModuleKey, list[str]] = {}
        unfinished: set[ModuleKey] = set()
        for key in self.objects.keys(prefix):
            module, name = parse_entry(key)
            known = digests.setdefault(module, [])
            if name == "applying":
                unfinished.add(module)
            else:
                known.append(name)
        return {
            module: Standing(tuple(sorted(known)), module in unfinished)
            for module, known in digests.items()
        }

    def _reading(self, module: ModuleKey, digest: str) -> Callable[[], Held | None]:
        return lambda: self.objects.read(record_key(module, digest))

    def _put(
        self, module: ModuleKey, record: Record, replaces: Standing, versions: Mapping[str, str]
    ) -> None:
        key, data = record_key(module, record.digest), record.as_text().encode()
        if record.digest in versions:
            is_put = self.objects.replace(key, data, versions[record.digest])
        elif record.digest not in replaces.digests:
            is_put = self.objects.create(key, data)
        else:
            self.objects.put(key, data)
            return
        if is_put is None:
            raise GitiamError(
                f"another run has recorded {module} meanwhile",
                hint="Run `gitiam apply` again: it sees what both have done",
            )

    def _removal(
        self, module: ModuleKey, digest: str, versions: Mapping[str, str]
    ) -> Callable[[], object]:
        key = record_key(module, digest)
        if digest in versions:
            return lambda: self.objects.remove(key, versions[digest])
        return lambda: self.objects.delete(key)

    def _end(self, module: ModuleKey) -> Callable[[], None]:
        return lambda: self.objects.delete(marker_key(module))


def record_key(module: ModuleKey, digest: str) -> str:
    """Where the record of this digest lies."""
    return f"ledger/{module}/{digest}.json"


def marker_key(module: ModuleKey) -> str:
    """Where the module's marker lies."""
    return f"ledger/{module}/applying.json"


def read_marker(module: ModuleKey, raw: bytes) -> Marker:
    """The marker in these bytes; GitiamError when there is none in them.

    What is at work, or was begun, is then not known, and nothing may be taken for granted.
    """
    try:
        return Marker.from_text(raw.decode())
    except ValueError:
        raise GitiamError(
            f"the marker {marker_key(module)} cannot be read, so what was begun is not known",
            hint=f"`gitiam ledger repair {module}` moves it aside and tells what that means",
        ) from None


def _stamp(applied_at: str) -> str:
    """`20261123T120000.000000Z`; `strftime` would not pad an early year."""
    moment = datetime.fromisoformat(applied_at).astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds").replace("-", "").replace(":", "") + "Z"


def _record(digest: str, raw: bytes) -> Record | None:
    """The record in these bytes, if there is one, and of this digest."""
    try:
        record = Record.from_text(raw.decode())
    except ValueError:
        return None
    return record if record.digest == digest else None


def parse_entry(key: str) -> tuple[ModuleKey, str]:
    """Which module's, and the digest or `applying`; GitiamError for what gitiam did not write."""
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
