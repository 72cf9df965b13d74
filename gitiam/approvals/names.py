"""Names of people and teams on GitHub: which there can be, and when two are one."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: GitHub Docs, "Username considerations": letters, digits and hyphens; `_` before the short code
#: of an enterprise. Old names may end with a hyphen. Apps (`name[bot]`) have no such name.
LOGIN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}"
#: The last part of a team's address, as GitHub makes it of the team's name.
SLUG = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_LOGIN = re.compile(LOGIN)
_TEAM = re.compile(rf"{LOGIN}/{SLUG}")
_BOT = "[bot]"
_LONGEST = 60


def login_of(text: str) -> str:
    """`alice` or `@alice` → `alice`, as it is compared; ValueError when it is no person's name."""
    name = text.removeprefix("@")
    if not _LOGIN.fullmatch(name):
        raise ValueError(f"`{shown(text)}` is not the name of a person on GitHub")
    return name.lower()


def team_of(text: str, organization: str | None = None) -> str:
    """`@org/team` or `team` → `org/team`, as it is compared; ValueError when it is no team."""
    name = text.removeprefix("@")
    if "/" not in name:
        if organization is None:
            raise ValueError(
                f"`{shown(text)}`: of which organisation? write `@ORGANISATION/{shown(name)}`,"
                " or say `organization` once"
            )
        name = f"{organization}/{name}"
    if not _TEAM.fullmatch(name):
        raise ValueError(f"`{shown(text)}` is not a team on GitHub; write `@ORGANISATION/TEAM`")
    return name.lower()


def same(one: str) -> str:
    """What two spellings of a login have in common: GitHub does not tell case apart."""
    return one.casefold()


def is_bot(login: str) -> bool:
    """Whether this is the name of an App or a bot rather than of a person."""
    return same(login).endswith(_BOT)


def shown(text: str) -> str:
    """Text of a stranger in one short line, without anything that orders a terminal about."""
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def joined(names: Iterable[str], last: str = "and") -> str:
    """`alice, bob and carol`."""
    *rest, final = list(names) or [""]
    return f"{', '.join(rest)} {last} {final}" if rest else final
