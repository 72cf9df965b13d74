"""Histories with real parts: after each apply that ends well, live equals desired.

`tests/test_histories.py` plays these, and random ones, in memory. With real parts they take long:
one that has everything in it is played every time, and all of them by `make histories`.
"""

from __future__ import annotations

import os

import pytest

from tests.support.real_past import RealPast
from tests.support.told import TOLD
from tests.support.world import World

NOW = TOLD if os.environ.get("HISTORIES") else {"killed-and-gone-back"}


@pytest.mark.parametrize("name", sorted(NOW))
def test_live_equals_desired(world: World, name: str) -> None:
    RealPast(world).play(TOLD[name])
