"""A file is put in the place of one that is known, and never anywhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitiam.files import create_regular, read_below, replace_regular


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "requests" / "sub").mkdir(parents=True)
    (tmp_path / "requests" / "sub" / "x.yaml").write_bytes(b"old")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.yaml").write_bytes(b"old")
    return tmp_path / "requests"


def test_the_file_is_another_and_keeps_its_mode(folder: Path) -> None:
    file = folder / "sub" / "x.yaml"
    file.chmod(0o640)
    replace_regular(folder, "sub/x.yaml", b"old", b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["x.yaml"]


def test_a_file_that_has_changed_meanwhile_stays(folder: Path) -> None:
    with pytest.raises(OSError, match="changed meanwhile"):
        replace_regular(folder, "sub/x.yaml", b"other", b"new")
    assert (folder / "sub" / "x.yaml").read_bytes() == b"old"


def test_no_link_is_followed(folder: Path) -> None:
    outside = folder.parent / "elsewhere"
    (folder / "link.yaml").symlink_to(outside / "x.yaml")
    (folder / "linked").symlink_to(outside)
    for below in ("link.yaml", "linked/x.yaml"):
        with pytest.raises(OSError):
            replace_regular(folder, below, b"old", b"new")
    assert (outside / "x.yaml").read_bytes() == b"old"
    assert (folder / "link.yaml").is_symlink()


@pytest.mark.parametrize("below", ["../elsewhere/x.yaml", "sub/../x.yaml", "", "sub/", "/x"])
def test_a_name_that_leads_elsewhere_is_refused(folder: Path, below: str) -> None:
    with pytest.raises(OSError, match="no name below the folder"):
        replace_regular(folder, below, b"old", b"new")
    assert (folder.parent / "elsewhere" / "x.yaml").read_bytes() == b"old"


# -- new files ----------------------------------------------------------------------------------


def test_a_new_file_comes_with_its_folders(folder: Path) -> None:
    create_regular(folder, "a/b/x.yaml", b"new")
    assert (folder / "a" / "b" / "x.yaml").read_bytes() == b"new"
    assert [path.name for path in (folder / "a" / "b").iterdir()] == ["x.yaml"]


def test_a_new_file_replaces_nothing(folder: Path) -> None:
    (folder / "link.yaml").symlink_to(folder / "nowhere")
    (folder / "folder.yaml").mkdir()
    for below in ("sub/x.yaml", "link.yaml", "folder.yaml"):
        with pytest.raises(FileExistsError):
            create_regular(folder, below, b"new")
    assert (folder / "sub" / "x.yaml").read_bytes() == b"old"
    assert sorted(p.name for p in folder.iterdir()) == ["folder.yaml", "link.yaml", "sub"]


def test_a_new_file_goes_through_no_link(folder: Path) -> None:
    outside = folder.parent / "elsewhere"
    (folder / "linked").symlink_to(outside)
    with pytest.raises(OSError):
        create_regular(folder, "linked/y.yaml", b"new")
    assert [path.name for path in outside.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize("below", ["../elsewhere/y.yaml", "sub/../y.yaml", "", "sub/", "/y"])
def test_a_new_name_that_leads_elsewhere_is_refused(folder: Path, below: str) -> None:
    with pytest.raises(OSError, match="no name below the folder"):
        create_regular(folder, below, b"new")


def test_what_lies_below_is_read_and_no_link_is_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "a").mkdir(parents=True)
    outside.mkdir()
    (inside / "a" / "file").write_bytes(b"here")
    (outside / "file").write_bytes(b"there")
    (inside / "link").symlink_to(outside)
    (inside / "a" / "link").symlink_to(outside / "file")
    os.mkfifo(inside / "a" / "pipe")
    assert read_below(inside, "a/file") == b"here"
    for path in ("link/file", "a/link", "a/pipe", "a", "../out/file", "/etc/passwd", "a//file"):
        with pytest.raises(OSError, match=r"."):
            read_below(inside, path)
    with pytest.raises(FileNotFoundError):
        read_below(inside, "b/file")
