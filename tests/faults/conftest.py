"""Real parts, and trouble between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import world
from tests.support.emulator import emulator, fresh_account, other_account

__all__ = ["emulator", "fresh_account", "other_account", "world"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder carry the marker `terraform`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.terraform)
