"""Cases of a test of which a few are played every time, and the others by `make thorough`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest

thorough = pytest.mark.thorough


def mostly_later(now: Collection[str], names: Iterable[str]) -> list[Any]:
    """Parameters by name; those in `now` are played every time. ValueError for an unknown one."""
    everything = list(names)
    if unknown := set(now) - set(everything):
        raise ValueError(f"there are no cases {', '.join(sorted(unknown))}")
    return [
        pytest.param(name, id=name, marks=() if name in now else thorough) for name in everything
    ]
