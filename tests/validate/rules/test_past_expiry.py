"""Requests that have expired."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.estates import findings_of, request, said

PATH = "requests/x.yaml"
PAST = request("- managed_policy: ReadOnlyAccess", expires="2026-11-22")


def test_it_is_an_error_in_a_file_that_is_proposed() -> None:
    assert said(findings_of(PAST, PATH)) == [
        "4:10 error past-expiry: this access ended on 2026-11-23 at 00:00 UTC;"
        " it would never be given"
    ]


def test_it_is_a_note_in_one_that_stands_there() -> None:
    assert said(findings_of(PAST)) == [
        "4:10 note past-expiry: expired on 2026-11-23 at 00:00 UTC; it gives nothing any more:"
        " delete the file"
    ]


def test_other_rules_leave_what_has_expired_in_peace() -> None:
    wrong = PAST.replace("ReadOnlyAccess", "NoSuchPolicy").replace("Backfill the ", "")
    assert [f.rule for f in findings_of(wrong)] == ["past-expiry"]
    assert len(findings_of(wrong, PATH)) == 2


def test_access_ends_with_the_day_in_utc() -> None:
    last = datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=UTC)
    end = datetime(2026, 11, 23, tzinfo=UTC)
    assert findings_of(PAST, PATH, now=last) == ()
    assert [f.rule for f in findings_of(PAST, PATH, now=end)] == ["past-expiry"]
