"""Apply only what was approved: for every pending module, how its files came to what they are.

Whatever the checks on a pull request said, this looks again: at the commits of the main branch, at
the pull requests that brought them, and at their reviews as GitHub tells of them now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.approvals.passage import Step
    from gitiam.approvals.record import Approved
    from gitiam.modules import Change
    from gitiam.sync.undo.git import Repository
    from gitiam.sync.undo.workshop import Workshop

#: What decides over every module, and is changed by pull request as well.
COMMON = ("gitiam.yaml", "templates")

#: Says who approved what a commit brought; GitiamError where nobody did.
Judge = Callable[[str], "Approved"]


class UnapprovedError(GitiamError):
    """A change came to the main branch that nobody approved, or not as it is."""


@dataclass(frozen=True)
class Gate:
    """The history of the main branch up to `head`, and who says what was approved in it."""

    estate: EstateContext
    workshop: Workshop
    prefix: str
    head: str
    judge: Judge
    _verdicts: dict[str, Approved | GitiamError] = field(default_factory=dict, init=False)

    def judged(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """The same changes: each with its approvals, or blocked for want of one."""
        line = self.workshop.line(self.head)
        places = {commit: place for place, commit in enumerate(line)}
        wanted = {self.prefix + path for change in changes for path in differing(change)}
        passages = self._passages({*wanted, *(self.prefix + path for path in COMMON)})
        return tuple(self._judged(change, passages, places) for change in changes)

    def _passages(self, paths: Iterable[str]) -> dict[str, list[Step]]:
        from gitiam.approvals.passage import Step

        return {
            path: [Step(commit, blob) for commit, blob in steps]
            for path, steps in self.workshop.passages(self.head, paths).items()
        }

    def _judged(
        self, change: Change, passages: Mapping[str, list[Step]], places: Mapping[str, int]
    ) -> Change:
        if change.blocked is not None:
            return change
        try:
            own = {
                path: self._approval(path, change, passages, places) for path in differing(change)
            }
            for path in passages:
                if self._is_common(path):
                    self._approval(path.removeprefix(self.prefix), change, passages, places)
        except GitiamError as error:
            return replace(change, blocked=error)
        told = {path: one.as_text() for path, one in own.items() if one is not None}
        return replace(change, approvals=told)

    def _is_common(self, path: str) -> bool:
        name = path.removeprefix(self.prefix)
        return name in COMMON or name.startswith(tuple(f"{folder}/" for folder in COMMON))

    def _approval(
        self,
        path: str,
        change: Change,
        passages: Mapping[str, list[Step]],
        places: Mapping[str, int],
    ) -> Approved | None:
        """Who approved the file as it is; None where nobody had to. UnapprovedError otherwise."""
        from gitiam.approvals.passage import steps_to_approve

        record = change.record
        applied = record.run.get("commit") if record is not None else None
        steps = steps_to_approve(passages.get(self.prefix + path, ()), places, applied)
        if applied not in places and path not in change.module.origins:
            # Nobody knows what was applied: access that was never approved may go all the same.
            steps = () if f"{path} expired" in change.reasons else steps[-1:]
        found = [self._verdict(step.commit, path, places) for step in steps]
        return next((one for one in reversed(found) if one is not None), None)

    def _verdict(self, commit: str, path: str, places: Mapping[str, int]) -> Approved | None:
        since = self.estate.config.approvals.since
        if places[commit] <= (places.get(since, -1) if since else 0):
            return None
        if commit not in self._verdicts:
            try:
                self._verdicts[commit] = self.judge(commit)
            except GitiamError as error:
                self._verdicts[commit] = error
        verdict = self._verdicts[commit]
        if isinstance(verdict, GitiamError):
            raise UnapprovedError(
                f"{path} is not approved as it is: {verdict.message}", hint=verdict.hint
            )
        return verdict


def differing(change: Change) -> list[str]:
    """The request files whose part in the module is another than what was applied."""
    return change.files


def require_checked_out(
    estate: EstateContext, workshop: Workshop, prefix: str, head: str, changes: Iterable[Change]
) -> None:
    """GitiamError where what is applied is something else than the commit that is checked out."""
    paths = {path for change in changes for path in differing(change)}
    here = {path: estate.tree.files.get(path) for path in paths} | _common_files(estate)
    there = {
        path.removeprefix(prefix): entry.blob
        for name in ("requests", *COMMON)
        for path, entry in workshop.tree(head, prefix + name).items()
    }
    names = {*here, *(path for path in there if not path.startswith("requests/"))}
    blobs = workshop.contents(there[path] for path in names if path in there)
    held = {path: blobs[there[path]] if path in there else None for path in names}
    other = sorted(path for path in names if here.get(path) != held[path])
    if other:
        raise UnapprovedError(
            f"{other[0]} is not what commit {head[:7]} holds"
            + (f" (and {len(other) - 1} more files are not)" if other[1:] else ""),
            hint="What is applied must be what was approved: check the commit out anew",
        )


def _common_files(estate: EstateContext) -> dict[str, bytes | None]:
    """What decides over every module, as it lies here."""
    found: dict[str, bytes | None] = {}
    for name in COMMON:
        at = estate.root / name
        for file in sorted(at.rglob("*")) if at.is_dir() else [at]:
            if file.is_symlink() or file.is_file():
                text = None if file.is_symlink() else file.read_bytes()
                found[file.relative_to(estate.root).as_posix()] = text
    return found


def history_here(repository: Repository) -> str:
    """The commit that is checked out; GitiamError where there is none, or its history is cut."""
    head = repository.commit_id("HEAD")
    if head is None:
        raise UnapprovedError("nothing is checked out here, so nobody can say who approved it")
    if repository.is_shallow:
        raise UnapprovedError(
            "the history is cut off here, so nobody can say who approved what",
            hint="In the workflow: actions/checkout with fetch-depth: 0",
        )
    return head
