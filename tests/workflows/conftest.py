"""Fixtures of the tests that run workflows."""

from tests.support.emulator import emulator, fresh_account, other_account
from tests.support.github.server import github, github_listener

__all__ = ["emulator", "fresh_account", "github", "github_listener", "other_account"]
