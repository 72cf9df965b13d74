"""Which lines a patch shows, and which not."""

from __future__ import annotations

from gitiam.report.patches import Hunk, hunks_of

PATCH = """\
@@ -1,4 +1,4 @@ name: x
 one
-two
+zwei
 three
 four
@@ -20,0 +21,2 @@
+a
+@@ -1 +1 @@
\\ No newline at end of file"""


def test_added_lines_and_those_around_them() -> None:
    assert hunks_of(PATCH) == (
        Hunk(1, ("one", "zwei", "three", "four")),
        Hunk(21, ("a", "@@ -1 +1 @@")),
    )


def test_only_lines_that_read_so_and_stand_together() -> None:
    first, second = hunks_of(PATCH)
    assert first.shows(2, ["zwei", "three"])
    assert second.shows(22, ["@@ -1 +1 @@"])
    assert not first.shows(2, ["two"])
    assert not first.shows(1, ["zwei"])
    assert not first.shows(4, ["four", "a"])
    assert not first.shows(0, ["one"])
    assert not first.shows(1, [])


def test_what_does_not_add_up_is_left_out() -> None:
    assert hunks_of(None) == hunks_of("") == hunks_of("Binary files differ") == ()
    assert hunks_of("@@ -1,2 +1,3 @@\n one\n two") == ()
    assert hunks_of("@@ -1 +x @@\n+a\n@@ -3 +4 @@\n+b") == (Hunk(4, ("b",)),)
    assert hunks_of("@@ -1,2 +0,0 @@\n-one\n-two") == (Hunk(0, ()),)
