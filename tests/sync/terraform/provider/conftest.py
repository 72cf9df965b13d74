"""Fixtures of the tests of the provider host: the real provider, and an embedded AWS."""

from tests.support.emulator import emulator, fresh_account, other_account
from tests.support.provider import real_provider, rig

__all__ = ["emulator", "fresh_account", "other_account", "real_provider", "rig"]
