"""What people write in `expires` instead of a date → the date."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta

_FAR = 3660
_RELATIVE = re.compile(
    r"(?:in |for )?([0-9]{1,4}|an?|one|two|three|six) ?(d|days?|w|weeks?|months?|y|years?)"
)
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "six": 6}
_NAMED = {"today": 0, "tomorrow": 1}
# The year first: what comes then is the month, whoever writes it.
_LOOSE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")

_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_MONTHS = 12


def meant_date(text: str, now: datetime) -> date | None:
    """The day, counted from `now` in UTC, that `14d`, `in 2 weeks` or `tomorrow` is.

    Also of `2027/1/15`, and of `15.01.2027`, where only one can be the month. None
    for all else: `5m` could be minutes, `01/02/2027` two days.
    """
    words = " ".join(text.lower().split())
    today = now.astimezone(UTC).date()
    loose = _LOOSE.fullmatch(words)
    try:
        if loose:
            return date(*map(int, loose.groups()))
        if last := _YEAR_LAST.fullmatch(words):
            first, second, year = map(int, last.groups())
            if first != second and max(first, second) <= _MONTHS:
                return None
            return date(year, min(first, second), max(first, second))
        if words in _NAMED:
            return today + timedelta(days=_NAMED[words])
        found = _RELATIVE.fullmatch(words)
        return found and _later(today, _WORDS.get(found[1]) or int(found[1]), found[2][0])
    except (ValueError, OverflowError):
        return None


def _later(day: date, number: int, unit: str) -> date | None:
    """So many days, weeks, months or years later; None for none, and for far too many."""
    days = {"d": 1, "w": 7, "m": 30, "y": 365}[unit] * number
    if not 0 < days <= _FAR:
        return None
    if unit in "dw":
        return day + timedelta(days=days)
    years, month = divmod(day.month - 1 + number * (12 if unit == "y" else 1), 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
