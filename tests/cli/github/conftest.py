"""An estate in a repository on a GitHub of its own, and `gitiam` as its workflows run it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitiam.cli import main as cli_main
from tests.support.estates import CONFIG, write_estate
from tests.support.github.server import GitHub, github, github_listener
from tests.support.github.state import Repository

__all__ = ["github", "github_listener"]

WORKFLOW = "github-actions[bot]"


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Scene:
    """An estate on GitHub, with people: alice and bob may write, carol may read."""

    github: GitHub
    repository: Repository
    folder: Path
    run: Callable[..., Ran]

    def opened(self, files: Mapping[str, str | None], by: str = "alice", ref: str = "topic") -> int:
        """A pull request with these files: its number."""
        self.github.world.commit(self.repository, ref, files, by=by)
        client = self.github.as_user(by).get_repo(self.repository.full_name)
        return client.create_pull(base="main", head=ref, title="Access", body="Please.").number

    def approved(self, number: int, by: str = "bob") -> None:
        """A review by somebody."""
        pull = self.github.as_user(by).get_repo(self.repository.full_name).get_pull(number)
        pull.create_review(event="APPROVE")

    def files(self, ref: str, name: str) -> Path:
        """The request files of a branch, in a folder."""
        git = self.repository.git
        tree = git.tree(f"refs/heads/{ref}", "-r")
        files = {path: git.blob(sha) for _, _, sha, path in tree}
        return write_estate(self.folder / name, files) / "requests"

    def told(self, number: int) -> list[str]:
        """The comments of a pull request or an issue."""
        client = self.github.as_user("carol").get_repo(self.repository.full_name)
        return [one.body for one in client.get_issue(number).get_comments()]


@pytest.fixture
def scene(
    github: GitHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Scene:
    made = github.world.repository("example/access", {"gitiam.yaml": CONFIG})
    made.collaborators |= {"alice": "write", "bob": "write", "carol": "read"}
    monkeypatch.setenv("GITIAM_DEBUG", "")
    monkeypatch.setenv("GITHUB_REPOSITORY", made.full_name)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITIAM_LOGIN", WORKFLOW)

    def run(*arguments: str | Path, **permissions: str) -> Ran:
        """`gitiam ARGUMENTS`, with a token of these permissions."""
        named = {name.replace("_", "-"): level for name, level in permissions.items()}
        monkeypatch.setenv("GITHUB_TOKEN", github.world.workflow_token(made, named))
        monkeypatch.setattr(sys, "argv", ["gitiam", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli_main.main()
        said = capsys.readouterr()
        return Ran(int(str(end.value.code)), said.out, said.err)

    return Scene(github, made, tmp_path, run)
