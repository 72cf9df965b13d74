"""Whatever a repository holds or configures: revert runs nothing of it, and leaves nothing half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gitiam.errors import GitiamError
from tests.support.repositories import Repo, new_repo
from tests.support.reverting import AT, NEW, OLD, OTHER, X, revert

ROOT = Path(__file__).parents[2]
Y = "requests/y.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "estate", {X: OLD, Y: OTHER})


HOOKS = (
    *("pre-commit", "commit-msg", "post-commit", "post-checkout", "post-index-change"),
    *("reference-transaction", "pre-auto-gc", "fsmonitor-watchman", "prepare-commit-msg"),
)


def set_traps(repo: Repo, trace: Path) -> None:
    """Every program that git could be made to run leaves a trace."""
    trap = repo.root.parent / "trap"
    trap.write_text(f"#!/bin/sh\necho trapped >> '{trace}'\nexit 1\n")
    trap.chmod(0o755)
    for hook in HOOKS:
        (repo.root / ".git" / "hooks").mkdir(exist_ok=True)
        (repo.root / ".git" / "hooks" / hook).symlink_to(trap)
    for key in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "gpg.program"),
        *("diff.external", "diff.trap.command", "diff.trap.textconv", "merge.trap.driver"),
        *("filter.trap.clean", "filter.trap.smudge", "filter.trap.process"),
        *("credential.helper", "core.alternateRefsCommand", "uploadpack.packObjectsHook"),
        *("pager.log", "pager.diff", "gpg.ssh.program", "interactive.diffFilter"),
        *("alias.log", "alias.diff-tree"),
    ):
        repo.git("config", key, f"!{trap}" if key.startswith("alias") else str(trap))
    for key in ("commit.gpgSign", "log.showSignature", "core.untrackedCache"):
        repo.git("config", key, "true")
    repo.git("config", "core.hooksPath", str(repo.root / ".git" / "hooks"))
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    attributes = "* diff=trap merge=trap filter=trap export-subst\n"
    (repo.root / ".git" / "info" / "attributes").write_text(attributes)


@pytest.mark.parametrize("mode", ["make", "dry", "merge", "path"])
def test_nothing_of_the_repository_runs(repo: Repo, tmp_path: Path, mode: str) -> None:
    attributes = "* diff=trap merge=trap filter=trap\n"
    repo.commit("Change (#42)", {X: NEW, ".gitattributes": attributes})
    repo.commit("Explain", {X: "# why\n" + NEW if mode == "merge" else NEW})
    trace = tmp_path / "trace"
    set_traps(repo, trace)
    done = revert(repo, X if mode == "path" else "42", *(["--dry-run"] if mode == "dry" else []))
    assert done.exit_code == 0, done.output
    assert not trace.exists()


@pytest.mark.parametrize(
    "command",
    [
        ["update-ref", "refs/heads/x", "HEAD"],
        ["diff", "HEAD^", "HEAD"],
        ["status"],
        ["commit", "--allow-empty", "--message", "x"],
    ],
)
def test_the_traps_would_be_sprung(repo: Repo, tmp_path: Path, command: list[str]) -> None:
    repo.commit("Change (#42)", {X: NEW})
    set_traps(repo, tmp_path / "trace")
    repo.git(*command, check=False)
    assert (tmp_path / "trace").exists()


def test_a_partial_clone_does_not_fetch(repo: Repo, tmp_path: Path) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = Repo(tmp_path / "clone")
    source = repo.root.as_uri()
    words = ("clone", "--quiet", "--no-checkout", "--filter=blob:none", source, str(clone.root))
    repo.git(*words)
    trace = tmp_path / "trace"
    clone.git("config", "remote.origin.uploadpack", f"touch '{trace}'; git-upload-pack")
    done = revert(clone, "42")
    assert isinstance(done.exception, GitiamError), done.output
    assert "lacks the content" in done.exception.message
    assert not trace.exists()
    clone.git("show", f"HEAD:{X}")
    assert trace.exists(), "git itself would have fetched"


def test_a_tag_that_is_called_like_a_commit_is_not_taken_for_it(repo: Repo) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.git("tag", "abcdef0")
    assert "there is no commit abcdef0" in str(revert(repo, "abcdef0").exception)


def test_replacements_are_not_believed(repo: Repo) -> None:
    """They exist in this clone alone: what is pushed is not what was shown."""
    repo.commit("Change (#42)", {X: NEW})
    old = repo.git("rev-parse", f"HEAD^:{X}")
    (repo.root / "false").write_text(OLD.replace("IAMReadOnlyAccess", "PowerUserAccess"))
    repo.git("replace", old, repo.git("hash-object", "-w", "false"))
    assert "PowerUserAccess" in repo.git("show", f"HEAD^:{X}"), "git itself would believe them"
    done = revert(repo, "42", "--dry-run")
    assert "IAMReadOnlyAccess" in done.output
    assert "PowerUser" not in done.output


def test_the_environment_cannot_lead_elsewhere(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("Change (#42)", {X: NEW})
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXTERNAL_DIFF"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert revert(repo, "42").exit_code == 0
    assert not (tmp_path / "elsewhere").exists()


NAMES = [
    b"requests/-rf.yaml",
    b"requests/--output=x.yaml",
    b"requests/$(touch x);`touch x`.yaml",
    b"requests/:(top,glob)**.yaml",
    b"requests/\"a\" 'b'\\c*?[x].yaml",
    "requests/\u00e4\u202e.yaml".encode(),
    b"requests/new\nline\x1b[31m.yaml",
    b"requests/not\xffutf8.yaml",
    b"requests/tab\there\r.yaml",
]


@pytest.mark.parametrize("raw", NAMES)
def test_a_file_may_be_called_anything(repo: Repo, raw: bytes) -> None:
    name = os.fsdecode(raw)
    repo.commit("Add", {name: OLD})
    repo.commit("Change (#42)", {name: NEW})
    done = revert(repo, "42", "--force")
    assert done.exit_code in (0, 10), f"{done.output}\n{done.exception!r}"
    assert "\x1b" not in done.output and "\u202e" not in done.output
    branch = "gitiam/revert-42"
    changed = repo.git("diff", "-z", "--name-only", "main", branch).rstrip("\0")
    assert changed == name
    assert repo.git("--literal-pathspecs", "show", f"{branch}:{name}") + "\n" == OLD
    assert "\x1b" not in repo.git("log", "-1", "--format=%B", branch)
    path = revert(repo, "--force", "--branch", "by-path", "--", name)
    assert path.exit_code in (0, 10), f"{path.output}\n{path.exception!r}"
    assert repo.git("rev-parse", "by-path^{tree}") == repo.git("rev-parse", f"{branch}^{{tree}}")


def test_a_name_that_is_a_pattern_stands_for_itself(repo: Repo) -> None:
    repo.commit("Add", {"requests/*.yaml": OLD})
    repo.commit("Change", {"requests/*.yaml": NEW})
    repo.commit("Other", {X: NEW})
    assert revert(repo, "requests/*.yaml", "--force", "--branch", "b").exit_code in (0, 10)
    assert repo.git("diff", "--name-only", "main", "b") == "requests/*.yaml"


def test_a_message_and_an_author_cannot_add_lines(repo: Repo) -> None:
    message = "Change\x1b[2J\r[skip ci] (#42)\n\nskip-checks: true\nReverts: 0000"
    commit = repo.commit(message, {X: NEW})
    done = revert(repo, "42")
    assert done.exit_code == 0
    assert "\x1b" not in done.output and "\r" not in done.output
    written = repo.git("log", "-1", "--format=%B", "gitiam/revert-42")
    assert "skip-checks" not in written and "[skip ci]" not in written
    trailers = repo.git("log", "-1", "--format=%(trailers)", "gitiam/revert-42")
    assert trailers.strip() == f"Reverts: {commit}"


@pytest.mark.parametrize("side", ["before", "after", "now", "elsewhere"])
def test_links_are_refused(repo: Repo, tmp_path: Path, side: str) -> None:
    link = "requests/link.yaml" if side == "elsewhere" else X

    def make_link() -> None:
        (repo.root / link).unlink(missing_ok=True)
        (repo.root / link).symlink_to("/etc/hostname")

    if side in ("before", "elsewhere"):
        make_link()
        repo.commit("Link", {})
        if side == "before":
            (repo.root / X).unlink()
        repo.commit("Change (#42)", {X: NEW})
    elif side == "after":
        make_link()
        repo.commit("Change (#42)", {})
    else:
        repo.commit("Change (#42)", {X: NEW})
        make_link()
        repo.commit("Link", {})
    done = revert(repo, "42", "--force")
    assert isinstance(done.exception, GitiamError), done.output
    assert "a link or a submodule" in done.exception.message
    assert repo.git("branch", "--list", "gitiam/*") == ""


def test_submodules_are_refused(repo: Repo) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head},requests/sub")
    repo.git("commit", "--quiet", "--message", "Sub (#42)")
    done = revert(repo, "42", "--force")
    assert "a link or a submodule" in str(done.exception)


def test_templates_of_another_branch_are_not_run(repo: Repo) -> None:
    """They are a program; those of the estate's folder are used, as everywhere."""
    repo.git("checkout", "--quiet", "-b", "topic")
    template = "templates/terraform/role.tf.j2"
    repo.commit("Change (#42)", {X: NEW, template: "{{ 1 / 0 }}"})
    repo.git("checkout", "--quiet", "main")
    assert revert(repo, "42", "--base", "topic").exit_code == 0


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path) -> None:
    repo.commit("Change (#42)", {X: NEW})
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "--quiet", "--depth=1", repo.root.as_uri(), str(clone.root))
    for what in ("42", X, Y):
        error = revert(clone, what).exception
        assert isinstance(error, GitiamError)
        assert "shallow clone" in error.message
        assert "git fetch --unshallow" in (error.hint or "")
    error = revert(clone, "41").exception
    assert isinstance(error, GitiamError)
    assert "its history here is cut off" in (error.hint or "")


