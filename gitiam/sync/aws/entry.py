"""Whether an account lets gitiam in: asked once, before anything of it is touched."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.modules import Change
from gitiam.sync.faults.causes import Cause, CausedError
from gitiam.sync.faults.retry import cause_of

#: Returns when the account's credentials serve; GitiamError when they do not. Safe under threads.
Admit = Callable[[Account], object]

#: So many modules of an account wait in vain, and then no more do.
_IN_VAIN = 3


@dataclass
class Entry:
    """The doors of a run's accounts. A door that has closed stays closed to the end of the run.

    Credentials do not come back by waiting: the first module that finds out spares the others the
    time that it took. What only passes by, throttling say, closes nothing; but where several
    modules after each other have waited for it in vain, the next ones are tried once, until one
    ends well.
    """

    admit: Admit
    _admitted: set[str] = field(default_factory=set)
    _closed: dict[str, GitiamError] = field(default_factory=dict)
    _in_vain: Counter[str] = field(default_factory=Counter)
    _locks: defaultdict[str, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_through(self, change: Change) -> None:
        """Go on, or GitiamError: the one that was the account's first."""
        account = change.module.account
        with self._lock:
            lock = self._locks[account.name]
        with lock:
            self._refuse_if_closed(account.name)
            if account.name not in self._admitted:
                try:
                    self.admit(account)
                except GitiamError as error:
                    self._close_for(account.name, error)
                    raise
                self._admitted.add(account.name)

    def ended_badly(self, change: Change, error: GitiamError) -> None:
        """Close the account's door, if the error is one of its credentials."""
        account = change.module.account.name
        self._close_for(account, error)
        if cause_of(error) not in (None, Cause.CREDENTIALS):
            with self._lock:
                self._in_vain[account] += 1

    def ended_well(self, change: Change) -> None:
        """There is hope again."""
        with self._lock:
            self._in_vain.pop(change.module.account.name, None)

    def is_worth_waiting(self, change: Change) -> bool:
        """Whether waiting for what passes has helped lately, or may yet."""
        return self._in_vain[change.module.account.name] < _IN_VAIN

    def _close_for(self, account: str, error: GitiamError) -> None:
        if cause_of(error) is Cause.CREDENTIALS:
            self._closed.setdefault(account, error)

    def _refuse_if_closed(self, account: str) -> None:
        first = self._closed.get(account)
        if first is not None:
            raise CausedError(first.message, hint=first.hint, cause=Cause.CREDENTIALS)
