"""Requests for longer than the estate allows."""

from __future__ import annotations

from tests.support.estates import findings_of, mended, request, said

READ = "- managed_policy: ReadOnlyAccess"


def test_a_date_too_far_away() -> None:
    text = request(READ, expires="2027-11-25")
    (found,) = findings_of(text)
    assert said((found,)) == [
        "4:10 error distant-expiry: this access would last 367 days; 366 are the most here"
    ]
    assert "expires: 2027-11-24\n" in mended(text, found)
    assert findings_of(mended(text, found)) == ()


def test_the_end_of_time_is_no_crash() -> None:
    assert [f.rule for f in findings_of(request(READ, expires="9999-12-30"))] == ["distant-expiry"]


def test_never_is_for_accounts_that_allow_it() -> None:
    (found,) = findings_of(request(READ, expires="never", account="[dev, prod]"))
    assert said((found,)) == [
        "4:10 error distant-expiry: access to prod must end; `never` is not allowed there"
    ]
    assert findings_of(request(READ, expires="never", account="dev")) == ()


def test_a_time_within_the_last_day_is_fine() -> None:
    assert findings_of(request(READ, expires="2027-11-24T23:00:00Z")) == ()
