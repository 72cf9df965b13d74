"""A whole world for one test: an estate's folder, live accounts, and `gitiam` as people start it.

Every start of Terraform goes through a small script that notes it and then becomes the real one, so
that a test can count the starts, know what each was for, and see whether it is still alive.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from mypy_boto3_iam import IAMClient

import gitiam
from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import open_ledger, renderer_for
from gitiam.modules import Record, Standing
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.store.objects import FolderObjects
from tests.support.descendants import living_with
from tests.support.emulator import iam_of

#: The longest that anything here may take; who waits longer waits for something that never comes.
PATIENCE = 120.0

#: Why a module is pending whose last apply left its marker.
UNFINISHED = "the last apply failed or was interrupted"

_WRAPPER = """\
#!/bin/sh
key=$(sed -n 's/^ *key *= "\\(.*\\)"$/\\1/p' terraform.tf 2>/dev/null)
# gitiam writes this note in Terraform's stead; Terraform writes it in lines of their own.
note=.terraform/terraform.tfstate
[ -n "$key" ] || key=$(sed -n 's/.*"path": "\\([^"]*\\)".*/\\1/p' $note 2>/dev/null)
printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' \\
  "$$" "$1" "$PWD" "$key" "$TF_VAR_gitiam_role_arn" "$*" >> {log}
if [ -f {hook} ]; then . {hook}; fi
exec {real} "$@"
"""


def day(days: int) -> str:
    """The date so many days from today."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def listed(value: str | list[str]) -> list[str]:
    """What stands in a policy as one value or as several, as several."""
    return [value] if isinstance(value, str) else value


def shared_home() -> dict[str, str]:
    """Where every gitiam of this run finds that the provider was hashed; `conftest.py` made it."""
    names = ("XDG_CACHE_HOME", "XDG_STATE_HOME")
    return {name: os.environ[name] for name in names if name in os.environ}


@dataclass(frozen=True)
class Start:
    """One start of Terraform: the command, for which module, and with which role."""

    pid: int
    command: str
    folder: str
    module: str
    role: str


@dataclass(frozen=True)
class Ran:
    """How a `gitiam` ended, and the Terraforms that it started; `version` is not counted."""

    code: int
    out: str
    err: str
    starts: Sequence[Start] = ()

    @cached_property
    def json(self) -> Any:
        """Standard output as JSON."""
        assert self.out, self.err
        return json.loads(self.out)

    @property
    def applied(self) -> list[str]:
        """The modules that `apply --format json` says it applied."""
        return [_module_of(entry) for entry in self.json["applied"]]

    @property
    def failed(self) -> dict[str, str]:
        """The modules that failed, and why."""
        return {_module_of(entry): entry["error"] for entry in self.json["failed"]}

    @property
    def pending(self) -> dict[str, list[str]]:
        """What `changes --format json` says is pending, and why."""
        return {_module_of(entry): entry["reasons"] for entry in self.json["pending"]}

    @property
    def drift(self) -> set[tuple[str, ...]]:
        """What `drift --format json` found: module, kind, what, name."""
        return {
            (_module_of(item), item["kind"], item["what"], item.get("name", ""))
            for item in self.json["drift"]
        }

    def started(self, command: str) -> list[str]:
        """The modules for which Terraform was started with this command."""
        return sorted(start.module for start in self.starts if start.command == command)


