"""Git, the ledger and GitHub, joined: every version of every file for every principal, once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Protocol

from gitiam.approvals.record import Approved
from gitiam.auditing.values import (
    Applied,
    Basis,
    Books,
    Chronicle,
    Commit,
    FileStep,
    Given,
    Permission,
    Status,
)
from gitiam.modules import Record


class Reads(Protocol):
    """Says what a version gives, or why there is no telling."""

    def given(self, step: FileStep) -> tuple[Given, ...] | str:
        """One value for each principal of each account."""
        ...


@dataclass(frozen=True, slots=True)
class _Version:
    """A version as one module sees it; `until` is the step that came after it."""

    commit: Commit
    given: Given
    until: FileStep | None


#: A record, the version of the file that it applied, and how that is known.
Seen = tuple[Record, _Version | None, Basis]


def permissions_of(
    chronicle: Chronicle, books: Books, reader: Reads, now: datetime
) -> Iterator[Permission]:
    """Sorted by file, then by commit, account and principal."""
    for path in sorted({*chronicle.steps, *_paths(books)}):
        steps = chronicle.steps.get(path, ())
        rows: list[Permission] = []
        versions: dict[tuple[str, str], list[_Version]] = {}
        for step, until in zip_longest(steps, steps[1:]):
            found = () if step.is_gone else reader.given(step)
            if isinstance(found, str):
                rows.append(Permission(path, "", "", step.commit, Status.UNREADABLE, problem=found))
                continue
            for given in found:
                version = _Version(step.commit, given, until)
                versions.setdefault((given.account, given.principal), []).append(version)
        recorded = {(key.account, key.principal): key for key in books.by_path.get(path, ())}
        for name in sorted({*versions, *recorded}):
            records = books.records.get(recorded[name], ()) if name in recorded else ()
            one = _Joining(path, name, steps, versions.get(name, []), records, chronicle, now)
            rows += one.permissions()
        for row in sorted(rows, key=_order):
            is_unsure = row.status is not Status.UNREADABLE and not books.is_read
            yield replace(row, status=Status.UNKNOWN, ended_at="") if is_unsure else row


def _paths(books: Books) -> Iterator[str]:
    return iter(books.by_path)


def _order(row: Permission) -> tuple[int, str, str]:
    return (row.commit.place if row.commit else -1, row.account, row.principal)


@dataclass(frozen=True)
class _Joining:
    """One file and one module: its versions and its records, each in their order."""

    path: str
    name: tuple[str, str]
    steps: tuple[FileStep, ...]
    versions: list[_Version]
    records: tuple[Record, ...]
    chronicle: Chronicle
    now: datetime

    def permissions(self) -> Iterator[Permission]:
        """One for each version; and one for what was applied that git does not know."""
        seen = [(record, *self._version_of(record)) for record in self.records]
        for version in self.versions:
            yield self._permission(version, seen)
        unknown = [at for at, (r, v, _) in enumerate(seen) if v is None and self.path in r.origins]
        if unknown:
            yield self._unknown(seen, unknown)

    def _version_of(self, record: Record) -> tuple[_Version | None, Basis]:
        fingerprint = record.origins.get(self.path)
        if fingerprint is None:
            return None, Basis.TIME
        place = self.chronicle.places.get(record.run.get("commit", ""))
        if place is not None:
            at = bisect_right([step.commit.place for step in self.steps], place) - 1
            commit = self.steps[at].commit if at >= 0 else None
            return next((v for v in self.versions if v.commit is commit), None), Basis.COMMIT
        applied = datetime.fromisoformat(record.applied_at)
        before = [v for v in self.versions if v.commit.at <= applied]
        alike = [v for v in before if v.given.fingerprint == fingerprint]
        if alike:
            return alike[-1], Basis.FINGERPRINT
        return (before[-1] if before else None), Basis.TIME

    def _permission(self, version: _Version, seen: list[Seen]) -> Permission:
        given = version.given
        row = Permission(self.path, *self.name, version.commit, Status.PENDING, given)
        first = next((at for at, (_, v, _) in enumerate(seen) if v is version), None)
        standing = self._unchanged(version, seen)
        if standing is not None and (first is None or standing < first):
            return self._ended(
                self._with(row, seen, standing, Basis.UNCHANGED), version, seen, standing
            )
        if first is not None:
            return self._ended(self._with(row, seen, first, seen[first][2]), version, seen, first)
        if version.until is not None:
            return replace(
                row, status=Status.NEVER_APPLIED, ended_at=_text(version.until.commit.at)
            )
        if given.expires is not None and given.expires <= self.now:
            return replace(row, status=Status.NEVER_APPLIED, ended_at=_text(given.expires))
        return row

    def _unchanged(self, version: _Version, seen: list[Seen]) -> int | None:
        """The record that stood when the version came, where it gives the very same."""
        at = bisect_right([r.applied_at for r, _, _ in seen], _text(version.commit.at)) - 1
        if at < 0 or version.given.fingerprint is None or seen[at][1] is version:
            return None
        return at if seen[at][0].origins.get(self.path) == version.given.fingerprint else None

    def _with(self, row: Permission, seen: list[Seen], at: int, basis: Basis) -> Permission:
        record = seen[at][0]
        before = seen[at - 1][0].digest if at else ""
        applied = Applied(record.applied_at, record.run, before, record.digest, basis)
        approved = None if basis is Basis.UNCHANGED else _approved(record, self.path)
        return replace(row, applied=applied, approved=approved, status=Status.IN_EFFECT)

    def _ended(
        self, row: Permission, version: _Version, seen: list[Seen], begun: int
    ) -> Permission:
        """The same with its end, if it has one: whichever came first."""
        own = [at for at, (_, v, _) in enumerate(seen) if v is version]
        later = seen[max([begun, *own]) + 1 :]
        gone = next((r for r, _, _ in later if self.path not in r.origins), None)
        after = next((r for r, v, _ in later if v and v.commit.place > version.commit.place), None)
        ends: list[tuple[str, Status, Mapping[str, str]]] = []
        if self._is_carried_on(version):
            ends.append((_text(self._until(version)), Status.CHANGED, {}))
        if after is not None:
            ends.append((after.applied_at, Status.CHANGED, after.run))
        if gone is not None:
            ends.append((gone.applied_at, self._why_gone(version, gone), gone.run))
        expires = version.given.expires
        is_past = expires is not None and expires <= self.now
        if expires is not None and is_past and not version.given.outlasts:
            taken = gone is not None and gone.applied_at >= _text(expires)
            ends.append((_text(expires), Status.EXPIRED, gone.run if gone and taken else {}))
        if ends:
            at, status, run = min(ends, key=lambda end: end[0])
            return replace(row, status=status, ended_at=at, ended_by=run)
        problem = "its date has passed, and no apply has taken it away yet" if is_past else ""
        return replace(row, problem=problem)

    def _is_carried_on(self, version: _Version) -> bool:
        """Whether the next version of the file gives the very same."""
        after = next((v for v in self.versions if v.commit is self._after(version)), None)
        same = version.given.fingerprint
        return after is not None and same is not None and after.given.fingerprint == same

    def _after(self, version: _Version) -> Commit | None:
        return version.until.commit if version.until is not None else None

    def _until(self, version: _Version) -> datetime:
        after = self._after(version)
        return after.at if after is not None else self.now

    def _why_gone(self, version: _Version, record: Record) -> Status:
        expires = version.given.expires
        if expires is not None and _text(expires) <= record.applied_at:
            return Status.EXPIRED
        is_removed = version.until is not None and version.until.is_gone
        return Status.REMOVED if is_removed else Status.CHANGED

    def _unknown(self, seen: list[Seen], which: list[int]) -> Permission:
        """What the ledger says was applied, and no version on the main branch accounts for."""
        problem = "applied, and no version of the file on the main branch is known for it"
        row = Permission(self.path, *self.name, None, Status.IN_EFFECT, problem=problem)
        row = self._with(row, seen, which[0], seen[which[0]][2])
        later = seen[which[-1] + 1 :]
        if not later:
            return row
        over, version, _ = later[0]
        status = Status.CHANGED if version else Status.REMOVED
        return replace(row, status=status, ended_at=over.applied_at, ended_by=over.run)


def _approved(record: Record, path: str) -> Approved | None:
    """What the ledger keeps of its approval; None where it has none that can be read."""
    text = record.approvals.get(path)
    try:
        return Approved.from_text(text) if text is not None else None
    except ValueError:
        return None


def _text(moment: datetime) -> str:
    """In the form of the ledger's times, so that they compare as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
