"""What every benchmark is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """`folder` is empty and goes away afterwards.

    Without `sizes`, and with 0 `rounds`, a benchmark takes its usual ones.
    """

    folder: Path
    say: Callable[[str], None]
    rounds: int = 0
    sizes: tuple[int, ...] = ()
    quick: bool = False
