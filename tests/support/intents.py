"""An intent that has made up its mind, for tests of what an apply makes of its word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gitiam.errors import GitiamError
from gitiam.modules import Change, Marker, Record
from gitiam.plans import ModulePlan


@dataclass(frozen=True)
class Says:
    """Lets every plan pass by `rule`; without one it refuses.

    `markers` are those that it was shown; `meanwhile` happens while it looks.
    """

    rule: str | None
    markers: list[Marker | None] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def check(
        self,
        change: Change,
        record: Record | None,
        marker: Marker | None,
        plan: ModulePlan,
        *,
        may_destroy: bool,
    ) -> str | None:
        """The word, or GitiamError."""
        self.markers.append(marker)
        self.meanwhile()
        if self.rule is None:
            raise GitiamError("it was not shown")
        return self.rule
