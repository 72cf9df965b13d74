"""The same estate and instant give the same bytes in any folder, hash seed and order of files."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from gitiam.shipped import example_estate_dir

AT = "2026-12-01T00:00:00Z"


def copy_of_the_example(to: Path, order: random.Random) -> Path:
    """The example estate, its files and folders made in this order."""
    estate = example_estate_dir()
    files = [estate / "gitiam.yaml", *(p for p in (estate / "requests").rglob("*") if p.is_file())]
    files.sort()
    order.shuffle(files)
    for file in files:
        target = to / file.relative_to(estate)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return to


def rendered(estate: Path, out: Path, hash_seed: str) -> dict[str, str]:
    """What `gitiam render` writes, as a program of its own: path → SHA-256."""
    command = [sys.executable, "-m", "gitiam", "-C", estate, "--at", AT, "render", "--out", out]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TZ": "Pacific/Kiritimati" if hash_seed == "1" else "America/Los_Angeles",
    }
    done = subprocess.run(
        list(map(str, command)), cwd=out.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return {
        path.relative_to(out).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The modules of the example estate as the first machine makes them."""
    folder = tmp_path_factory.mktemp("first")
    estate = copy_of_the_example(folder / "estate", random.Random(0))  # noqa: S311
    return rendered(estate, folder / "out", "0")


@pytest.mark.parametrize("seed", [1, 2])
def test_another_machine_makes_the_same_bytes(
    reference: dict[str, str], tmp_path: Path, seed: int
) -> None:
    order = random.Random(seed)  # noqa: S311  (nothing secret is drawn)
    where = tmp_path / f"a rather longer ${seed} path"
    estate = copy_of_the_example(where / "estate of another", order)
    assert rendered(estate, where / "elsewhere", str(seed)) == reference


def test_the_reference_is_a_whole_estate(reference: dict[str, str]) -> None:
    modules = {path.rsplit("/", 1)[0] for path in reference if path.endswith("main.tf")}
    assert len(modules) >= 8
    assert any(path.endswith("policies/overflow-1.json") for path in reference)


def test_rendering_again_changes_nothing_and_removes_what_is_no_longer_asked_for(
    reference: dict[str, str], tmp_path: Path
) -> None:
    estate = copy_of_the_example(tmp_path / "estate", random.Random(3))  # noqa: S311
    out = tmp_path / "out"
    assert rendered(estate, out, "0") == reference
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    stale = out / "prod" / "role" / "gone"
    stale.mkdir(parents=True)
    (stale / "gitiam.json").write_text("{}", encoding="utf-8")
    foreign = out / "prod" / "role" / "notes"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("not gitiam's", encoding="utf-8")
    found = rendered(estate, out, "1")
    assert found.pop("prod/role/notes/mine.txt")
    assert found == reference
    assert {path: path.stat().st_mtime_ns for path in before} == before