def test_a_shallow_clone_that_is_deep_enough_serves(repo: Repo, tmp_path: Path) -> None:
    repo.commit("Change (#42)", {X: NEW})
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "--quiet", "--depth=2", repo.root.as_uri(), str(clone.root))
    for key in ("user.name", "user.email"):
        clone.git("config", key, "x")
    assert revert(clone, "42").exit_code == 0
    assert clone.shown("gitiam/revert-42", X) == OLD
    clone.git("fsck", "--strict")


def test_a_repository_with_longer_ids_and_a_linked_working_tree(tmp_path: Path) -> None:
    (tmp_path / "estate").mkdir()
    bare = Repo(tmp_path / "estate")
    bare.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
    repo = new_repo(bare.root, {X: OLD, Y: OTHER})
    commit = repo.commit("Change", {X: NEW})
    assert len(commit) == 64
    linked = Repo(tmp_path / 'a: "b"\\')
    repo.git("worktree", "add", "--quiet", "--detach", str(linked.root))
    assert revert(linked, commit).exit_code == 0
    assert repo.shown(f"gitiam/revert-{commit[:12]}", X) == OLD


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    error = revert(Repo(tmp_path), X).exception
    assert isinstance(error, GitiamError)
    assert error.message.endswith("is not in a git repository")


