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
from typing import Protocol

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Change, Marker, Module, Record, Standing, owned
from gitiam.outcomes import Outcome
from gitiam.sync.ledger import Ledger
from gitiam.sync.state import addresses_in_state, lock_in_bucket
from gitiam.sync.terraform import StateLockedError, Terraform, TerraformError

IMPORT_FILE = "gitiam_import.tf.json"
OVERRIDE_FILE = "gitiam_override.tf.json"


class Live(Protocol):
    """What apply asks of live IAM."""

    def existing(self, account: Account, arns: Iterable[str]) -> frozenset[str]:
        """Those of these users, groups, roles and policies that exist now."""
        ...


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
        self._refuse_destruction(module, record, marker)
        absent, orphans = self._look(module, record, marker)
        marker = self._marker(module, marker, absent)
        self.ledger.begin(change.key, marker)
        try:
            outcome = self._run(module, orphans)
        except StateLockedError:
            raise
        except TerraformError:
            # The Terraform of a run that was killed may have lived on until just now.
            absent, orphans = self._look(module, record, marker)
            if not orphans:
                raise
            outcome = self._run(module, orphans)
        done = self._record(change)
        if module.is_empty:
            self.ledger.forget(change.key, done, standing)
        else:
            self.ledger.finish(change.key, done, standing)
        return outcome

    def _run(self, module: Module, orphans: list[str]) -> Outcome:
        with self.terraform.workspace(module, self._extra_files(module, orphans)) as workspace:
            if str(module.key) in self.break_locks:
                lock = lock_in_bucket(self.ledger.objects, module.key)
                if lock is not None:
                    workspace.force_unlock(lock)
            return workspace.apply(self._variables(module.account))

    def _refuse_destruction(
        self, module: Module, record: Record | None, marker: Marker | None
    ) -> None:
        made = owned(record.creates if record else {}) or owned(marker.creates if marker else {})
        if made is None or made == module.owns or self.allow_destroy:
            return
        raise GitiamError(
            f"this would destroy {made} itself, and not only its access",
            hint="If that is meant, run again with --allow-destroy",
        )

    def _look(
        self, module: Module, record: Record | None, marker: Marker | None
    ) -> tuple[list[str], list[str]]:
        """Addresses to be created that do not exist yet, and those that a dead run left behind.

        GitiamError for an entity that exists and is not gitiam's: it must not be taken over.
        """
        known = record.creates if record else {}
        new = {a: arn for a, arn in module.creates.items() if known.get(a) != arn}
        if not new:
            return [], []
        existing = self.live.existing(module.account, new.values())
        ours = set(marker.absent) if marker else set()
        in_state = addresses_in_state(self.ledger.objects, module.key) if existing else frozenset()
        for address, arn in new.items():
            if arn in existing and address not in ours and address not in in_state:
                raise GitiamError(
                    f"{arn} exists already, and was not made by gitiam",
                    hint="Remove it, choose another name, or take its `kind: principal` file out"
                    " and only attach to it",
                )
        absent = [a for a, arn in new.items() if arn not in existing]
        orphans = [a for a, arn in new.items() if arn in existing and a not in in_state]
        return absent, orphans

    def _extra_files(self, module: Module, orphans: list[str]) -> dict[str, str]:
        files = {}
        if orphans:
            blocks = [{"to": a, "id": _import_id(module.creates[a])} for a in orphans]
            files[IMPORT_FILE] = json.dumps({"import": blocks})
        if self.allow_destroy and module.owns:
            unguarded = {"lifecycle": {"prevent_destroy": False}}
            resource = {f"aws_iam_{module.key.kind}": {"this": unguarded}}
            files[OVERRIDE_FILE] = json.dumps({"resource": resource})
        return files

    def _variables(self, account: Account) -> dict[str, str]:
        return {"gitiam_role_arn": account.roles.apply or ""}

    def _marker(self, module: Module, previous: Marker | None, absent: list[str]) -> Marker:
        before = previous or Marker("", (), {}, "")
        return Marker(
            digest=module.digest,
            absent=tuple(sorted({*before.absent, *absent})),
            creates={**before.creates, **module.creates},
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


def _import_id(arn: str) -> str:
    """The provider imports policies by ARN, the others by name."""
    return arn if ":policy/" in arn else arn.rsplit("/", 1)[-1]


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
