"""Reads gitiam's own data about risk, and refuses what does not have its shape.

People edit the YAML files in `gitiam/data`; a run reads the JSON beside them, which takes a
fortieth of the time. `python -m tools.risk_data` writes the one from the other, and a test holds
them together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent.parent / "data"


class DataError(ValueError):
    """A file of gitiam's own does not have the shape that it should: a bug, found by the tests."""


def read(name: str) -> Any:
    """What a JSON file of `gitiam/data` holds."""
    return json.loads((_DATA / name).read_bytes())


def fields(
    value: Any, where: str, required: Sequence[str] = (), optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """A mapping that has all of `required`, perhaps some of `optional`, and nothing else."""
    if not isinstance(value, dict):
        raise DataError(f"{where}: not a mapping")
    missing = set(required) - value.keys()
    unknown = value.keys() - {*required, *optional}
    if missing or unknown:
        raise DataError(f"{where}: missing {sorted(missing)}, unknown {sorted(map(str, unknown))}")
    return value


def as_list(value: Any, where: str) -> list[Any]:
    """A list that is not empty."""
    if not isinstance(value, list) or not value:
        raise DataError(f"{where}: not a list, or empty")
    return value


def as_text(value: Any, where: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise DataError(f"{where}: `{value}` is not a text, or empty")
    return value


def as_texts(value: Any, where: str) -> tuple[str, ...]:
    """One text, or a list of them that is not empty."""
    items = [value] if isinstance(value, str) else as_list(value, where)
    return tuple(as_text(item, where) for item in items)