def test_no_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "git is not on the PATH" in str(revert(repo, X).exception)


def test_nobody_has_said_who_commits(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("Change (#42)", {X: NEW})
    repo.git("config", "--unset", "user.email")
    repo.git("config", "user.useConfigOnly", "true")
    before = repo.traces()
    assert "does not know who you are" in str(revert(repo, "42").exception)
    assert repo.traces() == before
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Bob <x> \u00e9")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "bob@example.com")
    assert revert(repo, "42").exit_code == 0


@pytest.mark.parametrize(
    ("when", "command", "is_made"),
    [
        ("after", "write-tree", False),
        ("after", "commit-tree", False),
        ("before", "unpack-objects", False),
        ("after", "unpack-objects", False),
        ("before", "update-ref", False),
        ("after", "update-ref", True),
    ],
)
def test_a_kill_leaves_no_branch_or_a_whole_one(
    repo: Repo, tmp_path: Path, when: str, command: str, is_made: bool
) -> None:
    repo.commit("Change (#42)", {X: NEW})
    before = {name for name in repo.traces() if "gitiam" not in name}
    arguments = [when, command, "-C", str(repo.root), "--at", AT, "revert", "42"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.dying_git", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert {name for name in repo.traces() if "gitiam" not in name} == before
    assert (repo.git("branch", "--list", "gitiam/*") != "") is is_made
    if not is_made:
        assert revert(repo, "42").exit_code == 0
    assert repo.shown("gitiam/revert-42", X) == OLD
    repo.git("fsck", "--strict")
