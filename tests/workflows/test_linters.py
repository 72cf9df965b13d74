"""The linters of others: each finds nothing here, and each has been seen to find something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))

#: The strictest persona, and no network: what needs GitHub's API is not asked.
ZIZMOR = ["zizmor", "--offline", "--no-progress", "--persona", "auditor", "--color", "never"]
ACTIONLINT = ["actionlint", "-no-color", "-shellcheck=", "-pyflakes="]
SCHEMA = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"]


def lint(command: list[str], files: list[Path]) -> subprocess.CompletedProcess[str]:
    """Run a linter of this very environment, so that the lock decides its version."""
    program = Path(sys.executable).parent / command[0]
    assert program.exists(), f"{command[0]} is not installed beside this Python: make venv"
    return subprocess.run(
        [program, *command[1:], *files], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("command", [ZIZMOR, ACTIONLINT, SCHEMA], ids=lambda c: c[0])
def test_nothing_is_found(command: list[str]) -> None:
    done = lint(command, WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "old", "new", "said"),
    [
        (ZIZMOR, "persist-credentials: false", "fetch-depth: 1", "artipacked"),
        (ZIZMOR, "run: .ci/run", "run: echo ${{ github.head_ref }}", "template-injection"),
        (ZIZMOR, "@de0fac2e4500dabe0009e67214ff5f5447ce83dd", "@main", "unpinned-uses"),
        (ZIZMOR, "  pull_request:", "  pull_request_target:", "dangerous-triggers"),
        (ZIZMOR, "permissions: {}", "permissions: write-all", "excessive-permissions"),
        (ACTIONLINT, "${{ github.ref }}", "${{ github.reff }}", "reff"),
        (ACTIONLINT, "runs-on: ubuntu-24.04", "runs-on: ubuntu-42.04", "ubuntu-42.04"),
        (SCHEMA, "timeout-minutes: 45", "timeout-minutes: soon", "timeout-minutes"),
        (SCHEMA, "    runs-on: ubuntu-24.04\n", "", "check"),
    ],
)
def test_a_bad_workflow_is_found(
    tmp_path: Path, command: list[str], old: str, new: str, said: str
) -> None:
    text = (FOLDER / "ci.yml").read_text(encoding="utf-8")
    assert old in text, "the workflow has changed: change this example with it"
    bad = tmp_path / ".github" / "workflows" / "ci.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = lint(command, [bad])
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
