"""`gitiam demo` ends well, leaves nothing behind, and prints what README says that it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.docs import ROOT
from tools.examples import blocks


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of one performance."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "gitiam", "demo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(Path(folder).iterdir()) == []
    return scrubbed(done.stdout)


def scrubbed(text: str) -> list[str]:
    """The lines without how long anything took."""
    return [re.sub(r"\b\d+\.\d s\b", "N s", line.rstrip()) for line in text.splitlines()]


@pytest.mark.slow
@pytest.mark.terraform
def test_readme_shows_what_the_demo_prints(told: list[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (excerpt,) = (block.body for block in blocks(readme) if "Tamper" in block.body)
    at = 0
    for line in filter(None, scrubbed(excerpt)):
        assert line in told[at:], line
        at = told.index(line, at) + 1
