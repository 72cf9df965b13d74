"""`gitiam revert`, run in this process; what it made, or why it did not."""

from __future__ import annotations

from click.testing import CliRunner, Result

from gitiam.cli.main import cli
from gitiam.errors import GitiamError
from tests.support.estates import request
from tests.support.repositories import Repo

AT = "2099-01-01"
OLD = request("- managed_policy: IAMReadOnlyAccess", expires="2099-05-01")
NEW = OLD.replace("IAMReadOnlyAccess", "AdministratorAccess")
OTHER = OLD.replace("role/data-pipeline", "role/reporting")
X, Y, Z = "requests/x.yaml", "requests/prod/y.yaml", "requests/z.yaml"


def revert(repo: Repo, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(repo.root), "--at", AT, "revert", *arguments])


def made(repo: Repo, *arguments: str) -> str:
    """The one branch that this has made."""
    before = set(branches(repo))
    done = revert(repo, *arguments)
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    (branch,) = set(branches(repo)) - before
    return branch


def refused(repo: Repo, *arguments: str) -> GitiamError:
    """Why nothing is made; that nothing is left behind is checked."""
    before, objects = repo.traces(), repo.objects()
    done = revert(repo, *arguments)
    assert isinstance(done.exception, GitiamError), done.output
    assert (repo.traces(), repo.objects()) == (before, objects)
    return done.exception


def branches(repo: Repo) -> list[str]:
    return repo.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n")


def changed(repo: Repo, branch: str) -> list[str]:
    """Which files the branch changes, in one commit on top of main."""
    assert repo.git("rev-parse", f"{branch}^") == repo.git("rev-parse", "main")
    return repo.git("diff", "--no-renames", "--name-only", "main", branch).splitlines()
