"""Runs real workflow files with the real gitiam, between the tests' GitHub and an embedded AWS.

    stage = Stage(tmp_path / "stage", github, estate, emulator)
    run = stage.run("pull-request.yml", events.pull_request(github, estate, 1), VARIABLES)
    assert run.ok, run.log
    assert "role/app" in run.summary["validate"]

Real are the shell, the conditions, what is checked out, gitiam, Terraform, and each job's token,
which has what the job's `permissions:` give it and nothing else. Stubs stand for the actions of
others (`act_stubs.py`), and nothing is installed: gitiam is the one of this checkout.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from gitiam.sync.aws.emulator import Emulator
from tests.support.act import WORKFLOWS, Start
from tests.support.act_stubs import Stub, written
from tests.support.github.events import Event
from tests.support.github.hub import Hub
from tests.support.github.state import Repository
from tests.support.world import shared_home

ROOT = Path(__file__).parents[2]
#: How a workflow names its own token.
_TOKEN = re.compile(r"\b(github\.token|secrets\.GITHUB_TOKEN)\b")
#: A step installs nothing; whatever else is asked of Python, it does.
_PYTHON = """#!/bin/sh
if [ "$1 $2" = "-m pip" ]; then echo "pip $*" >> {calls}; exit 0; fi
exec {python} "$@"
"""
_GITIAM = """#!/bin/sh
echo "$GITHUB_JOB: gitiam $*" >> {calls}
PYTHONPATH={root} exec {python} -m gitiam "$@"
"""
#: act has one file for all steps and empties it before each; bash reads this before it begins.
_BEFORE_EACH_STEP = 'export GITHUB_STEP_SUMMARY={folder}/"$GITHUB_JOB.md"\n'


@dataclass(frozen=True)
class Run:
    """What a run left behind. `calls`: `JOB: gitiam …`, `assume ROLE`, in order."""

    number: int
    ok: bool
    jobs: Mapping[str, str]
    summary: Mapping[str, str]
    calls: list[str]
    artifacts: Path
    log: str


@dataclass
class Stage:
    """A repository's workflows. Artifacts stay from run to run, as on GitHub."""

    folder: Path
    hub: Hub
    repository: Repository
    emulator: Emulator | None = None
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    app_permissions: dict[str, str] = field(default_factory=lambda: {"members": "read"})
    stubs: Mapping[str, Stub] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out the folder."""
        self._numbers = count(1)
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "artifacts").mkdir()
        (self.folder / "aws.env").touch()
        self._calls = self.folder / "calls"
        names = {"calls": self._calls, "root": ROOT, "python": sys.executable}
        quoted = {name: shlex.quote(str(value)) for name, value in names.items()}
        for name, text in (("python", _PYTHON), ("gitiam", _GITIAM)):
            program = self.folder / "bin" / name
            program.write_text(text.format(**quoted), encoding="utf-8")
            program.chmod(0o755)
        if self.emulator:
            lines = (f"{name}={value}\n" for name, value in self.emulator.environment().items())
            (self.folder / "aws.env").write_text("".join(lines), encoding="utf-8")

    def run(
        self,
        name: str,
        event: Event,
        variables: Mapping[str, str] | None = None,
        workflow: str | None = None,
        options: tuple[str, ...] = (),
    ) -> Run:
        """Run a workflow of this checkout, or another `workflow` given as text.

        ValueError where it says nothing of permissions: GitHub's default would be a guess.
        """
        number = next(self._numbers)
        folder = self.folder / f"run-{number}"
        summaries, artifacts = folder / "summary", self.folder / "artifacts" / str(number)
        for one in (summaries, artifacts):
            one.mkdir(parents=True)
        before = _BEFORE_EACH_STEP.format(folder=shlex.quote(str(summaries)))
        (folder / "before").write_text(before, encoding="utf-8")
        self._calls.write_text("", encoding="utf-8")
        text = workflow or (WORKFLOWS / name).read_text(encoding="utf-8")
        known, tokens = self._with_tokens(text, event)
        done = Start(
            workflow=known,
            event=event.name,
            payload=event.payload,
            git=self._at(folder / "git", event.sha),
            folder=folder,
            stubs=written(self.folder / "stubs", self.stubs),
            path=self._path(),
            variables=variables or {},
            secrets=self.secrets | tokens,
            environment=self._environment(number, folder, event),
            actor=event.actor.login,
            options=options,
        ).run()
        said = self._calls.read_text(encoding="utf-8").splitlines()
        calls = [line for line in said if not line.startswith("pip ")]
        summary = {f.stem: f.read_text(encoding="utf-8") for f in sorted(summaries.iterdir())}
        return Run(number, done.ok, done.jobs, summary, calls, artifacts, done.log)

    def _with_tokens(self, text: str, event: Event) -> tuple[str, dict[str, str]]:
        """The workflow with a token for each job: act knows one for all of them."""
        workflow = yaml.safe_load(text)
        workflow["on"] = workflow.pop(True, workflow.get("on"))  # YAML takes `on` for true
        tokens = {}
        for name, job in workflow["jobs"].items():
            given = job.get("permissions", workflow.get("permissions"))
            if not isinstance(given, Mapping):
                raise ValueError(f"job {name} does not list its permissions")
            secret = f"TOKEN_OF_{name.upper().replace('-', '_')}"
            tokens[secret] = self.hub.world.workflow_token(self.repository, given, event.pull)
            from_fork = event.pull and (event.pull.fork or event.pull.fork_gone)
            identity = "none" if from_fork else given.get("id-token", "none")
            job["env"] = (job.get("env") or {}) | {"STAGE_ID_TOKEN": identity}
            workflow["jobs"][name] = _replaced(job, f"secrets.{secret}")
        workflow.get("concurrency", {}).pop("queue", None)
        return yaml.safe_dump(workflow, sort_keys=False, width=10_000), tokens

    def _environment(self, number: int, folder: Path, event: Event) -> dict[str, str]:
        app = self.hub.world.app_token(self.repository, self.app_permissions)
        return {
            "BASH_ENV": str(folder / "before"),
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_RUN_ID": str(number),
            "STAGE_APP_TOKEN": app,
            "STAGE_ARTIFACTS": str(self.folder / "artifacts"),
            "STAGE_AWS": str(self.folder / "aws.env"),
            "STAGE_CALLS": str(self._calls),
            "STAGE_REPOSITORIES": str(self.hub.world.folder),
            "STAGE_RUN": str(number),
            "STAGE_SHA": event.sha,
            **shared_home(),
            **self.environment,
        }

    def _at(self, folder: Path, sha: str) -> Path:
        """A repository that act reads the name and the commit from, and nothing else."""
        name = self.repository.full_name
        bare = str(self.repository.git.root)
        git = ["git", "-C", str(folder)]
        for command in (
            ["git", "clone", "--quiet", "--shared", "--no-checkout", bare, str(folder)],
            [*git, "update-ref", "--no-deref", "HEAD", sha],
            [*git, "remote", "set-url", "origin", f"https://github.com/{name}"],
        ):
            subprocess.run(command, check=True)
        return folder

    def _path(self) -> str:
        terraform = shutil.which("terraform") or shutil.which("tofu")
        more = f":{Path(terraform).parent}" if terraform else ""
        return f"{self.folder / 'bin'}:/usr/bin:/bin{more}"


def _replaced(value: Any, token: str) -> Any:
    if isinstance(value, str):
        return _TOKEN.sub(token, value)
    if isinstance(value, dict):
        return {key: _replaced(one, token) for key, one in value.items()}
    return [_replaced(one, token) for one in value] if isinstance(value, list) else value
