"""Files that have had their day: what may go without anybody's approval, as it gives nothing."""

from __future__ import annotations

from datetime import datetime

from gitiam.load.estate import parse_file
from gitiam.models import ActionsGrant, Request

#: The rule that approves such a removal, and the line by which its commit says so.
RULE = "expired"
VERSION = 1
TRAILER = f"Approved-by-rule: {RULE} version {VERSION}"


def is_expired_removal(before_text: str, now: datetime) -> bool:
    """Whether taking this file away changes nothing for anybody at this instant.

    That is so of a request that can be read without a finding, has expired, and forbids nothing:
    who takes a prohibition away, expired or not, is to be looked at by people. False for all else,
    such as declarations and shared policies. Pure: it looks at the text alone.
    """
    found = _giving(before_text)
    return found is not None and found.is_expired(now)


def only_gives(text: str) -> bool:
    """Whether this is a request, and forbids nothing: without it there is less access, not more."""
    return _giving(text) is not None


def _giving(text: str) -> Request | None:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return None
    found = parse_file("requests/removed.yaml", raw)
    return found if isinstance(found, Request) and not _forbids(found) else None


def _forbids(request: Request) -> bool:
    return any(
        isinstance(one, ActionsGrant) and one.effect.lower() != "allow" for one in request.grants
    )
