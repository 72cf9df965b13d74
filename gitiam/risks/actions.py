"""Actions by the harm that they can do, read from `data/risky_actions.yaml`.

There each class of harm, which has the name of the rule that looks for it, has a list of actions in
AWS's own spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

_DATA = Path(__file__).parents[1] / "data" / "risky_actions.yaml"


@cache
def risky_actions() -> Mapping[str, tuple[str, ...]]:
    """Class → full names of its actions."""
    body = yaml.load(_DATA.read_bytes(), yaml.CSafeLoader)
    return {name: tuple(actions) for name, actions in body.items()}
