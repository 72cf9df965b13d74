"""Colours, by what the text is rather than how it looks. click drops them off a terminal."""

from __future__ import annotations

import click

_LOOKS = {
    "create": {"fg": "green"},
    "added": {"fg": "green"},
    "applied": {"fg": "green"},
    "change": {"fg": "yellow"},
    "update": {"fg": "yellow"},
    "empty": {"fg": "red"},
    "destroy": {"fg": "red", "bold": True},
    "delete": {"fg": "red"},
    "replace": {"fg": "red"},
    "removed": {"fg": "red"},
    "failed": {"fg": "red", "bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan"},
    "module": {"bold": True},
    "place": {"bold": True},
    "faint": {"dim": True},
}


def shown(text: str) -> str:
    """Lines of text without anything that a terminal could take for an order."""
    from gitiam.report.layout import printable

    return "\n".join(map(printable, text.split("\n")))


def style(text: str, role: str) -> str:
    """The text as this role looks; unchanged for a role without a look."""
    look = _LOOKS.get(role)
    return click.style(text, **look) if look else text  # type: ignore[arg-type]
