"""Histories with real parts: after each apply that ends well, live equals desired.

`tests/test_histories.py` plays these, and random ones, in memory.
"""

from __future__ import annotations

import pytest

from tests.support.real_past import RealPast
from tests.support.told import TOLD
from tests.support.world import World


@pytest.mark.parametrize("name", TOLD)
def test_live_equals_desired(world: World, name: str) -> None:
    RealPast(world).play(TOLD[name])
