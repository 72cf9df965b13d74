"""The last look before anything moves: does this plan do what was meant, and what was shown?

Pure judgement. What the change, the ledger and the plan say is handed in; nothing is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gitiam.models import ModuleKey
from gitiam.modules import Change, Marker, Record
from gitiam.plans import ModulePlan
from gitiam.reviewed import ReviewedModule
from gitiam.sync.apply.fate import own_address
from gitiam.sync.apply.scope import Made, check_scope
from gitiam.sync.apply.shown import (
    DESTROYS_ON_ORDER,
    REPEATED,
    TAKES_AWAY,
    destroys,
    judge,
    unshown_destruction,
)


@dataclass(frozen=True)
class Intent:
    """Judges the plans of one run.

    `shown` is what reviewers saw of each module; None where nobody handed in a record, so that
    plans are held against their modules alone. `now` is the run's instant. `named` are the modules
    whose principals somebody has ordered to be destroyed by their names.
    """

    now: datetime
    shown: Mapping[ModuleKey, tuple[ReviewedModule, ...]] | None = None
    named: Collection[str] = frozenset()

    def check(
        self,
        change: Change,
        record: Record | None,
        marker: Marker | None,
        plan: ModulePlan,
        *,
        may_destroy: bool = False,
    ) -> str | None:
        """GitiamError stops the module. The name of the rule by which it may go, if one was asked.

        `record` and `marker` are what earlier applies left in the ledger, `marker` only where one
        did not end well.
        """
        check_scope(change.module, plan, Made.of(record, marker), may_destroy=may_destroy)
        if self.shown is None:
            return None
        reviewed = self.shown.get(change.key, ())
        if not reviewed and marker is not None and marker.reviewed == change.module.digest:
            return REPEATED
        # With an instant to come, what ends before it is open all the same until then.
        now = min(self.now, datetime.now(UTC))
        rule = judge(plan, [module.plan for module in reviewed], now)
        itself = own_address(change.module)
        if not destroys(plan, itself):
            return rule
        is_shown = not reviewed or any(destroys(module.plan, itself) for module in reviewed)
        if not is_shown and str(change.key) not in self.named:
            raise unshown_destruction(change.key)
        return DESTROYS_ON_ORDER if rule == TAKES_AWAY else rule
