"""The end of access as an IAM condition: it can be brought forward, never put off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitiam.desired.grants import GrantError, until
from gitiam.models import Condition
from gitiam.policy.statement import Statement
from tests.support.estates import request
from tests.support.states import desired_of, state_of

END = datetime(2027, 1, 16, tzinfo=UTC)
END_TEXT = "2027-01-16T00:00:00Z"


def bound(*conditions: Condition) -> Statement:
    return Statement("Allow", ("s3:GetObject",), ("*",), conditions)


def clock(*values: str, operator: str = "DateLessThan", key: str = "aws:CurrentTime") -> Condition:
    return Condition(operator, key, values)


def test_every_statement_gets_an_end() -> None:
    assert until(bound(), END) == bound(clock(END_TEXT))


def test_without_an_end_nothing_is_added() -> None:
    statement = bound(clock("2027-01-01T00:00:00Z"))
    assert until(statement, None) is statement


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        ("2026-12-24T00:00:00Z", "2026-12-24T00:00:00Z"),
        ("2030-01-01T00:00:00Z", END_TEXT),
        (END_TEXT, END_TEXT),
        ("2026-12-24", "2026-12-24T00:00:00Z"),
        ("2026-12-24t08:00:00z", "2026-12-24T08:00:00Z"),
        ("2027-01-16T00:30:00+01:00", "2027-01-15T23:30:00Z"),
        ("1798066800", "2026-12-23T23:00:00Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", END_TEXT),
    ],
)
@pytest.mark.parametrize("operator", ["DateLessThan", "datelessthan"])
@pytest.mark.parametrize("key", ["aws:CurrentTime", "AWS:currenttime"])
def test_the_earlier_of_two_ends_counts(own: str, wanted: str, operator: str, key: str) -> None:
    found = until(bound(clock(own, operator=operator, key=key)), END)
    assert found == bound(clock(wanted))


def test_several_values_of_its_own_are_joined_by_or() -> None:
    """AWS lets the statement hold until the last of them; so that one counts."""
    found = until(bound(clock("2026-12-24T00:00:00Z", "2026-12-31T00:00:00Z")), END)
    assert found == bound(clock("2026-12-31T00:00:00Z"))


@pytest.mark.parametrize(
    "other",
    [
        clock("2026-12-01T00:00:00Z", operator="DateGreaterThan"),
        clock("2030-01-01T00:00:00Z", operator="DateLessThanEquals"),
        clock("2030-01-01T00:00:00Z", operator="DateLessThanIfExists"),
        clock("2030-01-01T00:00:00Z", key="aws:TokenIssueTime"),
        Condition("Bool", "aws:SecureTransport", ("true",)),
    ],
)
def test_other_conditions_stay_beside_it(other: Condition) -> None:
    found = until(bound(other), END)
    assert sorted(found.conditions, key=repr) == sorted([other, clock(END_TEXT)], key=repr)


@pytest.mark.parametrize("value", ["soon", "", "2027-02-30", "${aws:TokenIssueTime}", "9" * 40])
def test_a_date_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(GrantError, match="not a date"):
        until(bound(clock(value)), END)


moments = st.datetimes(
    min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)
)


@given(moments, moments)
def test_the_end_is_the_earlier_one_to_the_second(expires: datetime, own: datetime) -> None:
    found = until(bound(clock(own.isoformat())), expires)
    (condition,) = found.conditions
    (value,) = condition.values
    assert datetime.fromisoformat(value) == min(expires, own).replace(microsecond=0)


def test_a_date_ends_with_its_day_and_an_instant_at_once() -> None:
    grant = "- {actions: [s3:GetObject], resources: ['*']}"
    for expires, end in [
        ("2027-01-15", END_TEXT),
        ("2027-01-15T18:00:00Z", "2027-01-15T18:00:00Z"),
        ("2027-01-15T18:00:00+02:00", "2027-01-15T16:00:00Z"),
    ]:
        (statement,) = desired_of(request(grant, expires=expires)).inline
        assert statement.conditions == (clock(end),)


def test_a_denial_ends_too() -> None:
    grant = "- {actions: [s3:*], effect: deny, resources: ['*']}"
    (statement,) = desired_of(request(grant)).inline
    assert statement.effect == "Deny"
    assert statement.conditions == (clock(END_TEXT),)


def test_statements_that_differ_in_their_own_end_stay_apart() -> None:
    found = desired_of(
        request(
            """
            - {actions: [s3:GetObject], resources: ['*']}
            - actions: [s3:PutObject]
              resources: ['*']
              conditions: {DateLessThan: {"aws:CurrentTime": "2026-12-24T00:00:00Z"}}
            """
        )
    )
    ends = {s.actions: s.conditions for s in found.inline}
    assert ends == {
        ("s3:GetObject",): (clock(END_TEXT),),
        ("s3:PutObject",): (clock("2026-12-24T00:00:00Z"),),
    }


def test_a_clock_that_is_no_date_is_unresolved_where_it_stands() -> None:
    grant = """
        - {actions: [s3:GetObject], resources: ['*']}
        - actions: [s3:GetObject]
          resources: ['*']
          conditions: {DateLessThan: {"aws:CurrentTime": soon}}
        """
    (problem,) = state_of({"requests/x.yaml": request(grant)}).unresolved
    assert problem.steps == ("grants", 1, "conditions")
    assert "`soon`" in problem.message


def test_the_condition_ends_when_the_request_does() -> None:
    """At the instant in the condition the request itself has expired, and not a second earlier."""
    files = {"requests/x.yaml": request("- {actions: [s3:GetObject], resources: ['*']}")}
    assert state_of(files, END - timedelta(seconds=1)).modules
    assert not state_of(files, END).modules
