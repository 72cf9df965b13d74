"""Runs Terraform or OpenTofu in a module's folder, and reads what it says as it says it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitiam.config import LocalStore, S3Store, Store, TerraformConfig
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import Change, Module
from gitiam.outcomes import Outcome
from gitiam.sync.diagnostics import hint_for, last_error, take
from gitiam.sync.mirrors import cli_configuration
from gitiam.sync.process import Finished, Processes, inherited_environment
from gitiam.sync.session import Purpose, session_name

BINARY_VARIABLE = "GITIAM_TERRAFORM"
OLDEST = (1, 10)
#: How long to wait for somebody else's state lock, in seconds.
LOCK_TIMEOUT = 120
#: A sixth less CPU time at a tenth more memory (measured; see docs/performance.md).
_GO_SETTINGS = {"GOGC": "400", "GOMEMLIMIT": "1500MiB"}

#: What `terraform import` says of something that does not exist.
_ABSENT = "Cannot import non-existent remote object"

_LOCKED = "Error acquiring the state lock"
_HOLDER = re.compile(r"\bWho: +(\S+)")
_SINCE = re.compile(r"\bCreated: +(\d{4}-\d\d-\d\d \d\d:\d\d)")


class TerraformError(GitiamError):
    """Terraform ended with an error; the message is its own, in one sentence where it has one."""


class StateLockedError(TerraformError):
    """Somebody else holds the lock on the state, or died with it."""


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
    """The program, and what it needs to start: CLI configuration, store and the estate's folder."""

    binary: Path
    cli_config: Path
    store: Store
    root: Path
    processes: Processes
    lock_timeout: int = LOCK_TIMEOUT

    @contextmanager
    def workspace(
        self, module: Module, extra: Mapping[str, str] | None = None
    ) -> Iterator[Workspace]:
        """A folder of its own with the module's files, initialised; gone when the block ends."""
        with tempfile.TemporaryDirectory(prefix="gitiam-") as name:
            folder = Path(name)
            for path, text in {**module.files, **(extra or {})}.items():
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            workspace = Workspace(self, module, folder)
            workspace.init()
            yield workspace

    def plan(self, change: Change) -> Outcome:
        """What an apply of this change would do, with the account's plan role."""
        variables = Variables(change.module.account.roles.plan, Purpose.PLAN)
        with self.workspace(change.module) as workspace:
            return workspace.plan(variables)

    def backend_arguments(self, key: ModuleKey) -> list[str]:
        """What `init` must be told, because it depends on where the estate lies."""
        if isinstance(self.store, S3Store):
            return []
        state = state_file(self.root, self.store, key)
        state.parent.mkdir(parents=True, exist_ok=True)
        return [f"-backend-config=path={state}"]


