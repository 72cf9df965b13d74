"""A later end in a file; everything else stays."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gitiam.commands.extending import CannotExtendError, Extended, extended
from gitiam.commands.line import command_from

PATH = "requests/x.yaml"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AROUND = "# why\naccount: prod\nexpires:   {}   # {}\ngrants: [ {{a: 1}} ]\n\n# the end"


def became(text: str, until: str) -> Extended:
    return extended(PATH, text.encode(), command_from(f"/gitiam extend {until}"), NOW)


@pytest.mark.parametrize(
    ("written", "asked", "until"),
    [
        ("2027-01-15", "14d", "2027-01-29"),
        ("'2027-01-15'", "1d", "2027-01-16"),
        ('"2027-01-15"', "2027-02-01", "2027-02-01"),
        ("2027-01-15T18:00:00Z", "14d", "2027-01-29"),
        ("2027-01-15t23:00:00-02:00", "14d", "2027-01-30"),
        ("2026-01-15", "14d", "2026-12-07"),
        ("2026-11-23", "1d", "2026-11-24"),
    ],
)
def test_only_the_end_is_another(written: str, asked: str, until: str) -> None:
    found = became(AROUND.format(written, "soon"), asked)
    assert found.text == AROUND.format(until, "soon")
    assert found.until == date.fromisoformat(until)


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    text = "\ufeffexpires: 2027-01-15\r\naccount: prod\r\n"
    assert became(text, "1d").text == "\ufeffexpires: 2027-01-16\r\naccount: prod\r\n"


@pytest.mark.parametrize(
    ("text", "asked", "said"),
    [
        ("expires: 2027-01-15\n", "2027-01-15", "lasts until 2027-01-15 already"),
        ("expires: 2027-01-15\n", "2027-01-01", "lasts until 2027-01-15 already"),
        ("expires: 2026-01-15\n", "2026-02-01", "2026-02-01 is past"),
        ("expires: never\n", "14d", "no date"),
        ("expires: soon\n", "14d", "no date"),
        ("expires: [2027-01-15]\n", "14d", "no end of its own"),
        ("kind: principal\n", "14d", "no end of its own"),
        ("- expires\n", "14d", "no end of its own"),
        ("../../etc/passwd", "14d", "no end of its own"),
        ("a: [\n", "14d", "cannot be read"),
        ("a: &x 2027-01-15\nexpires: *x\nb: *x\n", "14d", ""),
        ("expires: &x 2027-01-15\nb: *x\n", "14d", "cannot be changed by itself"),
        ("expires: 9999-12-31\n", "14d", "no such day"),
    ],
)
def test_what_cannot_be_extended(text: str, asked: str, said: str) -> None:
    if not said:  # an alias is a value like another, and what it names stays
        assert became(text, asked).text == text.replace("expires: *x", "expires: 2027-01-29")
        return
    with pytest.raises(CannotExtendError) as refused:
        became(text, asked)
    assert said in refused.value.message
