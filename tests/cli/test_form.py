"""`gitiam form` as operators call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.estates import request, write_estate

ROOT = Path(__file__).parents[2]
READ = "- bundle: s3-read\n  resources: [arn:aws:s3:::orders]"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return write_estate(tmp_path, {"requests/x.yaml": request(READ)})


def gitiam(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitiam", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_form_is_printed_or_written(estate: Path) -> None:
    printed = gitiam(estate, "form")
    assert (printed.returncode, printed.stderr) == (0, "")
    written = gitiam(estate, "form", "--write", ".github/ISSUE_TEMPLATE/x.yml")
    assert written.stdout == ".github/ISSUE_TEMPLATE/x.yml written\n"
    file = estate / ".github" / "ISSUE_TEMPLATE" / "x.yml"
    assert file.read_text(encoding="utf-8") == printed.stdout
    body = json.loads(gitiam(estate, "form", "--format", "json").stdout)
    assert body == {"text": printed.stdout, "written": None}


def test_a_form_that_is_old_is_told(estate: Path) -> None:
    assert gitiam(estate, "form", "--check", "x.yml").returncode == 10
    gitiam(estate, "form", "--write", "x.yml")
    assert gitiam(estate, "form", "--check", "x.yml").stdout == "x.yml is up to date\n"
    more = request(READ, principal="role/web")
    (estate / "requests" / "y.yaml").write_text(more, encoding="utf-8")
    done = gitiam(estate, "form", "--check", "x.yml")
    assert done.returncode == 10
    assert "`gitiam form --write x.yml` makes it so" in done.stdout
    done = gitiam(estate, "form", "--check", "x.yml", "--format", "json")
    assert json.loads(done.stdout) == {"file": "x.yml", "is_current": False}


def test_a_bundle_that_cannot_be_used_is_told(estate: Path) -> None:
    write_estate(estate, {"templates/bundles/bad.yaml": "description: [\n"})
    done = gitiam(estate, "form")
    assert done.returncode == 1
    assert "bundles cannot be used" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--write", "x", "--check", "x"], 2, "give one of them"),
        (["--write", "gitiam.yaml/x.yml"], 1, "cannot be written"),
        (["--check", "gitiam.yaml/x.yml"], 1, "cannot be read"),
    ],
)
def test_what_cannot_be_done(estate: Path, arguments: list[str], code: int, said: str) -> None:
    done = gitiam(estate, "form", *arguments)
    assert done.returncode == code
    assert said in done.stderr
