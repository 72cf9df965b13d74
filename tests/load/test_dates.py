"""Dates as people write them, in `expires`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.findings import Fix
from gitiam.load.dates import meant_date
from gitiam.load.estate import parse_file
from tests.support.estates import request

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("14d", "2026-12-08"),
        ("in 2 weeks", "2026-12-08"),
        ("In  Two Weeks", "2026-12-08"),
        ("a month", "2026-12-24"),
        ("3 months", "2027-02-24"),
        ("1y", "2027-11-24"),
        ("today", "2026-11-24"),
        ("Tomorrow", "2026-11-25"),
        ("2027/1/5", "2027-01-05"),
        ("2027.01.15", "2027-01-15"),
        ("15.01.2027", "2027-01-15"),
        ("01/15/2027", "2027-01-15"),
        ("03.03.2027", "2027-03-03"),
    ],
)
def test_what_can_mean_one_day_only(text: str, day: str) -> None:
    assert str(meant_date(text, NOW)) == day


@pytest.mark.parametrize(
    "text",
    [
        "5m",
        "01/02/2027",
        "soon",
        "0d",
        "9999y",
        "9999 months",
        "2027-02-30",
        "14",
        "-3d",
        "",
        "next week",
    ],
)
def test_what_is_not_sure_is_left_alone(text: str) -> None:
    assert meant_date(text, NOW) is None


def test_the_end_of_a_month_stays_within_it() -> None:
    assert str(meant_date("1 month", datetime(2027, 1, 31, tzinfo=UTC))) == "2027-02-28"
    assert str(meant_date("1 year", datetime(2028, 2, 29, tzinfo=UTC))) == "2029-02-28"


def test_days_are_counted_in_utc() -> None:
    evening = datetime(2026, 11, 24, 20, tzinfo=timezone(timedelta(hours=-8)))
    assert str(meant_date("tomorrow", evening)) == "2026-11-26"


@given(st.text())
def test_nothing_makes_it_fail(text: str) -> None:
    meant_date(text, NOW)
    meant_date(f"in {text} days", NOW)


def test_the_loader_offers_the_day_where_it_knows_the_time() -> None:
    raw = request("- managed_policy: ReadOnlyAccess", expires="14d").encode()
    (found,) = parse_file("requests/x.yaml", raw, NOW)  # type: ignore[misc]
    place = found.location
    assert found.fix == Fix("write `2026-12-08`", place, "2026-12-08", safe=True)
    (found,) = parse_file("requests/x.yaml", raw)  # type: ignore[misc]
    assert found.fix is None


@pytest.mark.parametrize(
    ("grant", "replacement"),
    [
        ("- {effect: Deny, actions: a, resources: '*'}", "deny"),
        ("- {access: Permissions_Management, resources: '*'}", "permissions-management"),
        ("- {access: read, Resources: '*'}", "resources"),
    ],
)
def test_the_loader_mends_what_is_spelled_otherwise(grant: str, replacement: str) -> None:
    found = parse_file("requests/x.yaml", request(grant).encode())
    assert isinstance(found, tuple)
    fixes = [f.fix for f in found if f.fix]
    assert [(fix.replacement, fix.safe) for fix in fixes] == [(replacement, True)]


def test_a_guess_of_the_loader_is_not_safe() -> None:
    found = parse_file("requests/x.yaml", request("- {access: read, resource: '*'}").encode())
    assert isinstance(found, tuple)
    assert [(f.fix.replacement, f.fix.safe) for f in found if f.fix] == [("resources", False)]
