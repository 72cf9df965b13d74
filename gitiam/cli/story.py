"""What `gitiam demo` plays: every step is a command that a person could type."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import click

from gitiam.cli.common import EstateContext
from gitiam.config import Config
from gitiam.errors import ExitCode, GitiamError
from gitiam.models import Principal
from gitiam.shipped import example_estate_dir
from gitiam.sync.aws.emulator import Emulator
from gitiam.sync.aws.session import AccountSessions
from gitiam.sync.aws.stage import Stage
from gitiam.sync.machine.process import Processes, inherited_environment
from gitiam.sync.terraform.release import terraform_release
from gitiam.sync.terraform.toolchain import BINARY_VARIABLE, find_binary

#: The day on which the example estate is written; the demo moves its dates on from there to today.
STORY_DAY = date(2026, 12, 1)

_PASSED_ON = ("GITIAM_", "TF_CLI_CONFIG_FILE")

_PROGRESS = re.compile(r"\[\d+/\d+\] (?!failed)")
_EXPIRES = re.compile(r"^(expires: )(\d{4}-\d{2}-\d{2})", re.MULTILINE)


class Story:
    """One performance in one folder, against one embedded AWS."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder = folder
        self.emulator = emulator
        self.processes = Processes()
        self.today = datetime.now(UTC).date()
        self._leave_real_aws()

    def play(self) -> None:
        """Play it to the end; GitiamError when a step does not end as it should."""
        self._prepare()
        self._say("1. Check the requests", "Plain YAML: who, what, why, until when.")
        self._gitiam("validate")
        self._gitiam("explain", "sqs-receive")
        self._say(
            "2. Apply for the first time",
            "Each principal has a small Terraform module of its own. They run side by side.",
        )
        self._gitiam("apply")
        self._change_one_request()
        self._tamper()
        self._expire()
        self._curtain()

    def _prepare(self) -> None:
        """The estate in a git repository of its own, and the AWS that it finds."""
        self._terraform()
        copy_example(example_estate_dir(), self.folder, self.today)
        self._git("init", "--quiet", "--initial-branch=main")
        self._commit("The estate")
        stage_principals(self._stage, EstateContext(self.folder, None, None))

    def _change_one_request(self) -> None:
        self._say(
            "3. Change one request",
            "The analysts shall read the reports, too. One module differs from the ledger.",
        )
        request = self.folder / "requests/groups/analysts-query.yaml"
        more = "  - bundle: s3-read\n    resources: [arn:aws:s3:::reports]\n"
        request.write_text(request.read_text(encoding="utf-8") + more, encoding="utf-8")
        self._echo_command("git diff --unified=0 requests")
        self._run(["git", "diff", "--unified=0", "--", "requests"])
        self._gitiam("changes", expect=ExitCode.PENDING)
        self._gitiam("apply")
        self._commit("The analysts read the reports")

    def _tamper(self) -> None:
        self._say(
            "4. Tamper with live IAM",
            "Somebody makes role/ci in prod an administrator, and takes alice out of her group.",
        )
        prod = self._config.accounts["prod"]
        self._stage.tamper(prod, "ci", "alice", "analysts")
        self._gitiam("drift", expect=ExitCode.DRIFT)
        self._stage.put_back(prod, "ci", "alice", "analysts")

    def _expire(self) -> None:
        self._say(
            "5. Let access expire",
            "The day after role/data-pipeline's request ends. Nobody edits a file; its IAM"
            " conditions\n   have already closed, and the nightly run takes the rest away.",
        )
        after = self.today + (date(2027, 1, 16) - STORY_DAY)
        at = ("--at", after.isoformat())
        self._gitiam(*at, "changes", expect=ExitCode.PENDING)
        self._gitiam(*at, "apply")
        self._gitiam(*at, "drift")

    def _curtain(self) -> None:
        self._say("That is all.", "What to try next:")
        for command, why in (
            ("make demo ARGS=--keep", "keeps the estate, to look around in"),
            (f"{_own_program()} explain s3-read", "says exactly what a bundle gives"),
            ("docs/requesters.md", "how to ask for access"),
            ("docs/operators.md", "how to run this on your own accounts"),
        ):
            click.echo(f"  {click.style(f'{command:<38}', bold=True)} {why}")

    @cached_property
    def _config(self) -> Config:
        return EstateContext(self.folder, None, None).config

    @cached_property
    def _stage(self) -> Stage:
        return Stage(AccountSessions(run="demo"))

    def _leave_real_aws(self) -> None:
        """Nothing of the user's own AWS settings reaches the demo."""
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(self.emulator.environment())

    def _terraform(self) -> None:
        """Terraform or OpenTofu from the PATH; else a pinned release, checked, in a cache."""
        try:
            find_binary()
        except GitiamError:
            if os.environ.get(BINARY_VARIABLE):
                raise
            os.environ[BINARY_VARIABLE] = str(terraform_release(report=_note))

    def _gitiam(self, *arguments: str, expect: ExitCode = ExitCode.CLEAN) -> None:
        self._echo_command(f"gitiam {' '.join(arguments)}")
        command = [sys.executable, "-m", "gitiam", "-C", str(self.folder), *arguments]
        self._run(command, expect=expect)

    def _echo_command(self, command: str) -> None:
        click.echo(click.style(f"\n$ {command}", bold=True))

    def _git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=gitiam demo", "-c", "user.email=demo@example.com"]
        self._run(["git", *identity, "-c", "commit.gpgsign=false", *arguments], on_line=_silent)

    def _commit(self, message: str) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def _run(
        self,
        command: list[str],
        expect: ExitCode = ExitCode.CLEAN,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        environment = {
            **inherited_environment(),
            **{name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)},
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        finished = self.processes.run(
            command,
            folder=self.folder,
            environment=environment,
            on_line=on_line or _show,
            on_error_line=_show_faintly,
        )
        if finished.code != expect:
            raise GitiamError(
                f"the last command ended with {finished.code}, not {int(expect)}",
                hint="What it printed says why; --keep leaves the estate to look at",
            )

    def _say(self, title: str, text: str) -> None:
        click.echo(f"\n{click.style(title, fg='cyan', bold=True)}\n   {text}")


def _own_program() -> str:
    """How to call this very gitiam, wherever its environment is."""
    own = Path(sys.executable).with_name("gitiam")
    with suppress(ValueError):
        own = own.relative_to(Path.cwd())
    return str(own) if own.exists() else "gitiam"


def copy_example(example: Path, folder: Path, today: date) -> None:
    """The example estate, with every expiry as far from `today` as it is from the story's day."""
    shutil.copytree(example / "requests", folder / "requests")
    shutil.copyfile(example / "gitiam.yaml", folder / "gitiam.yaml")
    (folder / ".gitignore").write_text(".gitiam/\n", encoding="utf-8")
    for file in (folder / "requests").rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(shifted(text, today - STORY_DAY), encoding="utf-8")


def shifted(text: str, by: timedelta) -> str:
    """A request's text with its expiry moved."""
    return _EXPIRES.sub(lambda m: f"{m[1]}{date.fromisoformat(m[2]) + by}", text)


def stage_principals(stage: Stage, estate: EstateContext) -> None:
    """Make what the estate names and does not declare."""
    for account in estate.config.accounts.values():
        declared = {d.principal for d in estate.estate.declarations if account.name in d.accounts}
        stage.build(account, sorted(_named(estate, account.name) - declared, key=str))


def _named(estate: EstateContext, account: str) -> set[Principal]:
    return {
        principal
        for request in estate.estate.requests
        if account in request.accounts
        for principal in request.principals
    }


def _show(line: str) -> None:
    click.echo(f"  {line}", nl=False)


def _show_faintly(line: str) -> None:
    if _PROGRESS.match(line):
        return  # the table that follows says it again
    click.echo(click.style(f"  {line.rstrip()}", dim=True))


def _silent(_line: str) -> None:
    return


def _note(text: str) -> None:
    click.echo(text, err=True)
