"""One module in a folder of its own, planned and applied: through the account's host, or plainly.

Through a host, Terraform attaches to a provider that runs already, which takes tenths of a second.
Where there shall be none, the very same commands run with a provider of their own, by a shortcut.
Where something is unfamiliar, they run with nothing of gitiam's in between.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from gitiam.config import LocalStore, S3Store, Store
from gitiam.files import make_folders
from gitiam.models import ModuleKey
from gitiam.modules import Module
from gitiam.outcomes import Outcome
from gitiam.sync.aws.session import Purpose, session_name
from gitiam.sync.machine.process import Processes, inherited_environment
from gitiam.sync.store.objects import FOLDER_MODE
from gitiam.sync.terraform.commands import (
    Commands,
    StalePlanError,
    StateLockedError,
    TerraformError,
    TerraformKilledError,
)
from gitiam.sync.terraform.initialised import NEEDED, LocalNotes
from gitiam.sync.terraform.text_check import check_extra, check_text

if TYPE_CHECKING:
    from gitiam.plans import ModulePlan
    from gitiam.sync.terraform.provider.hosts import Hosts

__all__ = [
    "Check",
    "StateLockedError",
    "Terraform",
    "TerraformError",
    "TerraformKilledError",
    "Variables",
    "Workspace",
]

#: How long to wait for somebody else's state lock, in seconds.
LOCK_TIMEOUT = 120
#: How often a plan is made anew because somebody has changed the state meanwhile.
_MOST_PLANS = 4

#: Looks at a plan before it is applied, and raises GitiamError to stop it.
Check = Callable[["ModulePlan"], None]


class Way(Protocol):
    """How Terraform gets to the provider, where that is not left to Terraform.

    `environment` is what it sees for that, `reading` what it sees beside that when it needs no more
    than the schema. `trouble` says what was not understood on the way, once there is any.
    """

    @property
    def environment(self) -> Mapping[str, str]: ...
    @property
    def reading(self) -> Mapping[str, str]: ...
    @property
    def is_attached(self) -> bool: ...
    @property
    def trouble(self) -> str | None: ...


_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Variables:
    """What a module is told when it runs: the role to assume, and how CloudTrail shall name it."""

    role: str | None
    purpose: Purpose
    run: str = ""

    def environment(self) -> dict[str, str]:
        """As Terraform takes variables."""
        return {
            "TF_VAR_gitiam_role_arn": self.role or "",
            "TF_VAR_gitiam_session_name": session_name(self.purpose, self.run),
        }


@dataclass(frozen=True)
class Terraform:
    """The program, and what it needs to start: CLI configuration, store and the estate's folder.

    `attached` and `plain` are further variables of its environment, with a host and without; what
    gitiam's own environment says of them goes before. No more than `plain_jobs` run without a host
    at once. `shortcut` finds the way without one, if there is any; `say` is told of trouble on it.
    """

    binary: Path
    cli_config: Path
    store: Store
    root: Path
    processes: Processes
    lock_timeout: int = LOCK_TIMEOUT
    hosts: Hosts | None = None
    shortcut: Callable[[], Way | None] = lambda: None
    say: Callable[[str], None] = lambda line: None
    attached: Mapping[str, str] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)
    plain_jobs: threading.Semaphore = field(default_factory=threading.Semaphore)
    notes: LocalNotes = field(default_factory=LocalNotes)

    @contextmanager
    def workspace(
        self, module: Module, extra: Mapping[str, str] | None = None
    ) -> Iterator[Workspace]:
        """A folder of its own with the module's files; gone when the block ends.

        GitiamError for a file that could do what no plan shows, or lie elsewhere.
        """
        check_text(module)
        for path in extra or ():
            check_extra(path)
        with tempfile.TemporaryDirectory(prefix="gitiam-") as name:
            folder = Path(name)
            for path, text in {**module.files, **(extra or {})}.items():
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            if isinstance(self.store, LocalStore):
                state = state_file(self.root, self.store, module.key)
                make_folders(state.parent, FOLDER_MODE)
            yield Workspace(self, module, folder)

    def commands(
        self,
        folder: Path,
        variables: Variables | None = None,
        way: Way | None = None,
        unlock_hint: str = "",
    ) -> Commands:
        """Terraform in this folder, which gets to the provider by this way."""
        return Commands(
            binary=self.binary,
            folder=folder,
            environment={
                **(self.attached if way and way.is_attached else self.plain),
                **inherited_environment(),
                **(variables.environment() if variables else {}),
                "TF_CLI_CONFIG_FILE": str(self.cli_config),
                "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1",
                **(way.environment if way else {}),
            },
            processes=self.processes,
            lock_timeout=self.lock_timeout,
            unlock_hint=unlock_hint,
            reading=way.reading if way else {},
        )

    def backend_arguments(self, key: ModuleKey) -> list[str]:
        """What `init` must be told, because it depends on where the estate lies."""
        if isinstance(self.store, S3Store):
            return []
        return [f"-backend-config=path={state_file(self.root, self.store, key)}"]

    def unlock_hint(self, key: ModuleKey) -> str:
        """What helps against a lock on the state whose holder is dead."""
        if isinstance(self.store, S3Store):
            hint = f"When that run is dead: gitiam apply --break-lock {key}"
            return f"Wait for that run to end. {hint}"
        return "Wait for that run to end: its lock ends with it"


@dataclass(frozen=True)
class Workspace:
    """One module's folder, ready to be planned or applied."""

    terraform: Terraform
    module: Module
    folder: Path

    def plan(self, variables: Variables, targets: Iterable[str] = ()) -> Outcome:
        """What an apply would change; `Outcome.plan` has it whole. Takes no lock."""
        return self._somewhere(variables, lambda run: _planned(run, targets, lock=False))

    def apply(
        self, variables: Variables, targets: Iterable[str] = (), check: Check | None = None
    ) -> Outcome:
        """Make it so, if `check` has nothing against it; with `targets`, as far as these go."""
        if check is None:
            return self._somewhere(variables, lambda run: run.apply(targets))
        return self._somewhere(variables, lambda run: _applied(run, targets, check))

    def bring_in(self, address: str, name: str, variables: Variables) -> None:
        """Put what exists in AWS into the state; what does not exist is passed over."""
        self._somewhere(variables, lambda run: run.bring_in(address, name))

    def untaint(self, address: str, variables: Variables) -> None:
        """Have what was made, and not to the end, gone on with rather than made anew."""
        self._somewhere(variables, lambda run: run.untaint(address))

    def force_unlock(self, lock: str) -> None:
        """Take away the lock of this id, which a run that is dead left on the state."""
        run = self.terraform.commands(self.folder)
        self._init(run)
        run.force_unlock(lock)

    def _somewhere(self, variables: Variables, work: Callable[[Commands], _Done]) -> _Done:
        """Through the host, or by the shortcut; if that was not understood, once more plainly."""
        hosts = self.terraform.hosts
        if hosts is not None:
            with hosts.seat(_seat_key(self.module, variables)) as seat:
                if seat is not None:
                    try:
                        return self._initialised(variables, seat, work)
                    except TerraformError:
                        if seat.trouble is None:
                            raise
                        hosts.step_aside(seat.trouble)
        with self.terraform.plain_jobs:
            way = self.terraform.shortcut() if hosts is None else None
            try:
                return self._initialised(variables, way, work)
            except TerraformError:
                if way is None or way.trouble is None:
                    raise
                self.terraform.say(f"{way.trouble}; once more without the shortcut")
            return self._initialised(variables, None, work)

    def _initialised(
        self, variables: Variables, way: Way | None, work: Callable[[Commands], _Done]
    ) -> _Done:
        hint = self.terraform.unlock_hint(self.module.key)
        run = self.terraform.commands(self.folder, variables, way, hint)
        if way is None or not self._init_by_note():
            self._init(run, way)
            return work(run)
        try:
            return work(run)
        except TerraformError as error:
            if NEEDED not in error.message:
                raise
        self.terraform.notes.forget()
        self._init(run, way)
        return work(run)

    def _init(self, run: Commands, way: Way | None = None) -> None:
        run.init(self.terraform.backend_arguments(self.module.key))
        state = self._state_file
        if way is not None and state is not None:
            self.terraform.notes.remember(self.folder, state)

    def _init_by_note(self) -> bool:
        state = self._state_file
        return state is not None and self.terraform.notes.write(self.folder, state)

    @property
    def _state_file(self) -> Path | None:
        """Where the state lies, if that is a folder of this machine."""
        store = self.terraform.store
        if isinstance(store, S3Store):
            return None
        return state_file(self.terraform.root, store, self.module.key)


def _planned(run: Commands, targets: Iterable[str], *, lock: bool) -> Outcome:
    from gitiam.plans import read_plan

    outcome = run.plan(targets, lock=lock)
    return replace(outcome, plan=read_plan(run.show()))


def _applied(run: Commands, targets: Iterable[str], check: Check) -> Outcome:
    """Plan, look, and apply that very plan; anew while others change the state in between."""
    for attempt in range(_MOST_PLANS):
        outcome = _planned(run, targets, lock=True)
        assert outcome.plan is not None  # noqa: S101  (it has just been read)
        check(outcome.plan)
        try:
            return replace(outcome, applied=run.apply_plan().applied)
        except StalePlanError:
            if attempt == _MOST_PLANS - 1:
                raise
    raise AssertionError("unreachable: the last attempt raises")


def _seat_key(module: Module, variables: Variables) -> str:
    """What a provider's configuration depends on: the account, and who is to be assumed in it."""
    return "\n".join([module.account.name, *sorted(map("=".join, variables.environment().items()))])


def state_file(root: Path, store: LocalStore, key: ModuleKey) -> Path:
    """Where a module's state lies when it lies in a folder."""
    return (root / store.folder / "state" / f"{key}.tfstate").absolute()
