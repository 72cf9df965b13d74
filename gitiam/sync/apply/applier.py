"""Applies pending modules, each by itself: one run at a time has a module.

It is the one whose marker stands in the ledger. The marker is put down before Terraform starts, and
taken away when the record is written; whoever finds one whose run is dead takes it over, with all
that it knows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields

from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Change, Standing
from gitiam.outcomes import Outcome
from gitiam.sync.apply.attempt import AllowDestroy, Attempt, Intent, Tools, claim
from gitiam.sync.apply.recovery import Live
from gitiam.sync.store.lease import Clock, Lease, LeaseLostError, Leases
from gitiam.sync.store.ledger import Ledger
from gitiam.sync.terraform.workspace import Terraform

__all__ = ["AllowDestroy", "Applier", "Intent"]


@dataclass(frozen=True)
class Applier:
    """Everything that one run of apply needs. `run` says who and where, for the ledger.

    `standings` is the ledger as the run began. `intent` judges every plan before it is applied.
    `say` is told for whom it waits.
    """

    terraform: Terraform
    ledger: Ledger
    live: Live
    standings: Mapping[ModuleKey, Standing]
    run: Mapping[str, str] = field(default_factory=dict)
    allow_destroy: AllowDestroy = frozenset()
    break_locks: frozenset[str] = frozenset()
    adopt: frozenset[str] = frozenset()
    intent: Intent | None = None
    leases: Leases | None = None
    say: Callable[[str], None] = lambda line: None
    _forced: set[ModuleKey] = field(default_factory=set, init=False)
    _forcing: threading.Lock = field(default_factory=threading.Lock, init=False)

    def apply(self, change: Change) -> Outcome:
        """Apply one module and record it; GitiamError when it fails, and then it stays pending.

        A living run that has the module is waited for, as long as for Terraform's own locks.
        """
        standing = self.standings.get(change.key, Standing())
        is_forced = self._is_forced(change.key)
        lease, left = self._leases.take(
            change.key,
            claim(change.module, self.run),
            is_expected=standing.unfinished,
            is_forced=is_forced,
        )
        attempt = Attempt(self._tools, change, standing, lease, left, breaks_lock=is_forced)
        with lease:
            try:
                return attempt.run()
            except LeaseLostError:
                _give_up(lease, attempt)
                raise
            except BaseException:
                _let_go(lease, attempt)
                raise

    def _is_forced(self, key: ModuleKey) -> bool:
        """Whether to take it from whoever has it: when it is first tried, and not once more.

        Somebody has said that the run which had it then is dead, and nothing of a later one.
        """
        with self._forcing:
            is_forced = str(key) in self.break_locks and key not in self._forced
            self._forced.add(key)
        return is_forced

    @property
    def _tools(self) -> Tools:
        return Tools(**{part.name: getattr(self, part.name) for part in fields(Tools)})

    @property
    def _leases(self) -> Leases:
        clock = Clock(pause=self.terraform.processes.pause)
        return self.leases or Leases(
            self.ledger.objects, self.terraform.lock_timeout, clock, say=self.say
        )


def _let_go(lease: Lease, attempt: Attempt) -> None:
    """After a failure. Whatever goes wrong here must not hide why it failed.

    A marker that cannot be let go is free a minute after its last renewal.
    """
    with suppress(GitiamError):
        try:
            attempt.let_go()
        except LeaseLostError:
            _give_up(lease, attempt)


def _give_up(lease: Lease, attempt: Attempt) -> None:
    """Another run has the module. Only one that has changed nothing may leave it in peace."""
    if attempt.has_begun:
        with suppress(GitiamError):
            lease.spoil()
