"""Looks through the whole store: does every module have one record, and the state it tells of?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from gitiam.errors import GitiamError
from gitiam.ledgers import Biography, Entry, Fault, Flaw
from gitiam.models import ModuleKey
from gitiam.modules import Marker, Record, Standing
from gitiam.sync.store.holders import is_gone
from gitiam.sync.store.lease import is_stale
from gitiam.sync.store.ledger import Ledger, Page, parse_entry
from gitiam.sync.store.objects import Objects
from gitiam.sync.store.state import ModuleState, State, lock_in_bucket

_STATE = re.compile(r"state/(?P<module>[^/]+/[^/]+/[^/]+)\.tfstate(?P<rest>\.tflock|\.backup)?")
_HISTORY = re.compile(
    r"history/(?P<module>[^/]+/[^/]+/[^/]+)/\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{12}\.json"
)
#: How many modules are read at a time: each takes a few short calls, which are mostly waiting.
_READERS = 16

_Seen = TypeVar("_Seen")
Told = Callable[[], None]


@dataclass
class Catalogue:
    """All keys of the store, by module; `strays` are those that gitiam did not write."""

    standings: dict[ModuleKey, Standing] = field(default_factory=dict)
    states: set[ModuleKey] = field(default_factory=set)
    locks: set[ModuleKey] = field(default_factory=set)
    history: dict[ModuleKey, list[str]] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)

    @property
    def modules(self) -> list[ModuleKey]:
        """Every module that has something, in the order of applying."""
        found = {*self.standings, *self.states, *self.locks}
        return sorted(found, key=lambda key: key.order)


@dataclass(frozen=True)
class Sight:
    """One module as it lies in the store. `marker` is None too where it cannot be read."""

    key: ModuleKey
    page: Page
    state: State
    marker: Marker | None = None
    marker_error: GitiamError | None = None
    lock: str | None = None

    @property
    def held_by(self) -> str | None:
        """Who is applying it, unless that run is certainly dead."""
        marker = self.marker
        if marker is None or marker.holder is None:
            return None
        return None if is_gone(marker.holder) or is_stale(marker) else marker.who


@dataclass(frozen=True)
class Inspection:
    """Reads, and changes nothing. `told` hears of every module that has been read."""

    ledger: Ledger
    told: Told = lambda: None

    def catalogue(self) -> Catalogue:
        """Three listings."""
        found = Catalogue()
        digests: dict[ModuleKey, list[str]] = {}
        unfinished: set[ModuleKey] = set()
        for key in self._objects.keys("ledger/"):
            try:
                module, name = parse_entry(key)
            except GitiamError:
                found.strays.append(key)
                continue
            known = digests.setdefault(module, [])
            if name == "applying":
                unfinished.add(module)
            else:
                known.append(name)
        found.standings = {
            module: Standing(tuple(sorted(known)), module in unfinished)
            for module, known in digests.items()
        }
        for key in self._objects.keys("state/"):
            match = _STATE.fullmatch(key)
            module_ = _module(match["module"]) if match else None
            if match is None or module_ is None:
                found.strays.append(key)
            elif match["rest"] == ".tflock":
                found.locks.add(module_)
            elif match["rest"] is None:
                found.states.add(module_)
        for key in self._objects.keys("history/"):
            match = _HISTORY.fullmatch(key)
            module_ = _module(match["module"]) if match else None
            if module_ is None:
                found.strays.append(key)
            else:
                found.history.setdefault(module_, []).append(key)
        return found

    def sights(self, keys: Iterable[ModuleKey], catalogue: Catalogue) -> list[Sight]:
        """These modules, read several at a time."""
        return self._each(list(keys), lambda key: self._sight(key, catalogue))

    def entries(self, keys: Iterable[ModuleKey], catalogue: Catalogue) -> list[Entry]:
        """What `list` shows: without the states."""
        return self._each(list(keys), lambda key: entry_of(self._sight(key, catalogue, brief=True)))

    def biography(self, key: ModuleKey, catalogue: Catalogue) -> Biography:
        """What `show` shows. GitiamError for a module of which there is nothing."""
        keys = sorted(catalogue.history.get(key, ()))
        if key not in catalogue.modules and not keys:
            raise GitiamError(
                f"the ledger holds nothing of {key}", hint="`gitiam ledger list` names its modules"
            )
        sight = self._sight(key, catalogue)
        records = self._each(keys, lambda name: _record(self._objects.get(name)))
        return Biography(
            entry=entry_of(sight),
            marker=sight.marker,
            state=sight.state.version,
            addresses=tuple(sorted(sight.state.addresses)),
            history=tuple(record for record in records if record is not None),
        )

    def past(self, keys: Iterable[str]) -> list[Record | None]:
        """The records of these keys of `history/`; None for one that cannot be read."""
        return self._each(list(keys), lambda key: _record(self._objects.get(key)))

    def faults(self, catalogue: Catalogue) -> list[Fault]:
        """All that is wrong."""
        what, remedy = "gitiam did not write this object", "Find out who did, and move it away"
        faults = [Fault(key, Flaw.STRAY_OBJECT, what, remedy) for key in catalogue.strays]
        for sight in self.sights(catalogue.modules, catalogue):
            faults += faults_of(sight)
        return sorted(faults)

    @property
    def _objects(self) -> Objects:
        return self.ledger.objects

    def _sight(self, key: ModuleKey, catalogue: Catalogue, *, brief: bool = False) -> Sight:
        standing = catalogue.standings.get(key, Standing())
        marker, error = None, None
        if standing.unfinished:
            try:
                marker = self.ledger.marker(key)
            except GitiamError as found:
                error = found
        state, lock = State(), None
        if not brief:
            state = ModuleState(self._objects, key).read() if key in catalogue.states else State()
            lock = self._lock(key) if key in catalogue.locks else None
        page = self.ledger.page(key, standing) if standing.digests else Page(standing)
        return Sight(key, page, state, marker, error, lock)

    def _lock(self, key: ModuleKey) -> str | None:
        try:
            lock = lock_in_bucket(self._objects, key)
        except GitiamError:
            return "somebody, it cannot be read"
        if lock is None:
            return None
        return f"{lock.who or 'somebody'}{f' since {lock.since[:16]}' if lock.since else ''}"

    def _each(self, keys: Sequence[str | ModuleKey], read: Callable[..., _Seen]) -> list[_Seen]:
        def one(key: str | ModuleKey) -> _Seen:
            seen = read(key)
            self.told()
            return seen

        if not self._objects.is_distant:
            return [one(key) for key in keys]
        with ThreadPoolExecutor(max_workers=_READERS) as pool:
            return list(pool.map(one, keys))


def entry_of(sight: Sight) -> Entry:
    """A module, as the ledger alone tells of it."""
    standing = sight.page.standing
    is_sure = len(standing.digests) == 1 and not standing.unfinished and sight.page.record
    return Entry(sight.key, sight.page.record, not is_sure, sight.held_by)


def faults_of(sight: Sight) -> Iterator[Fault]:
    """All that is wrong with one module. One that is being applied right now is left in peace."""
    if sight.held_by:
        return
    name, record = str(sight.key), sight.page.record
    repair = f"gitiam ledger repair {name}"
    if sight.marker_error:
        yield Fault(name, Flaw.UNREADABLE_MARKER, sight.marker_error.message, repair)
    elif sight.marker is not None:
        marker = sight.marker
        yield _unfinished(name, marker)
    if len(sight.page.standing.digests) > 1:
        what = f"it has {len(sight.page.standing.digests)} records instead of one"
        yield Fault(name, Flaw.SEVERAL_RECORDS, what, f"{repair}, or gitiam apply")
    if len(sight.page.records) < len(sight.page.standing.digests):
        what = "a record cannot be read, or is not the one that its key names"
        yield Fault(name, Flaw.UNREADABLE_RECORD, what, repair)
    if sight.lock:
        what = f"its state is locked by {sight.lock}, and no run is applying it"
        remedy = f"If that run is dead: {repair} --break-lock {name}"
        yield Fault(name, Flaw.STATE_LOCK, what, remedy)
    yield from _state_faults(sight, record, repair)


def _unfinished(name: str, marker: Marker) -> Fault:
    if marker.kept:
        what = f"its access is gone, and {marker.kept} itself is kept until somebody decides"
        remedy = f"To destroy it: gitiam apply --allow-destroy {name}"
    else:
        began = f"{marker.started_at[:16]} UTC"
        what = f"an apply by {marker.who} began at {began} and did not end well"
        remedy = "gitiam apply goes on from there"
    return Fault(name, Flaw.UNFINISHED, what, remedy)


def _state_faults(sight: Sight, record: Record | None, repair: str) -> Iterator[Fault]:
    name = str(sight.key)
    damage = sight.state.damage(record, sight.marker)
    if damage is not None:
        yield Fault(name, Flaw.DAMAGED_STATE, f"the Terraform state {damage}", repair)
    elif record is not None and not sight.page.standing.unfinished:
        missing = sight.state.missing(record)
        if missing:
            what = f"the Terraform state knows nothing of {', '.join(missing)}"
            yield Fault(name, Flaw.MISSING_RESOURCES, what, repair)
    elif sight.state.addresses and not sight.page.standing.digests and sight.marker is None:
        what = "there is a Terraform state with resources, and no record of an apply"
        yield Fault(name, Flaw.ORPHAN_STATE, what, repair)


def _module(text: str) -> ModuleKey | None:
    try:
        return ModuleKey.parse(text)
    except ValueError:
        return None


def _record(raw: bytes | None) -> Record | None:
    try:
        return Record.from_text((raw or b"").decode())
    except ValueError:
        return None
