"""Standard streams that are closed, or that nobody reads any more."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitiam.errors import ExitCode
from tests.support.estates import request, write_estate

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "AWS_REGION": "us-east-1"}
READ = "- {actions: [s3:GetObject], resources: ['arn:aws:s3:::orders/*']}"
SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()

#: Tells of two modules on standard error, the second when the reader of the first has gone.
TELLING = """\
import sys, time
from gitiam.cli.progress import watching
from gitiam.cli.streams import mend_streams
from gitiam.outcomes import Result
from tests.support.modules import change, module
mend_streams()
with watching(2, "applied") as watch:
    for name in "ab":
        watch.ended(Result(change(module(f"prod/role/{name}", "a"), "x"), 1.0))
        sys.stdin.readline()
print("whole")
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return write_estate(tmp_path / "estate", {"requests/x.yaml": request(READ, expires=SOON)})


def shell(command: str, estate: Path) -> subprocess.CompletedProcess[str]:
    """`gitiam COMMAND` in the estate, with the shell's redirections."""
    return subprocess.run(
        ["/bin/sh", "-c", f"{shlex.quote(sys.executable)} -m gitiam {command}"],
        cwd=estate,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("validate", ExitCode.CLEAN),
        ("changes", ExitCode.PENDING),
        ("ledger list", ExitCode.CLEAN),
        ("ledger verify", ExitCode.CLEAN),
    ],
)
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_nothing(
    estate: Path, command: str, code: ExitCode, closed: str
) -> None:
    ran = shell(f"{command} {closed}", estate)
    assert (ran.returncode, ran.stderr) == (code, "")
    assert bool(ran.stdout) == (closed == "2>&-")


def test_what_is_opened_is_not_taken_for_a_closed_stream(estate: Path) -> None:
    """With the number of standard output, a file would get what is printed."""
    ran = shell("render --out modules <&- >&- 2>&-", estate)
    assert ran.returncode == ExitCode.CLEAN
    written = (estate / "modules/prod/role/data-pipeline/main.tf").read_text(encoding="utf-8")
    assert "aws_iam_role_policy" in written
    assert "modules/prod" not in written


def test_telling_goes_on_when_nobody_listens(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TELLING],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "[1/2] applied prod/role/a (1.0 s)\n"
    process.stderr.close()
    out, _ = process.communicate("\n\n")
    assert (process.returncode, out) == (0, "whole\n")


def test_an_error_keeps_its_code_when_nobody_listens(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "gitiam", "apply", "--jobs", "none"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stderr=writing,
        check=False,
    )
    os.close(writing)
    assert done.returncode == ExitCode.USAGE
