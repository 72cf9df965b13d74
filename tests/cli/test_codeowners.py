"""`gitiam codeowners` as people call it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitiam.cli.main import cli
from gitiam.errors import GitiamError, UsageError

CONFIG = """\
accounts:
  prod: {id: "111122223333", tier: critical}
  dev: {id: "444455556666", tier: sandbox}
approvals:
  organization: example
  needed:
    - {teams: [access-reviewers]}
    - {tiers: critical, teams: [security]}
  estate: {teams: [platform]}
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    (tmp_path / "gitiam.yaml").write_text(CONFIG)
    return tmp_path


def run(estate: Path, *arguments: str) -> tuple[int, str]:
    words = ["codeowners", "-C", str(estate), *arguments]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    assert result.exception is None, result.exception
    return int(result.return_value), result.stdout


def test_it_is_printed_by_account_where_the_estate_keeps_it_so(estate: Path) -> None:
    code, text = run(estate)
    assert (code, "/requests/prod/" in text) == (0, False)
    (estate / "requests" / "prod").mkdir(parents=True)
    (estate / "requests" / "people").mkdir()
    code, text = run(estate)
    assert text.splitlines()[2:] == [
        "* @example/platform",
        "/requests/ @example/access-reviewers",
        "/requests/prod/ @example/security",
        "/.github/ @example/platform",
        "/gitiam.yaml @example/platform",
        "/templates/ @example/platform",
    ]


def test_what_is_written_is_found_to_be_right(estate: Path) -> None:
    file = estate / ".github" / "CODEOWNERS"
    assert run(estate, "--write", str(file)) == (0, f"{file} written\n")
    assert file.read_text() == run(estate)[1]
    assert run(estate, "--check", str(file)) == (0, f"{file} is as gitiam.yaml has it\n")


def test_a_file_that_differs_or_is_not_there_is_a_finding(estate: Path) -> None:
    file = estate / "CODEOWNERS"
    code, said = run(estate, "--check", str(file))
    assert (code, "is not there" in said) == (10, True)
    file.write_text("* @mallory\n")
    code, said = run(estate, "--check", str(file))
    assert (code, "differs from gitiam.yaml" in said) == (10, True)
    assert file.read_text() == "* @mallory\n"


def test_a_pipe_is_not_waited_for(estate: Path) -> None:
    os.mkfifo(estate / "CODEOWNERS")
    with pytest.raises(GitiamError, match="no regular file"):
        invoke(estate, "--check", str(estate / "CODEOWNERS"))


def test_without_guards_there_is_none(estate: Path) -> None:
    (estate / "gitiam.yaml").write_text(CONFIG.replace("  estate: {teams: [platform]}\n", ""))
    with pytest.raises(GitiamError, match="nobody is named for what is no request") as caught:
        invoke(estate)
    assert caught.value.hint is not None
    assert "approvals" in caught.value.hint


def test_to_write_and_to_check_exclude_each_other(estate: Path) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        invoke(estate, "--write", "x", "--check", "x")


def invoke(estate: Path, *arguments: str) -> None:
    words = ["codeowners", "-C", str(estate), *arguments]
    CliRunner().invoke(cli, words, standalone_mode=False, catch_exceptions=False)
