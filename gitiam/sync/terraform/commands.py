"""Terraform's commands in one module's folder: started, read while they speak, errors explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitiam.errors import GitiamError
from gitiam.outcomes import Outcome
from gitiam.sync.faults.diagnostics import hint_for, is_held_elsewhere, last_error, take
from gitiam.sync.machine.process import Finished, Processes

PLAN_FILE = "gitiam.tfplan"

#: What `terraform import` says of something that does not exist.
_ABSENT = "Cannot import non-existent remote object"
#: In seconds, beside waiting for a lock. The provider ends by itself long before, unless AWS takes
#: a call and never answers.
LONGEST = 900.0
_STALE = "Saved plan is stale"
_HOLDER = re.compile(r"\bWho: +(\S+)")
_SINCE = re.compile(r"\bCreated: +(\d{4}-\d\d-\d\d \d\d:\d\d)")


class TerraformError(GitiamError):
    """Terraform ended with an error; the message is its own, in one sentence where it has one."""


class StateLockedError(TerraformError):
    """Somebody else holds the lock on the state, or died with it."""


class StalePlanError(TerraformError):
    """The state has changed since the plan was made: it must be planned anew."""


class TerraformKilledError(TerraformError):
    """Somebody has killed it, and it could not even take away its lock on the state."""


@dataclass(frozen=True)
class Commands:
    """`environment` is all that these Terraforms see of the machine.

    `reading` is what they see beside it where they need no provider, but its schema at the most.
    `unlock_hint` says what helps against a lock whose holder is dead.
    """

    binary: Path
    folder: Path
    environment: Mapping[str, str]
    processes: Processes
    lock_timeout: int
    unlock_hint: str
    reading: Mapping[str, str] = field(default_factory=dict)

    def init(self, backend: Iterable[str]) -> None:
        """Install the provider, checked against the lock file, and bind the backend."""
        arguments = ["init", "-input=false", "-no-color", "-lockfile=readonly", *backend]
        self._succeed(arguments, self.reading)

    def plan(self, targets: Iterable[str] = (), *, lock: bool) -> Outcome:
        """Write to `PLAN_FILE` what would be changed. Writes no state."""
        locking = self._lock_timeout if lock else "-lock=false"
        arguments = ["plan", "-input=false", "-json", f"-out={PLAN_FILE}", locking]
        return self._stream([*arguments, *_aimed(targets)])

    def show(self) -> str:
        """The plan in `PLAN_FILE`, as JSON."""
        return self._succeed(["show", "-json", "-no-color", PLAN_FILE], self.reading).stdout

    def apply_plan(self) -> Outcome:
        """Make it as planned; StalePlanError when the state has changed since."""
        return self._stream(["apply", "-input=false", "-json", self._lock_timeout, PLAN_FILE])

    def apply(self, targets: Iterable[str] = ()) -> Outcome:
        """Plan, and make it so."""
        arguments = ["apply", "-auto-approve", "-input=false", "-json", self._lock_timeout]
        return self._stream([*arguments, *_aimed(targets)])

    def bring_in(self, address: str, name: str) -> None:
        """Put what exists in AWS into the state; what does not exist is passed over."""
        arguments = ["import", "-input=false", "-no-color", self._lock_timeout, address, name]
        finished = self._run(arguments)
        said = " ".join(finished.stderr.split())
        if finished.code and _ABSENT not in said:
            raise self._error(said, last_error(finished))

    def untaint(self, address: str) -> None:
        """Have what was made, and not to the end, gone on with rather than made anew."""
        finished = self._run(["untaint", "-no-color", self._lock_timeout, address])
        if finished.code:
            raise self._error(" ".join(finished.stderr.split()), last_error(finished))

    def force_unlock(self, lock: str) -> None:
        """Take away the lock of this id, which a run that is dead left on the state."""
        self._succeed(["force-unlock", "-force", lock])

    @property
    def _lock_timeout(self) -> str:
        return f"-lock-timeout={self.lock_timeout}s"

    def _succeed(self, arguments: list[str], more: Mapping[str, str] | None = None) -> Finished:
        finished = self._run(arguments, more=more)
        if finished.code:
            message = last_error(finished)
            raise TerraformError(message, hint=hint_for(message))
        return finished

    def _stream(self, arguments: list[str]) -> Outcome:
        outcome = Outcome()
        finished = self._run(arguments, lambda line: take(line, outcome))
        if finished.code:
            message = "; ".join(dict.fromkeys(outcome.errors)) or last_error(finished)
            if finished.code < 0:
                raise TerraformKilledError(message, hint=hint_for(message))
            raise self._error(message, message)
        return outcome

    def _error(self, said: str, message: str) -> TerraformError:
        if is_held_elsewhere(said):
            return self._locked(said)
        if _STALE in said:
            return StalePlanError("the state has changed since the plan was made")
        return TerraformError(message, hint=hint_for(message))

    def _locked(self, said: str) -> StateLockedError:
        """Who holds the lock, as Terraform tells it."""
        who, since = _HOLDER.search(said), _SINCE.search(said)
        text = f"the state is locked{f' by {who[1]}' if who else ''}"
        if since:
            text += f" since {since[1]} UTC"
        return StateLockedError(text, hint=self.unlock_hint)

    def _run(
        self,
        arguments: list[str],
        on_line: Callable[[str], None] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Finished:
        return self.processes.run(
            [self.binary, *arguments],
            folder=self.folder,
            environment={**self.environment, **(more or {})},
            on_line=on_line,
            longest=LONGEST + self.lock_timeout,
        )


def _aimed(targets: Iterable[str]) -> list[str]:
    return [f"-target={name}" for name in targets]
