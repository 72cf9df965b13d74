"""The pull request that takes away request files whose access has ended long ago."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from gitiam.load.expired import RULE, TRAILER, VERSION
from gitiam.models import Request
from gitiam.report.expiring import when
from gitiam.report.layout import counted, markdown

BRANCH = "gitiam/expired"
#: So many files go at once; the others go with the next.
MOST = 100
_LONGEST = 300


def outlived(requests: Iterable[Request], now: datetime, days: int) -> tuple[Request, ...]:
    """The requests that ended so many days ago or more, the longest ago first."""
    end = now - timedelta(days=days)
    found = [r for r in requests if r.expires is not None and r.expires <= end]
    return tuple(sorted(found, key=lambda r: (r.expires, r.path)))


def title(requests: Sequence[Request]) -> str:
    """What the pull request is called."""
    return f"Remove {counted(len(requests), 'request')} that expired long ago"


def body(requests: Sequence[Request], days: int) -> str:
    """What it says: each file with its date and its reason."""
    lines = [
        f"- {markdown(_short(one.path))} ended {when(one)}: {markdown(_short(one.reason))}"
        for one in requests
    ]
    intro = (
        f"The access of these files ended {counted(days, 'day')} ago or more, and has been taken"
        " away. Removing them changes nothing for anybody; git and the ledger remember them."
    )
    rule = (
        f"Each is a request that has expired and forbids nothing: the rule `{RULE}-{VERSION}`"
        " approves just that, and `gitiam github tidy --merge` merges it."
    )
    return "\n\n".join([intro, "\n".join(lines), rule]) + "\n"


def commit_message(paths: Iterable[str]) -> str:
    """What the merge's commit says below its title, of these files."""
    return "\n".join([*(f"- {path}" for path in paths), "", TRAILER])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
