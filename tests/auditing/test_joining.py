"""The join: nothing is left out, nothing comes twice, and each line has the apply that it had."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.auditing.joining import permissions_of
from gitiam.auditing.values import (
    Basis,
    Books,
    Chronicle,
    Commit,
    FileStep,
    Given,
    Permission,
    Status,
)
from gitiam.models import ModuleKey
from gitiam.modules import Record
from tests.support.estates import NOW

PATHS = ("requests/a.yaml", "requests/b.yaml")
NAMES = ("prod role/app", "dev role/app", "prod user/alice")
BEGIN = NOW - timedelta(days=30)


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


class Words:
    """Reads `prod role/app 7, …`: an account, a principal, a fingerprint and perhaps a day."""

    def given(self, step: FileStep) -> tuple[Given, ...] | str:
        if step.raw is None or not step.raw:
            return "it says nothing"
        return tuple(map(self._one, step.raw.decode().split(", ")))

    def _one(self, text: str) -> Given:
        account, principal, fingerprint, *until = text.split(" ")
        expires = day(int(until[0])) if until else None
        grants = ("read",)
        return Given(
            account, principal, "because", "", expires, grants, ("*",), False, False, fingerprint
        )


def history(path: str, *texts: str | None, first: int = 0) -> tuple[FileStep, ...]:
    """One commit a day; None removes the file."""
    return tuple(
        FileStep(
            path,
            Commit(f"c{at}", at, day(at), "Alice"),
            raw=None if text is None else text.encode(),
            is_gone=text is None,
        )
        for at, text in enumerate(texts, first)
    )


def record(at: float, *fingerprints: str, commit: str = "", path: str = PATHS[0]) -> Record:
    when = (BEGIN + timedelta(days=at)).isoformat(timespec="microseconds")
    origins = dict.fromkeys([path] * len(fingerprints), "".join(fingerprints))
    return Record(f"{at}", origins, {}, when, {"actor": "bob", "commit": commit})


def joined(steps: tuple[FileStep, ...], *records: Record, is_read: bool = True) -> list[Permission]:
    chronicle = Chronicle({PATHS[0]: steps}, {step.commit.id: step.commit.place for step in steps})
    books = Books({ModuleKey.parse("prod/role/app"): records}, is_read=is_read)
    return list(permissions_of(chronicle, books, Words(), NOW))


_texts = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from("fg")),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: ", ".join(f"{name} {fingerprint}" for name, fingerprint in pairs))
_steps = st.lists(st.one_of(st.none(), _texts), max_size=5)
_records = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.floats(-1, 8),
        st.sampled_from(PATHS),
        st.sampled_from(["", "f", "g", "h"]),
        st.sampled_from(["", "c0", "c1", "c3", "elsewhere"]),
    ),
    max_size=8,
)


@given(st.tuples(_steps, _steps), _records)
def test_whatever_git_ever_had_is_there_exactly_once(
    texts: tuple[list[str | None], list[str | None]],
    drawn: list[tuple[str, float, str, str, str]],
) -> None:
    steps = {p: history(p, *t) for p, t in zip(PATHS, texts, strict=True)}
    records: dict[ModuleKey, list[Record]] = {}
    for name, at, path, fingerprint, commit in drawn:
        found = record(at, *([fingerprint] if fingerprint else []), commit=commit, path=path)
        records.setdefault(ModuleKey.parse(name.replace(" ", "/")), []).append(found)
    books = Books({k: tuple(sorted(v, key=lambda r: r.applied_at)) for k, v in records.items()})
    places = {f"c{at}": at for at in range(5)}
    rows = list(permissions_of(Chronicle(steps, places), books, Words(), NOW))
    wanted = Counter(
        (path, f"c{at}", *name.split(" ")[:2])
        for path, found in zip(PATHS, texts, strict=True)
        for at, text in enumerate(found)
        if text is not None
        for name in (text.split(", ") if text else [" "])
    )
    seen = [(r.path, r.commit.id, r.account, r.principal) for r in rows if r.commit]
    assert Counter(seen) == wanted
    # What was applied is told of, too, if only by the ledger.
    told = {(r.path, f"{r.account}/{r.principal}") for r in rows}
    applied = {(p, str(k)) for k, found in records.items() for one in found for p in one.origins}
    assert applied <= told
    for row in rows:
        assert (
            not row.applied
            or not row.ended_at
            or row.ended_at
            >= min(row.applied.at, row.commit.at.isoformat() if row.commit else row.applied.at)
        )


def stands(row: Permission) -> tuple[str, str, str]:
    """Status, the day of the apply, the day of the end."""

    def number(moment: str) -> str:
        return f"{(datetime.fromisoformat(moment) - BEGIN) / timedelta(days=1):g}" if moment else ""

    return (row.status.value, number(row.applied.at if row.applied else ""), number(row.ended_at))


@pytest.mark.parametrize(
    ("texts", "records", "expected"),
    [
        (["f"], [], [("pending", "", "")]),
        (["f"], [record(0.5, "f")], [("in effect", "0.5", "")]),
        (["f", None], [record(0.5, "f")], [("in effect", "0.5", "")]),
        (["f", None], [record(0.5, "f"), record(1.5)], [("file removed", "0.5", "1.5")]),
        (["f", None], [record(1.5)], [("never applied", "", "1")]),
        (
            ["f", "g"],
            [record(0.5, "f"), record(1.5, "g")],
            [("file changed", "0.5", "1.5"), ("in effect", "1.5", "")],
        ),
        # The new version gives the same: no apply is needed, and the old one's serves.
        (["f", "f"], [record(0.5, "f")], [("file changed", "0.5", "1"), ("in effect", "0.5", "")]),
        # An apply of an old checkout, after the merge of the new version.
        (["f", "g"], [record(1.5, "f")], [("in effect", "1.5", ""), ("pending", "", "")]),
        (["f 5"], [record(0.5, "f")], [("expired", "0.5", "5")]),
        (["f 5"], [record(0.5, "f"), record(6)], [("expired", "0.5", "5")]),
        (["f 5", None], [record(0.5, "f"), record(2)], [("file removed", "0.5", "2")]),
        (["f 60"], [record(0.5, "f")], [("in effect", "0.5", "")]),
        # Taken away, and applied again.
        (["f"], [record(1, "f"), record(2), record(3, "f")], [("in effect", "1", "")]),
    ],
)
def test_how_it_stands(
    texts: list[str | None], records: list[Record], expected: list[tuple[str, str, str]]
) -> None:
    steps = history(PATHS[0], *(text and f"prod role/app {text}" for text in texts))
    assert [stands(row) for row in joined(steps, *records)] == expected


def test_the_runs_commit_goes_before_the_fingerprint() -> None:
    steps = history(PATHS[0], "prod role/app f", "prod role/app g")
    rows = joined(steps, record(1.5, "other", commit="c0"))
    assert [row.applied and row.applied.basis for row in rows] == [Basis.COMMIT, None]


def test_by_the_time_alone_where_a_bundle_has_changed_since() -> None:
    (row,) = joined(history(PATHS[0], "prod role/app f"), record(1, "other"))
    assert row.applied is not None
    assert row.applied.basis is Basis.TIME


def test_before_and_after_are_the_modules_digests() -> None:
    (row,) = joined(history(PATHS[0], "prod role/app f", first=1), record(0.5), record(2, "f"))
    assert row.applied is not None
    assert (row.applied.before, row.applied.after) == ("0.5", "2")


def test_what_the_ledger_alone_knows_is_listed() -> None:
    (row,) = joined((), record(1, "f"), record(2))
    assert (row.commit, row.status, row.account, row.principal) == (
        None,
        Status.REMOVED,
        "prod",
        "role/app",
    )


def test_without_the_ledger_nothing_is_known_of_what_was_applied() -> None:
    (row,) = joined(history(PATHS[0], "prod role/app f"), is_read=False)
    assert row.status is Status.UNKNOWN
