"""Every test here runs the real parts: gitiam as a program, Terraform, the provider, a live AWS."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitiam.sync.aws.emulator import Emulator
from tests.support.emulator import emulator, fresh_account, other_account
from tests.support.world import World

__all__ = ["emulator", "fresh_account", "other_account"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder carry the marker `terraform`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.terraform)


@pytest.fixture
def world(emulator: Emulator, fresh_account: str, other_account: str) -> Iterator[World]:
    """An estate without requests, and two empty accounts: `prod` and `dev`."""
    folder = Path(tempfile.mkdtemp(prefix="gitiam-e2e-"))
    yield World(folder, emulator, {"prod": fresh_account, "dev": other_account})
    shutil.rmtree(folder, ignore_errors=True)
