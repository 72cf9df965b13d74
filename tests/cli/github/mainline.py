"""The main branch of the scene, as the workflow that applies sees it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from gitiam.approvals.record import Approved
from gitiam.cli.approving import Approvals, with_approvals
from gitiam.cli.common import EstateContext
from gitiam.cli.pipeline import look, open_ledger
from gitiam.modules import Change
from gitiam.render.changes import record_of
from tests.cli.github.conftest import Scene
from tests.support.repositories import Repo

READS = {"pull-requests": "read", "contents": "read"}


@dataclass(frozen=True)
class Main:
    """The main branch of the scene, as the workflow that applies sees it."""

    scene: Scene

    def merged(self, number: int, method: str = "squash", by: str = "bob") -> str:
        """The commit on the main branch."""
        pull = self.scene.github.as_user(by).get_repo("example/access").get_pull(number)
        return pull.merge(merge_method=method).sha

    @property
    def estate(self) -> EstateContext:
        """A fresh checkout of main with its whole history."""
        folder = self.scene.folder / "main"
        shutil.rmtree(folder, ignore_errors=True)
        Repo(self.scene.folder).git(
            "clone", "--quiet", "--branch", "main", str(self.scene.repository.git.root), "main"
        )
        return EstateContext(folder, None, datetime.now(UTC))

    def held(self, *, applied: dict[str, str] | None = None) -> dict[str, str]:
        """Of every pending module why it is held back, or who approved what."""
        return {str(one.key): _told(one) for one in self.judged(applied=applied)}

    def judged(self, *, applied: dict[str, str] | None = None) -> list[Change]:
        estate = self.estate
        changes = look(estate, open_ledger(estate)).changes
        known = [as_applied(change, applied or {}) for change in changes]
        return with_approvals(estate, known, Approvals(insist=True, waived=None))


def as_applied(change: Change, applied: dict[str, str]) -> Change:
    """As if an older version of the module had been applied at a commit."""
    commit = applied.get(str(change.key))
    if commit is None:
        return change
    record = replace(record_of(change.module), origins={}, run={"commit": commit})
    return replace(change, record=record, previous=record.digest)


def _told(change: Change) -> str:
    if change.blocked is not None:
        return str(change.blocked)
    said = [Approved.from_text(text) for text in change.approvals.values()]
    return ", ".join(f"#{one.pull} {one.rule or one.approvers[0].person}" for one in said)


@pytest.fixture
def main(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Main:
    token = scene.github.world.workflow_token(scene.repository, READS)
    monkeypatch.setenv("GITHUB_TOKEN", token)
    return Main(scene)
