"""Sets right what an inspection has found, as far as that needs no look at AWS.

Whatever is not certain afterwards is left pending, with all that is known of it, so that the next
apply finds out. Nothing is thrown away: what is replaced is kept below `broken/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gitiam.ledgers import Deed
from gitiam.models import ModuleKey
from gitiam.modules import Marker, Record
from gitiam.sync.store.inspection import Catalogue, Inspection, Sight
from gitiam.sync.store.lease import Clock, Leases
from gitiam.sync.store.ledger import Ledger, marker_key, record_key
from gitiam.sync.store.state import keep_broken, set_aside, state_key

_AGAIN = "applies it again, and finds out what is there"


@dataclass(frozen=True)
class Step:
    """One thing to do, and how."""

    deed: Deed
    do: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Mending:
    """`break_locks` names the modules whose state locks were left by runs that are dead."""

    ledger: Ledger
    break_locks: frozenset[str] = frozenset()
    is_dry: bool = False

    def mend(self, key: ModuleKey, catalogue: Catalogue) -> list[Deed]:
        """Set one module right; what was done, or would be. One that is being applied is left."""
        sight = self._look(key, catalogue)
        if sight.held_by:
            return []
        steps = list(self._steps(sight))
        if self.is_dry or not steps:
            return [step.deed for step in steps]
        deeds = []
        if sight.marker_error is not None:
            # As long as it stands, nobody can have the module, and so neither can we.
            self._replace_marker(sight)
            deeds.append(_unreadable(sight).deed)
        return deeds + self._alone(key, catalogue)

    def _alone(self, key: ModuleKey, catalogue: Catalogue) -> list[Deed]:
        """With the module to ourselves, as it is by then. Our marker stands until all is done."""
        lease, left = Leases(self.ledger.objects).take(key, _uncertain(None))
        with lease:
            now = {key: self.ledger.page(key).standing}
            sight = self._look(key, replace(catalogue, standings=now))
            sight = replace(sight, marker=left)
            steps = list(self._steps(sight))
            for step in steps:
                step.do()
            leaving = _leaving(sight)
            if leaving is None:
                lease.end()
            else:
                lease.let_go(leaving)
        return [step.deed for step in steps]

    def _look(self, key: ModuleKey, catalogue: Catalogue) -> Sight:
        (sight,) = Inspection(self.ledger).sights([key], catalogue)
        return sight

    def _steps(self, sight: Sight) -> Iterator[Step]:
        if sight.marker_error is not None:
            yield _unreadable(sight)
        yield from self._record_steps(sight)
        if sight.lock and str(sight.key) in self.break_locks:
            key = f"{state_key(sight.key)}.tflock"
            deed = _deed(sight, "the lock on its state is taken away", "may lock it again")
            yield Step(deed, lambda: self.ledger.objects.delete(key))
        if _is_pointless(sight):
            what = "the marker of a run that can have changed nothing is taken away"
            yield Step(_deed(sight, what, "has nothing to go on from"))
        elif sight.marker is None and sight.marker_error is None and _leaving(sight):
            yield Step(_deed(sight, "it is marked as unfinished", _AGAIN))

    def _record_steps(self, sight: Sight) -> Iterator[Step]:
        """Of several records the newest that can be read stays."""
        newest, objects = sight.page.record, self.ledger.objects
        readable = {record.digest for record in sight.page.records}
        for digest in sight.page.standing.digests:
            if newest is not None and digest == newest.digest:
                continue
            which = "older record" if digest in readable else "unreadable record"
            deed = _deed(sight, f"the {which} {digest[:12]} is moved aside", _AGAIN)
            key = record_key(sight.key, digest)
            yield Step(deed, lambda key=key: set_aside(objects, key))  # type: ignore[misc]

    def _replace_marker(self, sight: Sight) -> None:
        """In one step: were it gone for a moment, the module could look as if all were well."""
        key, objects = marker_key(sight.key), self.ledger.objects
        held = objects.read(key)
        if held is not None:
            keep_broken(objects, key, held.data)
            instead = _uncertain(sight.page.record).as_text().encode()
            objects.replace(key, instead, held.version)


def _leaving(sight: Sight) -> Marker | None:
    """The marker that the module is to have afterwards; None where all is certain."""
    if sight.marker is not None:
        return None if _is_pointless(sight) else sight.marker
    if not sight.page.standing.digests:
        return _uncertain(None) if sight.state.addresses or sight.state.broken else None
    is_certain = len(sight.page.standing.digests) == len(sight.page.records) == 1
    return None if is_certain and _is_whole(sight) else _uncertain(sight.page.record)


def _is_whole(sight: Sight) -> bool:
    """Whether the state is there, with all that the record tells of."""
    record = sight.page.record
    return sight.state.damage(record, sight.marker) is None and not sight.state.missing(record)


def _is_pointless(sight: Sight) -> bool:
    """Whether the marker is of an apply of just what is recorded: it can have changed nothing."""
    marker, page = sight.marker, sight.page
    if marker is None or marker.absent or not _is_whole(sight):
        return False
    return page.standing.digests == (marker.digest,) and page.record is not None


def _uncertain(record: Record | None) -> Marker:
    """A marker that knows no more than the record does, and says that it is not certain."""
    return Marker(
        digest="",
        absent=(),
        creates=record.creates if record else {},
        imports=record.imports if record else {},
        files=record.files if record else {},
        started_at=Clock().timestamp(),
        run={"actor": "gitiam ledger repair"},
    )


def _unreadable(sight: Sight) -> Step:
    what = "the marker that cannot be read is moved aside, and another put in its place"
    then = f"{_AGAIN}; what a lost run has made it refuses as somebody else's"
    return Step(_deed(sight, what, then))


def _deed(sight: Sight, what: str, then: str) -> Deed:
    return Deed(str(sight.key), what, f"gitiam apply {then}")
