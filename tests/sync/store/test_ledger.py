"""The ledger: one listing tells all, and a crash at any write leaves the module pending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import boto3
import pytest

from gitiam.config import LocalStore, S3Store
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Holder, Marker, Module, Record, Standing, StateVersion
from gitiam.render.changes import Files, pending
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.store.objects import Objects
from gitiam.sync.store.opened import open_objects
from tests.support.emulator import use
from tests.support.modules import emptied, marker, module, record
from tests.support.objects import Crash, CrashingObjects, MemoryObjects

ROLE = "prod/role/data-pipeline"
KEY = ModuleKey.parse(ROLE)
OLD, NEW = module(ROLE, "old"), module(ROLE, "new", creates={"aws_iam_role.this": "arn:x"})
EMPTY = emptied(KEY)

_buckets = count(1)


@pytest.fixture(params=["memory", "folder", "bucket"])
def ledger(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Ledger:
    """An empty ledger in each kind of store."""
    if request.param == "memory":
        return Ledger(MemoryObjects())
    if request.param == "folder":
        return Ledger(open_objects(LocalStore(), tmp_path))
    emulator: Emulator = request.getfixturevalue("emulator")
    use(emulator, monkeypatch)
    bucket = f"ledger-{next(_buckets)}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    store = S3Store(bucket, "us-east-1", endpoint=emulator.url, path_style=True)
    return Ledger(open_objects(store, tmp_path))


def applied(ledger: Ledger, found: Module, at: str = "2026-11-01T00:00:00.000000+00:00") -> None:
    """As if an apply of this module had ended well."""
    standing = ledger.standings().get(found.key, Standing())
    ledger.begin(found.key, marker(found))
    if found.is_empty:
        ledger.forget(found.key, record(found, at), standing)
    else:
        ledger.finish(found.key, record(found, at), standing)


def is_pending(ledger: Ledger, wanted: Module | None) -> bool:
    """Whether the next run would take the module up, in the light of the ledger alone."""
    modules = {wanted.key: wanted} if wanted else {}
    standings = ledger.standings()
    nothing = Files(frozenset(), frozenset())
    return bool(pending(modules, standings, emptied, lambda key: None, nothing))


def test_an_empty_ledger(ledger: Ledger) -> None:
    assert ledger.standings() == {}
    assert ledger.record(KEY, Standing()) is None
    assert ledger.marker(KEY) is None


def test_an_apply_from_beginning_to_end(ledger: Ledger) -> None:
    first = marker(OLD, "aws_iam_role.this")
    ledger.begin(KEY, first)
    assert ledger.standings() == {KEY: Standing((), unfinished=True)}
    assert ledger.marker(KEY) == first
    ledger.finish(KEY, record(OLD), Standing())
    assert ledger.standings() == {KEY: Standing((OLD.digest,))}
    assert ledger.record(KEY, ledger.standings()[KEY]) == record(OLD)
    assert ledger.marker(KEY) is None


def test_a_second_apply_replaces_the_record_and_keeps_its_history(ledger: Ledger) -> None:
    applied(ledger, OLD)
    applied(ledger, NEW, "2026-11-02T00:00:00.000000+00:00")
    assert ledger.standings() == {KEY: Standing((NEW.digest,))}
    history = sorted(ledger.objects.keys(f"history/{ROLE}/"))
    assert len(history) == 2
    kept = [ledger.objects.get(key) or b"" for key in history]
    assert [Record.from_text(raw.decode()).digest for raw in kept] == [OLD.digest, NEW.digest]


def test_applying_the_same_again_keeps_the_record(ledger: Ledger) -> None:
    applied(ledger, OLD)
    applied(ledger, OLD, "2026-11-02T00:00:00.000000+00:00")
    (standing,) = ledger.standings().values()
    assert standing == Standing((OLD.digest,))
    again = ledger.record(KEY, standing)
    assert again
    assert again.applied_at.startswith("2026-11-02")


def test_what_was_emptied_is_forgotten_but_for_its_history(ledger: Ledger) -> None:
    applied(ledger, OLD)
    applied(ledger, EMPTY, "2026-11-02T00:00:00.000000+00:00")
    assert ledger.standings() == {}
    assert len(list(ledger.objects.keys("history/"))) == 2


def test_one_listing_tells_the_whole_estate(ledger: Ledger) -> None:
    modules = [
        module(f"{account}/{kind}/{name}", f"{account}{kind}{name}")
        for account in ("dev", "prod")
        for kind in ("policy", "group", "role", "user")
        for name in ("a", "ab", "a+b=c,d.e@f-g_h")
    ]
    for found in modules:
        applied(ledger, found)
    assert ledger.standings() == {found.key: Standing((found.digest,)) for found in modules}


@pytest.mark.parametrize(
    "key",
    [
        "ledger/README.md",
        "ledger/prod/role/x.json",
        "ledger/prod/role/x/notes.json",
        f"ledger/prod/robot/x/{'0' * 64}.json",
        f"ledger/prod/role/x/{'0' * 63}.json",
        f"ledger/prod/role/x/{'0' * 64}.txt",
        f"ledger/prod/role/x/y/{'0' * 64}.json",
    ],
)
def test_what_gitiam_did_not_write_stops_it(key: str) -> None:
    ledger = Ledger(MemoryObjects({key: b"{}"}))
    with pytest.raises(GitiamError, match="did not write"):
        ledger.standings()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"digest": 7}'])
def test_a_record_that_cannot_be_read_is_none(raw: bytes) -> None:
    objects = MemoryObjects()
    ledger = Ledger(objects)
    applied(ledger, OLD)
    objects.put(f"ledger/{ROLE}/{OLD.digest}.json", raw)
    assert ledger.record(KEY, ledger.standings()[KEY]) is None
    assert ledger.page(KEY).record is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b"{}", b"null", b"\xff"])
def test_a_marker_that_cannot_be_read_is_not_none(raw: bytes) -> None:
    """What was begun is then not known, and nothing may go on."""
    objects = MemoryObjects({f"ledger/{ROLE}/applying.json": raw})
    with pytest.raises(GitiamError, match=f"ledger/{ROLE}/applying.json") as error:
        Ledger(objects).marker(KEY)
    assert f"gitiam ledger repair {ROLE}" in str(error.value)


def test_a_record_under_the_digest_of_another_is_not_believed() -> None:
    objects = MemoryObjects()
    objects.put(f"ledger/{ROLE}/{NEW.digest}.json", record(OLD).as_text().encode())
    ledger = Ledger(objects)
    assert ledger.record(KEY, ledger.standings()[KEY]) is None


def test_of_two_records_the_later_speaks() -> None:
    objects = MemoryObjects()
    for found, at in (
        (NEW, "2026-11-02T00:00:00.000000+00:00"),
        (OLD, "2026-11-01T00:00:00.000000+00:00"),
    ):
        body = record(found, at).as_text().encode()
        objects.put(f"ledger/{ROLE}/{found.digest}.json", body)
    ledger = Ledger(objects)
    standing = ledger.standings()[KEY]
    assert standing.digest is None
    assert ledger.record(KEY, standing) == record(NEW, "2026-11-02T00:00:00.000000+00:00")


def test_records_and_markers_are_written_and_read() -> None:
    for found in (record(NEW), record(EMPTY)):
        assert Record.from_text(found.as_text()) == found
    for mark in (marker(NEW), marker(NEW, "a", "b")):
        assert Marker.from_text(mark.as_text()) == mark


OLD_RECORD = """\
{
  "applied_at": "2026-11-23T12:00:00.000000+00:00",
  "creates": {"aws_iam_role.this": "arn:aws:iam::111122223333:role/data-pipeline"},
  "digest": "%s",
  "origins": {"requests/x.yaml": "1f"},
  "reasons": ["requests/x.yaml added"],
  "run": {"actor": "alice"}
}
"""
OLD_MARKER = """\
{
  "absent": ["aws_iam_role.this"],
  "creates": {"aws_iam_role.this": "arn:aws:iam::111122223333:role/data-pipeline"},
  "digest": "%s",
  "files": {"main.tf": ""},
  "imports": {"aws_iam_role.this": "data-pipeline"},
  "run": {"actor": "alice"},
  "started_at": "2026-11-23T11:59:00.000000+00:00"
}
"""


def test_what_an_older_gitiam_wrote_is_read() -> None:
    record = Record.from_text(OLD_RECORD % NEW.digest)
    assert (record.state, record.files, record.imports) == (None, {}, {})
    assert record.creates == {"aws_iam_role.this": "arn:aws:iam::111122223333:role/data-pipeline"}
    marker = Marker.from_text(OLD_MARKER % NEW.digest)
    assert (marker.holder, marker.renewed_at) == (None, "")
    assert marker.absent == ("aws_iam_role.this",)


def test_what_is_held_and_where_the_state_was_is_written_and_read() -> None:
    found = replace(record(NEW), state=StateVersion("1-2", 7), files={"main.tf": "x"})
    assert Record.from_text(found.as_text()) == found
    held = replace(marker(NEW), holder=Holder("h", "m", 7, "9", "t"), renewed_at="x")
    assert Marker.from_text(held.as_text()) == held


# -- a page -------------------------------------------------------------------------------------


def test_a_page_holds_all_that_the_ledger_has_of_a_module(ledger: Ledger) -> None:
    applied(ledger, OLD)
    for guess in (None, Standing((OLD.digest,)), Standing((NEW.digest,))):
        page = ledger.page(KEY, guess)
        assert page.standing == Standing((OLD.digest,))
        assert page.record == record(OLD, "2026-11-01T00:00:00.000000+00:00")
        assert set(page.versions) == {OLD.digest}


def test_a_record_that_was_written_meanwhile_is_not_removed(ledger: Ledger) -> None:
    """This run read the old record; before it ends, another writes the same digest anew."""
    applied(ledger, OLD)
    page = ledger.page(KEY)
    applied(ledger, OLD, "2026-11-02T00:00:00.000000+00:00")
    ledger.finish(KEY, record(NEW), page.standing, page.versions)
    assert set(ledger.standings()[KEY].digests) == {OLD.digest, NEW.digest}


def test_a_record_that_was_written_meanwhile_is_not_replaced(ledger: Ledger) -> None:
    before = ledger.page(KEY)
    applied(ledger, NEW)
    with pytest.raises(GitiamError, match="another run has recorded"):
        ledger.finish(KEY, record(NEW), before.standing, before.versions)
    page = ledger.page(KEY)
    applied(ledger, NEW, "2026-11-02T00:00:00.000000+00:00")
    with pytest.raises(GitiamError, match="another run has recorded"):
        ledger.finish(KEY, record(NEW), page.standing, page.versions)


# -- a crash at any write -----------------------------------------------------------------------

Steps = Callable[[Ledger], None]


def first_apply(ledger: Ledger) -> None:
    applied(ledger, NEW)


def emptying(ledger: Ledger) -> None:
    applied(ledger, EMPTY)


def crashed(held: dict[str, bytes], steps: Steps, at: int, after: bool) -> Ledger | None:
    """The ledger as a crash at this write leaves it; None when there are not so many writes."""
    survivor = MemoryObjects(dict(held))
    objects: Objects = CrashingObjects(survivor, at, after=after)
    try:
        steps(Ledger(objects))
    except Crash:
        return Ledger(survivor)
    return None


def every_crash(held: dict[str, bytes], steps: Steps) -> list[tuple[bool, bool, Ledger]]:
    """`(is it before the first write, is it after the last, what is left)` of every crash."""
    writes = 0
    while crashed(held, steps, writes + 1, after=False):
        writes += 1
    assert writes >= 3
    return [
        (at == 1 and not after, at == writes and after, left)
        for at in range(1, writes + 1)
        for after in (False, True)
        if (left := crashed(held, steps, at, after))
    ]


def states() -> list[dict[str, bytes]]:
    """Ledgers that an apply may find: nothing, another digest, two digests, an unfinished apply."""
    nothing = MemoryObjects()
    other, two, unfinished = MemoryObjects(), MemoryObjects(), MemoryObjects()
    applied(Ledger(other), OLD)
    two.held.update(other.held)
    applied(Ledger(two), module(ROLE, "third"))
    two.held.update(other.held)
    unfinished.held.update(other.held)
    Ledger(unfinished).begin(KEY, marker(OLD))
    return [store.held for store in (nothing, other, two, unfinished)]


@pytest.mark.parametrize("held", states(), ids=["nothing", "other", "two", "unfinished"])
def test_a_crash_during_an_apply_leaves_the_module_pending(held: dict[str, bytes]) -> None:
    """Whatever is wanted next: the new state, the old one, or nothing at all."""
    for before_all, after_all, left in every_crash(held, first_apply):
        if after_all:
            assert left.standings() == {KEY: Standing((NEW.digest,))}
            continue
        assert is_pending(left, NEW)
        if not before_all:
            assert is_pending(left, OLD)
            assert is_pending(left, None)


@pytest.mark.parametrize("held", states()[1:], ids=["other", "two", "unfinished"])
def test_a_crash_during_an_emptying_leaves_the_module_pending(held: dict[str, bytes]) -> None:
    for before_all, after_all, left in every_crash(held, emptying):
        if after_all:
            assert left.standings() == {}
            continue
        assert is_pending(left, None)
        assert before_all or is_pending(left, OLD)


@pytest.mark.parametrize("held", states(), ids=["nothing", "other", "two", "unfinished"])
@pytest.mark.parametrize("wanted", [NEW, OLD, EMPTY], ids=["new", "old", "empty"])
def test_the_next_run_ends_as_if_there_had_been_no_crash(
    held: dict[str, bytes], wanted: Module
) -> None:
    for _, _, left in every_crash(held, first_apply):
        applied(left, wanted, "2026-11-03T00:00:00.000000+00:00")
        expected = {} if wanted.is_empty else {KEY: Standing((wanted.digest,))}
        assert left.standings() == expected
        assert not is_pending(left, None if wanted.is_empty else wanted)


def test_no_crash_loses_a_record_from_the_history() -> None:
    """Once an apply is recorded at all, its history is there too."""
    for _, _, left in every_crash({}, first_apply):
        if NEW.digest in left.standings().get(KEY, Standing()).digests:
            assert list(left.objects.keys("history/"))
