"""Requests that do not say until when."""

from __future__ import annotations

from tests.support.estates import findings_of, request, said

RULE = "missing-expiry"
READ = "- managed_policy: ReadOnlyAccess"


def test_a_date_is_proposed() -> None:
    (found,) = findings_of(request(READ, expires=""))
    assert said((found,)) == [
        "1:1 error missing-expiry: there is no `expires`: say when this access ends"
    ]
    assert found.fix
    assert found.fix.title == "add, for example, `expires: 2027-02-21`"


def test_never_is_mentioned_only_where_all_accounts_allow_it() -> None:
    (found,) = findings_of(request(READ, expires="", account="dev"))
    assert found.fix
    assert "`expires: never`" in found.fix.title
    (found,) = findings_of(request(READ, expires="", account="[dev, prod]"))
    assert found.fix
    assert "never" not in found.fix.title


def test_dates_times_and_never_are_fine() -> None:
    for expires in ("2027-01-15", "2027-01-15T18:00:00Z"):
        assert findings_of(request(READ, expires=expires)) == ()
    assert findings_of(request(READ, expires="never", account="dev")) == ()
