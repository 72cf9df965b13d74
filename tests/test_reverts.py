"""Undoing files, as values: renames in a row, names that are taken, merges."""

from __future__ import annotations

from itertools import permutations

import pytest

from gitiam.reverts import Conflict, Deed, Entry, Touched, Tree, Undoer, Undoing


def tree(**blobs: str) -> dict[str, Entry]:
    return {name: Entry("100644", blob) for name, blob in blobs.items()}


def undo(
    touched: list[Touched],
    before: Tree,
    after: Tree,
    now: Tree,
    moved: dict[str, str] | None = None,
) -> Undoing:
    """Merges are named after their parts; `clash` merges with nothing."""

    def merge(ours: Entry, ancestor: Entry, theirs: Entry) -> Entry | None:
        parts = (ours.blob, ancestor.blob, theirs.blob)
        return None if "clash" in parts else Entry(theirs.mode, "+".join(parts))

    return Undoer(before, after, now, moved or {}, merge).undo(touched)


A, B = Touched("a", "a"), Touched("a", "b")


def blobs(undoing: Undoing) -> dict[str, str | None]:
    assert undoing.conflicts == ()
    return {path: entry.blob if entry else None for path, entry in undoing.updates.items()}


@pytest.mark.parametrize("order", list(permutations([Touched("a", "b"), Touched("b", "c")])))
def test_files_that_were_renamed_in_a_row(order: tuple[Touched, ...]) -> None:
    before, after = tree(a="1", b="2"), tree(b="1", c="2")
    found = undo(list(order), before, after, after)
    assert blobs(found) == {"a": "1", "b": "2", "c": None}
    assert [(f.path, f.instead_of) for f in found.files] == [("a", "b"), ("b", "c")]


def test_a_name_that_is_taken_now() -> None:
    found = undo([B], tree(a="1"), tree(b="1"), tree(a="9", b="1"))
    assert found.conflicts == (Conflict("a", "another file has this name now"),)


def test_a_rename_that_was_undone_since() -> None:
    assert blobs(undo([B], tree(a="1"), tree(b="1"), tree(a="1"))) == {}


def test_a_merge_keeps_both() -> None:
    found = undo([A], tree(a="1"), tree(a="2"), tree(a="3"))
    assert blobs(found) == {"a": "3+2+1"}
    assert [file.deed for file in found.files] == [Deed.MERGED]


def test_a_clash() -> None:
    found = undo([A], tree(a="1"), tree(a="2"), tree(a="clash"))
    assert [conflict.path for conflict in found.conflicts] == ["a"]


def test_what_was_moved_since_is_undone_there() -> None:
    found = undo([A], tree(a="1"), tree(a="2"), tree(z="2"), {"a": "z"})
    assert blobs(found) == {"z": "1"}


def test_what_was_added_and_moved_since_goes() -> None:
    added = [Touched(None, "a")]
    assert blobs(undo(added, {}, tree(a="2"), tree(z="2"), {"a": "z"})) == {"z": None}
    assert blobs(undo(added, {}, tree(a="2"), {})) == {}


def test_a_mode_is_a_change() -> None:
    before, after = {"a": Entry("100755", "1")}, tree(a="1")
    assert undo([A], before, after, after).updates == before


@pytest.mark.parametrize(
    ("mode", "plain"), [("100644", True), ("100755", True), ("120000", False), ("160000", False)]
)
def test_links_and_submodules_are_not_plain(mode: str, plain: bool) -> None:
    assert Entry(mode, "1").is_plain is plain