@dataclass
class World:
    """`accounts` maps names to ids. `folder` should be short: sockets are made below it."""

    folder: Path
    emulator: Emulator
    accounts: Mapping[str, str]
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out the folder."""
        self.root = self.folder / "estate"
        self.root.mkdir()
        (self.root / "requests").mkdir()
        (self.folder / "tmp").mkdir()
        self._log = self.folder / "starts.tsv"
        self._log.touch()
        self.hook = self.folder / "hook.sh"
        self.terraform = self.folder / "terraform"
        self.real_terraform = shutil.which("terraform") or shutil.which("tofu") or "terraform"
        paths = {"log": self._log, "hook": self.hook, "real": self.real_terraform}
        script = _WRAPPER.format(**{k: shlex.quote(str(path)) for k, path in paths.items()})
        self.terraform.write_text(script, encoding="utf-8")
        self.terraform.chmod(0o700)
        self.configure()

    def configure(self, **keys: Any) -> None:
        """Write `gitiam.yaml`: the accounts, each with its own roles, and `keys`."""
        accounts = {name: _account(id_) for name, id_ in self.accounts.items()}
        body: dict[str, Any] = {"accounts": accounts} | keys
        body.setdefault("requests", {"expiry": {"never_accounts": sorted(body["accounts"])}})
        self.write({"gitiam.yaml": yaml.safe_dump(body, sort_keys=False)})

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of the estate."""
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def ask(self, name: str, grants: str, **keys: Any) -> str:
        """Write a request to `requests/NAME.yaml`; `grants` is a YAML list. Gives the path."""
        body = {
            "account": "prod",
            "principal": "role/app",
            "reason": "So that the test has something to see",
            "expires": day(30),
            **keys,
        }
        path = f"requests/{name}.yaml"
        head = yaml.safe_dump({k: v for k, v in body.items() if v is not None}, sort_keys=False)
        self.write({path: f"{head}grants:\n{grants.strip()}\n"})
        return path

    def leave_a_file(self) -> None:
        """An estate without any file is refused; a request that has expired gives nothing."""
        grants = '- actions: [sqs:SendMessage]\n  resources: ["*"]'
        self.ask("past", grants, principal="user/nobody", expires=day(-1))

    def declare(self, principal: str, **keys: Any) -> str:
        """Declare a principal in `requests/KIND-NAME.yaml`; roles trust Lambda. Gives the path."""
        body = {
            "kind": "principal",
            "account": "prod",
            "principal": principal,
            "reason": "The estate owns it, so that the test can",
            **keys,
        }
        if principal.startswith("role/"):
            body.setdefault("trust", [{"service": "lambda.amazonaws.com"}])
        path = f"requests/{principal.replace('/', '-')}.yaml"
        self.write({path: yaml.safe_dump(body, sort_keys=False)})
        return path

    def inline(self, principal: str, account: str = "prod") -> list[dict[str, Any]]:
        """The statements of gitiam's inline policy on a principal; none where there is none."""
        iam: Any = self.iam(account)
        kind, name = principal.split("/")
        get = getattr(iam, f"get_{kind}_policy")
        try:
            answer = get(**{f"{kind.capitalize()}Name": name, "PolicyName": "gitiam"})
        except iam.exceptions.NoSuchEntityException:
            return []
        return answer["PolicyDocument"]["Statement"]

    def resources(self, principal: str, account: str = "prod") -> set[str]:
        """What that policy opens."""
        return {r for s in self.inline(principal, account) for r in listed(s["Resource"])}

    def iam(self, account: str = "prod") -> IAMClient:
        """Live IAM of one account."""
        return iam_of(self.emulator, self.accounts[account])

    def ledger(self) -> list[str]:
        """The entries of a ledger in a folder, the markers of unfinished applies included."""
        keys = FolderObjects(self.root / ".gitiam/store").keys("ledger/")
        return sorted(key.removeprefix("ledger/") for key in keys)

    def seed_ledger(self) -> None:
        """Record every module of the estate as applied just so, without applying it."""
        estate = EstateContext(self.root, None, None)
        ledger = open_ledger(estate)
        for key, module in renderer_for(estate).modules(estate.state).items():
            at = datetime.now(UTC).isoformat()
            record = Record(module.digest, module.origins, module.creates, at)
            ledger.finish(key, record, Standing())

    # -- running gitiam ---------------------------------------------------------------------

    def gitiam(self, *arguments: str) -> Ran:
        """Run `gitiam` in the estate to its end."""
        return self.ended(self.start(*arguments))

    def start(self, *arguments: str, program: Sequence[str] = ("-m", "gitiam")) -> Running:
        """Start `gitiam` in the estate; `ended` waits for it."""
        already = len(self._lines())
        errors = self.folder / "stderr"
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, *program, *arguments],
                cwd=self.root,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        return Running(process, already, errors)

    def ended(self, running: Running, patience: float | None = None) -> Ran:
        """Wait for what was started."""
        process = running.process
        try:
            out, _ = process.communicate(timeout=patience or PATIENCE)
        except BaseException:
            self.kill(running)
            raise
        return Ran(process.returncode, out, running.said, self.starts(running.already))

    def kill(self, running: Running, *, terraform: bool = True) -> None:
        """SIGKILL to gitiam and, unless it shall live on, to every Terraform that it started."""
        running.process.kill()
        for start in self.starts(running.already) if terraform else ():
            _signal_group(start.pid, signal.SIGKILL)
        running.process.communicate()
        if terraform:
            self.wait_until(lambda: not self.alive(running))

    def living(self) -> dict[int, str]:
        """Every process that runs for this world, whoever started it; Linux alone tells."""
        return living_with(f"TMPDIR={self.folder / 'tmp'}")

    def alive(self, running: Running) -> list[Start]:
        """The Terraforms, providers included, that this run started and that still live."""
        return [s for s in self.starts(running.already) if _signal_group(s.pid, 0)]

    def starts(self, since: int = 0) -> list[Start]:
        """What the log holds from a line on, each start with its module."""
        found: list[Start] = []
        for line in self._lines()[since:]:
            pid, command, folder, key, role, arguments = line.split("\t")
            if command == "version":
                continue
            path = key or arguments.partition("-backend-config=path=")[2].split(" ")[0]
            module = path.rpartition("state/")[2].removesuffix(".tfstate")
            found.append(Start(int(pid), command, folder, module, role))
        return found

    def environment(self) -> dict[str, str]:
        """All that gitiam gets to see of the machine."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            **shared_home(),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(gitiam.__file__).parents[1]),
            "GITIAM_TERRAFORM": str(self.terraform),
            **self.emulator.environment(),
            **self.variables,
        }

    @staticmethod
    def wait_until(condition: Callable[[], object]) -> None:
        """Look again and again until it is so; an AssertionError when it never is."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it never happened"
            time.sleep(0.02)

    def _lines(self) -> list[str]:
        return self._log.read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True)
class Running:
    """A gitiam that was started, and how long the log of starts was before."""

    process: subprocess.Popen[str]
    already: int
    errors: Path

    def runs(self) -> bool:
        """Whether it is still there."""
        return self.process.poll() is None

    @property
    def said(self) -> str:
        """What has come on standard error so far."""
        return self.errors.read_text(encoding="utf-8")


def _account(id_: str) -> dict[str, Any]:
    """An account with a role for each purpose: its credentials are what makes it that account."""
    roles = {p: f"arn:aws:iam::{id_}:role/gitiam-{p}" for p in ("plan", "apply", "crawl")}
    return {"id": id_, "roles": roles}


def _module_of(entry: Mapping[str, str]) -> str:
    return f"{entry['account']}/{entry['principal']}"


def _signal_group(group: int, number: int) -> bool:
    """Whether there was anybody to take it. Each Terraform leads a group of its own."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True