@dataclass(frozen=True)
class Workspace:
    """One module's folder, ready to be planned or applied."""

    terraform: Terraform
    module: Module
    folder: Path

    def init(self) -> None:
        """Install the provider, checked against the lock file, and bind the backend."""
        arguments = ["init", "-input=false", "-no-color", "-lockfile=readonly"]
        finished = self._run([*arguments, *self.terraform.backend_arguments(self.module.key)])
        if finished.code:
            raise TerraformError(last_error(finished), hint=hint_for(finished.stderr))

    def plan(self, variables: Variables) -> Outcome:
        """What an apply would change. Takes no lock and writes no state."""
        return self._stream(["plan", "-input=false", "-json", "-lock=false"], variables)

    def apply(self, variables: Variables, targets: Iterable[str] = ()) -> Outcome:
        """Make it so; with `targets`, as far as these resources go."""
        arguments = ["apply", "-auto-approve", "-input=false", "-json", self._lock_timeout]
        return self._stream([*arguments, *(f"-target={name}" for name in targets)], variables)

    def bring_in(self, address: str, name: str, variables: Variables) -> None:
        """Put what exists in AWS into the state; what does not exist is passed over."""
        arguments = ["import", "-input=false", "-no-color", self._lock_timeout, address, name]
        finished = self._run(arguments, variables)
        said = " ".join(finished.stderr.split())
        if finished.code and _ABSENT not in said:
            if _LOCKED in said:
                raise self._locked(said)
            raise TerraformError(last_error(finished), hint=hint_for(finished.stderr))

    def force_unlock(self, lock: str) -> None:
        """Take away the lock of this id, which a run that is dead left on the state."""
        finished = self._run(["force-unlock", "-force", lock])
        if finished.code:
            raise TerraformError(last_error(finished))

    @property
    def _lock_timeout(self) -> str:
        return f"-lock-timeout={self.terraform.lock_timeout}s"

    def _stream(self, arguments: list[str], variables: Variables) -> Outcome:
        outcome = Outcome()
        finished = self._run(arguments, variables, lambda line: take(line, outcome))
        if finished.code:
            message = "; ".join(dict.fromkeys(outcome.errors)) or last_error(finished)
            if _LOCKED in message:
                raise self._locked(message)
            raise TerraformError(message, hint=hint_for(message))
        return outcome

    def _locked(self, message: str) -> StateLockedError:
        """Who holds the lock, as Terraform tells it."""
        who, since = _HOLDER.search(message), _SINCE.search(message)
        text = f"the state is locked{f' by {who[1]}' if who else ''}"
        if since:
            text += f" since {since[1]} UTC"
        if isinstance(self.terraform.store, S3Store):
            key = self.module.key
            hint = f"When that run is dead: gitiam apply --break-lock {key}"
            return StateLockedError(text, hint=f"Wait for that run to end. {hint}")
        return StateLockedError(text, hint="Wait for that run to end: its lock ends with it")

    def _run(
        self,
        arguments: list[str],
        variables: Variables | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Finished:
        environment = {
            **_GO_SETTINGS,
            **inherited_environment(),
            **(variables.environment() if variables else {}),
            "TF_CLI_CONFIG_FILE": str(self.terraform.cli_config),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }
        return self.terraform.processes.run(
            [self.terraform.binary, *arguments],
            folder=self.folder,
            environment=environment,
            on_line=on_line,
        )


@contextmanager
def open_terraform(
    config: TerraformConfig,
    store: Store,
    root: Path,
    processes: Processes,
    lock_timeout: int = LOCK_TIMEOUT,
) -> Iterator[Terraform]:
    """Find Terraform, and write its CLI configuration for as long as the block lasts."""
    binary = find_binary()
    check_version(binary, processes)
    own = os.environ.get("TF_CLI_CONFIG_FILE", "")
    with tempfile.TemporaryDirectory(prefix="gitiam-") as name:
        cli_config = Path(own)
        if not own or not cli_config.is_file():
            cli_config = Path(name) / "terraform.rc"
            cli_config.write_text(cli_configuration(config), encoding="utf-8")
        yield Terraform(binary, cli_config.absolute(), store, root, processes, lock_timeout)


def find_binary() -> Path:
    """`GITIAM_TERRAFORM`, else `terraform`, else `tofu` on the PATH; GitiamError for none."""
    own = os.environ.get(BINARY_VARIABLE)
    for name in [own] if own else ["terraform", "tofu"]:
        found = shutil.which(name)
        if found:
            return Path(found).absolute()
    raise GitiamError(
        f"{own} is not a program" if own else "neither terraform nor tofu is on the PATH",
        hint=f"Install Terraform 1.10 or later, or set {BINARY_VARIABLE} to where it is",
    )


def check_version(binary: Path, processes: Processes) -> None:
    """GitiamError when the program is too old for S3's own state locks."""
    finished = processes.run(
        [binary, "version", "-json"],
        folder=Path(),
        environment={**inherited_environment(), "CHECKPOINT_DISABLE": "1"},
    )
    try:
        text = str(json.loads(finished.stdout)["terraform_version"])
        version = tuple(int(part) for part in text.split("-")[0].split("."))
    except (ValueError, KeyError, TypeError):
        raise GitiamError(
            f"{binary} does not say which version it is", hint="Is it Terraform or OpenTofu?"
        ) from None
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise GitiamError(f"{binary} is version {text}; gitiam needs {oldest} or later")


def state_file(root: Path, store: LocalStore, key: ModuleKey) -> Path:
    """Where a module's state lies when it lies in a folder."""
    return (root / store.folder / "state" / f"{key}.tfstate").absolute()
