"""Fixtures of the tests that talk to an embedded AWS."""

from tests.support.emulator import emulator, fresh_account, other_account

__all__ = ["emulator", "fresh_account", "other_account"]
