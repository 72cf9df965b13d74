"""Plans pending modules just as an apply would run them, and judges the plans as it would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gitiam.models import ModuleKey
from gitiam.modules import Change, Marker, Module, Record, Standing
from gitiam.outcomes import Outcome
from gitiam.plans import ModulePlan
from gitiam.sync.apply.fate import Fate, extra_files, fate_of, is_idle, targets
from gitiam.sync.apply.run import trail
from gitiam.sync.apply.scope import Made, check_scope
from gitiam.sync.aws.session import Purpose
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.store.state import ModuleState
from gitiam.sync.terraform.workspace import Terraform, Variables


@dataclass(frozen=True)
class Planner:
    """Everything that one run of plan needs; `allow_destroy` holds modules by name, or is "all".

    Nothing is written anywhere. What a run that died has left behind is brought into the state by
    an apply alone: until then such a module may be shown as making what is there already.
    """

    terraform: Terraform
    ledger: Ledger
    standings: Mapping[ModuleKey, Standing]
    run: Mapping[str, str] = field(default_factory=dict)
    allow_destroy: frozenset[str] | str = frozenset()

    def plan(self, change: Change) -> Outcome:
        """What an apply of this change would do; GitiamError where it would stop instead."""
        module, standing = change.module, self.standings.get(change.key, Standing())
        record = self.ledger.record(change.key, standing)
        marker = self.ledger.marker(change.key) if standing.unfinished else None
        may_destroy = self.allow_destroy == "all" or str(change.key) in self.allow_destroy
        fate = fate_of(
            module,
            record,
            marker,
            lambda: self._in_state(module),
            unfinished=standing.unfinished,
            may_destroy=may_destroy,
        )
        outcome = self._planned(module, fate, may_destroy)
        assert outcome.plan is not None  # noqa: S101  (Workspace.plan fills it)
        made = Made.of(record, marker)
        check_scope(module, outcome.plan, made, may_destroy=may_destroy)
        notes = [*outcome.notes, *self._notes(module, record, marker, fate)]
        return replace(outcome, notes=notes, kept=fate.kept)

    def _planned(self, module: Module, fate: Fate, may_destroy: bool) -> Outcome:
        aimed = targets(module, fate, self._in_state(module) if fate.kept else ())
        if is_idle(fate, aimed):
            return Outcome(plan=ModulePlan((), (module.account.id,)))
        variables = Variables(module.account.roles.plan, Purpose.PLAN, trail(self.run))
        files = extra_files(module, (), fate, may_destroy=may_destroy)
        with self.terraform.workspace(module, files) as workspace:
            return workspace.plan(variables, aimed)

    def _in_state(self, module: Module) -> frozenset[str]:
        return ModuleState(self.ledger.objects, module.key).read().addresses

    def _notes(
        self, module: Module, record: Record | None, marker: Marker | None, fate: Fate
    ) -> list[str]:
        notes = []
        if fate.kept:
            notes.append(
                f"{fate.kept} itself is kept until --allow-destroy {module.key};"
                " without that, an apply ends with 1"
            )
        if fate.is_released:
            notes.append(f"{module.key} itself is let go, and stays as it is")
        if marker is not None and not (fate.kept and marker.kept):
            notes.append(
                "its last apply failed or was interrupted; the next one first looks at live IAM for"
                " what that apply made"
            )
        damage = ModuleState(self.ledger.objects, module.key).read().damage(record, marker)
        if damage is not None:
            notes.append(f"the Terraform state {damage}; an apply makes it anew first")
        return notes
