"""Apply only what was approved: for every pending module, how its files came to what they are.

Whatever the checks on a pull request said, this looks again: at the commits of the main branch, at
the pull requests that brought them, and at their reviews as GitHub tells of them now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from posixpath import normpath
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext
from gitiam.cli.meanings import Meanings
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from gitiam.approvals.passage import Step
    from gitiam.approvals.record import Approved
    from gitiam.modules import Change
    from gitiam.sync.undo.git import Repository
    from gitiam.sync.undo.workshop import Workshop

#: What decides over every module, and is changed by pull request as well; see `common_of`.
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
        meant = Meanings(self.estate, self.workshop, self.prefix, self.head)
        bearing = [
            (*differing(change), *meant.by(change, applied_at(change) in places))
            for change in changes
        ]
        paths = {*common_of(self.estate)}.union(*bearing)
        passages = self._passages(self.prefix + path for path in paths)
        taken = self._taken_as_it_is(changes, places)
        return tuple(
            self._judged(change, own, passages, places, taken)
            for change, own in zip(changes, bearing, strict=True)
        )

    def _taken_as_it_is(self, changes: Iterable[Change], places: Mapping[str, int]) -> int:
        """The place of the last commit about which nobody is asked; -1 where there is none.

        Without `since` that is where history begins: but for a history that has more than one
        beginning, or one in which something that was applied is missing. Somebody put those there.
        """
        if since := self.estate.config.approvals.since:
            return places.get(since, -1)
        applied = {commit for change in changes if (commit := applied_at(change)) is not None}
        is_whole = applied <= places.keys() and len(self.workshop.beginnings(self.head)) == 1
        return 0 if is_whole else -1

    def _passages(self, paths: Iterable[str]) -> dict[str, list[Step]]:
        from gitiam.approvals.passage import Step

        return {
            path: [Step(commit, blob) for commit, blob in steps]
            for path, steps in self.workshop.passages(self.head, paths).items()
        }

    def _judged(
        self,
        change: Change,
        bearing: Iterable[str],
        passages: Mapping[str, list[Step]],
        places: Mapping[str, int],
        taken: int,
    ) -> Change:
        if change.blocked is not None:
            return change
        try:
            asked = {
                path: self._steps(path, change, passages, places)
                for path in (*bearing, *filter(self._is_common, map(self._own, passages)))
            }
            found = {
                path: self._approval(path, [s.commit for s in steps if places[s.commit] > taken])
                for path, steps in asked.items()
            }
        except GitiamError as error:
            return replace(change, blocked=error)
        own = ((path, found[path]) for path in differing(change))
        return replace(change, approvals={path: one.as_text() for path, one in own if one})

    def _own(self, path: str) -> str:
        """A path of the repository as the estate calls it."""
        return path.removeprefix(self.prefix)

    def _is_common(self, path: str) -> bool:
        common = common_of(self.estate)
        return path in common or path.startswith(tuple(f"{folder}/" for folder in common))

    def _steps(
        self,
        path: str,
        change: Change,
        passages: Mapping[str, list[Step]],
        places: Mapping[str, int],
    ) -> tuple[Step, ...]:
        """The steps by which the file came to what it is, as far as they have to be approved."""
        from gitiam.approvals.passage import steps_to_approve

        every, applied = passages.get(self.prefix + path, []), applied_at(change)
        # The record is older than what is live where an apply began and did not end.
        is_certain = change.previous is not None
        steps = steps_to_approve(every, places, applied, is_certain=is_certain)
        if applied in places or path in change.module.origins or not self._only_gave(every):
            return steps
        # Nobody knows what was applied: access that was never approved may go all the same.
        return () if f"{path} expired" in change.reasons else steps[-1:]

    def _only_gave(self, steps: Iterable[Step]) -> bool:
        """Whether the file has never been anything but a request without a prohibition."""
        from gitiam.load.expired import only_gives

        texts = self.workshop.contents(step.blob for step in steps if step.blob).values()
        return all(only_gives(raw.decode("utf-8", "surrogateescape")) for raw in texts)

    def _approval(self, path: str, commits: Iterable[str]) -> Approved | None:
        """Who approved the last of these; None where there are none. UnapprovedError otherwise."""
        found = [self._verdict(commit, path) for commit in commits]
        return found[-1] if found else None

    def _verdict(self, commit: str, path: str) -> Approved:
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


def applied_at(change: Change) -> str | None:
    """The commit that was applied last; None where the ledger does not tell."""
    return change.record.run.get("commit") if change.record is not None else None


def common_of(estate: EstateContext) -> tuple[str, ...]:
    """What decides over every module: the lock file, too, says what runs with the credentials."""
    lock = estate.config.terraform.lock_file
    return COMMON if lock is None else (*COMMON, normpath(lock))


def require_checked_out(
    estate: EstateContext, workshop: Workshop, prefix: str, head: str, changes: Iterable[Change]
) -> None:
    """GitiamError where what is applied is something else than the commit that is checked out."""
    paths = {path for change in changes for path in differing(change)}
    here = {path: estate.tree.files.get(path) for path in paths} | _common_files(estate)
    there = {
        path.removeprefix(prefix): entry.blob
        for name in ("requests", *common_of(estate))
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
    for name in common_of(estate):
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
