"""Lists as people say them, cut where they become long."""

from __future__ import annotations

from collections.abc import Iterable

#: So many characters of a name are shown.
LONGEST = 120


def said(names: Iterable[str], most: int | None = None, word: str = "and") -> str:
    """`a, b and c`; with `most`, `a, b and 7 more`."""
    every = [short(name) for name in names]
    if most is not None and len(every) > most + 1:
        return f"{', '.join(every[:most])} {word} {len(every) - most:,} more"
    return f" {word} ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def short(name: str) -> str:
    """The name, or its beginning and end with `…` between: where it ends may matter most."""
    if len(name) <= LONGEST:
        return name
    half = (LONGEST - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
