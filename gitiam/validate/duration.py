"""How long a request lasts, in the days that people count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from gitiam.models import Request


def today(now: datetime) -> date:
    """The day of an aware instant, in UTC as the dates of requests are."""
    return now.astimezone(UTC).date()


def days_left(request: Request, now: datetime) -> int | None:
    """From today to the last day with access; None when it never ends, or does not say."""
    if request.expires is None:
        return None
    return ((request.expires - timedelta(microseconds=1)).date() - today(now)).days


def lasting(days: int | None) -> str:
    """`lasts 240 days`, `never ends`."""
    return "never ends" if days is None else f"lasts {days:,} day{'' if days == 1 else 's'}"
