"""Where gitiam keeps things of its own in a user's home. RuntimeError where there is no home."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """For what can be made or fetched again."""
    return _base("XDG_CACHE_HOME", ".cache") / "gitiam"


def state_folder() -> Path:
    """For what belongs to this user on this machine."""
    return _base("XDG_STATE_HOME", ".local/state") / "gitiam"


def _base(variable: str, usual: str) -> Path:
    # The XDG specification has relative paths ignored.
    own = Path(os.environ.get(variable, ""))
    return own if own.is_absolute() else Path.home() / usual
