"""Access that ends soon, as one issue: what ends when, whom it concerns, and how it is extended.

The text has no clock in it but the dates of the files, so that it is the same as long as they are:
GitHub tells a person who is mentioned once, and not every night.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from gitiam.models import (
    AccessGrant,
    ActionsGrant,
    AssumeGrant,
    BundleGrant,
    Grant,
    GroupGrant,
    ManagedPolicyGrant,
    Request,
)
from gitiam.report.layout import counted, markdown

MARKER = "<!-- gitiam: expiring -->"
LABEL = "gitiam-expiring"
TITLE = "Access that ends soon"
#: So many files are named, the first to end first; in characters, so much of each.
MOST = 120
_LONGEST = 200
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked: a login that may be mentioned, and a pull request's number."""

    login: str | None = None
    pull: int | None = None


def ending(requests: Iterable[Request], now: datetime, days: int) -> tuple[Request, ...]:
    """The requests that end within so many days, the first to end first."""
    end = now + timedelta(days=days)
    found = [r for r in requests if r.expires is not None and now < r.expires <= end]
    return tuple(sorted(found, key=lambda r: (r.expires, r.path)))


def issue_text(requests: Sequence[Request], asked: Mapping[str, Asked], days: int) -> str:
    """The whole issue; `asked` says by path who asked."""
    lines = [_line(one, asked.get(one.path, Asked())) for one in requests[:MOST]]
    if len(requests) > MOST:
        lines.append(f"- … and {len(requests) - MOST:,} more, which end later")
    intro = (
        f"{counted(len(requests), 'request')} will have ended within {counted(days, 'day')}."
        " Nothing has to be done where the access is not needed any more."
    )
    how = (
        "**Still needed?** Comment `/gitiam extend 14d` on the pull request that brought the file,"
        " or change `expires` in the file by a pull request, and say why."
    )
    return "\n\n".join([MARKER, intro, how, "\n".join(lines)]) + "\n"


def closed_text(days: int) -> str:
    """What the issue says when it is closed."""
    return f"{MARKER}\n\nNo request ends within {counted(days, 'day')}.\n"


def chat_lines(requests: Sequence[Request]) -> list[str]:
    """A line for each file, for a chat."""
    return [f"{one.path} ends {when(one)}: {_who(one)}" for one in requests]


def when(request: Request) -> str:
    """`when 2027-01-15 ends (UTC)`, or `on 2027-01-15 at 18:00 UTC`."""
    if request.expires is None:
        return "never"
    end = request.expires.astimezone(UTC)
    if end.timetz().replace(tzinfo=None) == time():
        return f"when {(end - timedelta(days=1)).date()} ends (UTC)"
    return f"on {end.date()} at {end:%H:%M} UTC"


def _line(request: Request, asked: Asked) -> str:
    by = f"@{asked.login}" if asked.login else "somebody whom GitHub does not know"
    pull = f", #{asked.pull}" if asked.pull else ""
    what = markdown(_short(", ".join(_what(request.grants))))
    return (
        f"- **{markdown(_short(request.path))}** ends {when(request)}: {markdown(_who(request))}"
        f" loses {what}. Asked for by {by}{pull}"
    )


def _who(request: Request) -> str:
    principals = _few(map(str, request.principals), len(request.principals))
    return _short(f"{principals} in {_few(request.accounts, len(request.accounts))}")


def _few(names: Iterable[str], number: int) -> str:
    shown = [name for name, _ in zip(names, range(_MOST_NAMES), strict=False)]
    more = [f"{number - _MOST_NAMES:,} more"] if number > _MOST_NAMES else []
    return ", ".join([*shown, *more])


def _what(grants: Iterable[Grant]) -> Iterator[str]:
    for grant in grants:
        match grant:
            case BundleGrant():
                yield grant.bundle
            case AccessGrant():
                yield f"{'/'.join(grant.levels)} access"
            case ActionsGrant():
                kind = "a prohibition of " if grant.effect.lower() == "deny" else ""
                actions = grant.actions or tuple(f"all but {one}" for one in grant.not_actions)
                yield kind + _few(actions, len(actions))
            case ManagedPolicyGrant():
                yield grant.policy
            case GroupGrant():
                yield f"membership of {grant.group}"
            case AssumeGrant():
                yield f"leave to assume {_few(grant.roles, len(grant.roles))}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
