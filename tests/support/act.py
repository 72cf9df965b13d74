"""Starts nektos/act, which runs workflow files on this machine, without containers and network.

What act does not know of GitHub is taken out of a file first: `queue:` of a concurrency group.
Permissions, environments, path filters and concurrency it does not know either; for what a job's
token may do, see `stage.py`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
#: The longest that a run may take; who waits longer waits for something that never comes.
PATIENCE = 120


@dataclass(frozen=True)
class Acted:
    """How a run ended: each job's result by its id, and everything that was printed."""

    ok: bool
    jobs: Mapping[str, str]
    log: str


@dataclass(frozen=True)
class Start:
    """One run. `git` is a repository whose HEAD is the run's commit and whose `origin` gives the
    name; `stubs` maps `OWNER/ACTION` to the folder that stands for it.
    """  # noqa: D205

    workflow: str
    event: str
    payload: Mapping[str, Any]
    git: Path
    folder: Path
    stubs: Mapping[str, Path]
    path: str
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    actor: str = "alice"
    options: tuple[str, ...] = ()

    def run(self) -> Acted:
        """Run it to its end. ValueError for an action that has no stub: nothing is fetched."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file, event = self.folder / "workflow.yml", self.folder / "event.json"
        # newer than act; tests/workflows/test_rules.py looks at it
        file.write_text(self.workflow.replace("  queue: max\n", ""), encoding="utf-8")
        event.write_text(json.dumps(self.payload), encoding="utf-8")
        done = subprocess.run(
            [str(Path(sys.executable).parent / "act"), *self._arguments(file, event)],
            cwd=self.git,
            env={"PATH": self.path, "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return _read(done.returncode, done.stdout, done.stderr)

    def _arguments(self, file: Path, event: Path) -> list[str]:
        arguments = [self.event, "-W", str(file), "-e", str(event), "--json", "-a", self.actor]
        arguments += ["-P", "ubuntu-24.04=-self-hosted", "--no-skip-checkout", "--no-cache-server"]
        arguments += ["--concurrent-jobs", "1", *self.options]
        for name, version in actions_in(self.workflow).items():
            if name not in self.stubs:
                raise ValueError(f"no stub stands for {name}")
            arguments += ["--local-repository", f"{version}={self.stubs[name]}"]
        given = {"--var": self.variables, "-s": self.secrets, "--env": self.environment}
        for option, values in given.items():
            for key, value in values.items():
                arguments += [option, f"{key}={value}"]
        return arguments


def actions_in(workflow: str) -> dict[str, str]:
    """The actions of others: `OWNER/ACTION`, and the same with its version.

    An action below a repository's top, `OWNER/NAME/PART@…`, is stubbed with its repository.
    """
    found = sorted(set(re.findall(r"uses: ['\"]?([\w.-]+/[\w./-]+@[\w.-]+)", workflow)))
    parts = [re.split("[/@]", action) for action in found]
    return {f"{one[0]}/{one[1]}": f"{one[0]}/{one[1]}@{one[-1]}" for one in parts}


def _read(code: int, out: str, err: str) -> Acted:
    """Each line of act's is a JSON object, or else what went wrong before it began."""
    jobs: dict[str, str] = {}
    lines = []
    for line in out.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        lines.append(str(said.get("msg", "")).rstrip("\n"))
        if "jobResult" in said and "jobID" in said:
            jobs[said["jobID"]] = said["jobResult"]
    return Acted(code == 0, jobs, "\n".join([*lines, err]))
