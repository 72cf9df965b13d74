"""How much may be compared for one file, so that none can keep a reviewer waiting."""

from __future__ import annotations

from dataclasses import dataclass

#: So many comparisons of two permissions take some seconds; ordinary files need a few thousand.
MOST = 400_000


@dataclass
class Budget:
    """Comparisons that are left. What is not allowed to be compared must err on the safe side."""

    left: int = MOST
    is_spent: bool = False

    def allows(self, comparisons: int) -> bool:
        """Whether there are so many left; then they are spent."""
        if comparisons > self.left:
            self.is_spent = True
            return False
        self.left -= comparisons
        return True
