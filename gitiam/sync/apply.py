"""Applies pending modules: each by itself, in layers by kind, with the ledger written last.

The order of steps is what makes a kill harmless at any moment: a marker before Terraform starts,
the record after it has ended well, the marker away after the record. What a dead run created
without living to write its state is imported by the next, never created twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gitiam.errors import GitiamError
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Change, Marker, Module, Record, Standing, owned
from gitiam.outcomes import Outcome
from gitiam.sync.ledger import Ledger
from gitiam.sync.recovery import Found, Live, Recovery
from gitiam.sync.session import Purpose
from gitiam.sync.state import addresses_in_state, lock_in_bucket
from gitiam.sync.terraform import StateLockedError, Terraform, TerraformError, Variables

IMPORT_FILE = "gitiam_import.tf.json"
OVERRIDE_FILE = "gitiam_override.tf.json"


@dataclass(frozen=True)
class Applier:
    """Everything that one run of apply needs. `run` says who and where, for the ledger."""

    terraform: Terraform
    ledger: Ledger
    live: Live
    standings: Mapping[ModuleKey, Standing]
    run: Mapping[str, str] = field(default_factory=dict)
    allow_destroy: bool = False
    break_locks: frozenset[str] = frozenset()

    def apply(self, change: Change) -> Outcome:
        """Apply one module and record it; GitiamError when it fails, and then it stays pending."""
        module = change.module
        standing = self.standings.get(change.key, Standing())
        record = self.ledger.record(change.key, standing)
        marker = self.ledger.marker(change.key) if standing.unfinished else None
        kept = self._kept(module, record, marker)
        self._break_lock(module)
        if marker is not None:
            self._recovery.settle(module, marker, self._variables(module))
        found = self._recovery.look(module, record, marker)
        marker = self._marker(module, marker, found.absent)
        self.ledger.begin(change.key, marker)
        outcome = self._run_twice(module, record, marker, found, kept)
        if kept:
            raise _destruction(kept, "its access was taken away, and it was kept")
        self._write(change, standing)
        return outcome

    def _run_twice(
        self,
        module: Module,
        record: Record | None,
        marker: Marker,
        found: Found,
        kept: str | None,
    ) -> Outcome:
        """Run, and once more if the Terraform of a killed run has created something meanwhile."""
        try:
            return self._run(module, found.orphans, kept)
        except StateLockedError:
            raise
        except TerraformError:
            found = self._recovery.look(module, record, marker)
            if not found.orphans:
                raise
            return self._run(module, found.orphans, kept)

    def _run(self, module: Module, orphans: Iterable[str], kept: str | None) -> Outcome:
        targets = self._all_but_itself(module) if kept else []
        if kept and not targets:
            # Without a target, Terraform would take the module as a whole.
            return Outcome()
        with self.terraform.workspace(module, self._extra_files(module, orphans)) as workspace:
            return workspace.apply(self._variables(module), targets)

    def _break_lock(self, module: Module) -> None:
        if str(module.key) not in self.break_locks:
            return
        lock = lock_in_bucket(self.ledger.objects, module.key)
        if lock is not None:
            with self.terraform.workspace(module) as workspace:
                workspace.force_unlock(lock)

    def _kept(self, module: Module, record: Record | None, marker: Marker | None) -> str | None:
        """The ARN of the principal or policy that would go, and must not without --allow-destroy.

        GitiamError where it cannot be kept while its access goes: when it would be made anew
        elsewhere, or when it is a policy, which has no access apart from itself.
        """
        made = owned(record.creates if record else {}) or owned(marker.creates if marker else {})
        if made is None or made == module.owns or self.allow_destroy:
            return None
        if module.owns or module.key.kind is Kind.POLICY:
            raise _destruction(made, "nothing was done")
        return made

    def _all_but_itself(self, module: Module) -> list[str]:
        """Every resource in the module and in its state, but for the principal itself."""
        own = f"aws_iam_{module.key.kind}.this"
        known = addresses_in_state(self.ledger.objects, module.key) | module.imports.keys()
        return sorted(known - {own})

    @property
    def _recovery(self) -> Recovery:
        return Recovery(self.terraform, self.ledger.objects, self.live)

    def _write(self, change: Change, standing: Standing) -> None:
        record = self._record(change)
        if change.module.is_empty:
            self.ledger.forget(change.key, record, standing)
        else:
            self.ledger.finish(change.key, record, standing)

    def _extra_files(self, module: Module, orphans: Iterable[str]) -> dict[str, str]:
        files = {}
        blocks = [{"to": address, "id": module.imports[address]} for address in orphans]
        if blocks:
            files[IMPORT_FILE] = json.dumps({"import": blocks})
        if self.allow_destroy and module.owns:
            unguarded = {"lifecycle": {"prevent_destroy": False}}
            resource = {f"aws_iam_{module.key.kind}": {"this": unguarded}}
            files[OVERRIDE_FILE] = json.dumps({"resource": resource})
        return files

    def _variables(self, module: Module) -> Variables:
        return Variables(module.account.roles.apply, Purpose.APPLY, self.run.get("id", ""))

    def _marker(self, module: Module, previous: Marker | None, absent: Iterable[str]) -> Marker:
        before = previous or Marker("", (), {}, {}, {}, "")
        return Marker(
            digest=module.digest,
            absent=tuple(sorted({*before.absent, *absent})),
            creates={**before.creates, **module.creates},
            imports=module.imports,
            files=module.files,
            started_at=_timestamp(),
            run=self.run,
        )

    def _record(self, change: Change) -> Record:
        module = change.module
        return Record(
            digest=module.digest,
            origins=module.origins,
            creates=module.creates,
            applied_at=_timestamp(),
            run=self.run,
            reasons=change.reasons,
        )


def _destruction(arn: str, so_far: str) -> GitiamError:
    return GitiamError(
        f"this would destroy {arn} itself, and not only its access; {so_far}",
        hint="If that is meant, apply it with --allow-destroy",
    )


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
