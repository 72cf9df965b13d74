"""Cases of a test of which a few are played every time, and the others by `make thorough`."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from typing import Any

import pytest
from hypothesis import settings

thorough = pytest.mark.thorough


def drawn(few: int, many: int) -> settings:
    """How many random cases are tried: few every time, many by `make thorough`."""
    return settings(max_examples=many if os.environ.get("THOROUGH") else few)


def mostly_later(now: Collection[str], names: Iterable[str]) -> list[Any]:
    """Parameters by name; those in `now` are played every time. ValueError for an unknown one."""
    everything = list(names)
    if unknown := set(now) - set(everything):
        raise ValueError(f"there are no cases {', '.join(sorted(unknown))}")
    return [
        pytest.param(name, id=name, marks=() if name in now else thorough) for name in everything
    ]
