"""The approvals that the ledger does not hold, asked of whoever knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from gitiam.approvals.record import Approved
from gitiam.auditing.values import Permission, Source
from gitiam.errors import GitiamError

#: So many commits are asked about in one run: each takes a few questions of GitHub's 5,000 an hour.
MOST = 500


class Approvals(Protocol):
    """Knows which pull request brought a commit, and who approved it."""

    def __call__(self, commit: str) -> Approved | None:
        """None where no pull request brought it; GitiamError where that cannot be asked."""
        ...


def with_approvals(
    permissions: Sequence[Permission], ask: Approvals | None, most: int = MOST
) -> tuple[tuple[Permission, ...], Source]:
    """The same with who approved it, each commit asked about once; and what was not asked."""
    wanted = {row.commit.id: row.commit.place for row in permissions if row.commit and _lacks(row)}
    if not wanted:
        return tuple(permissions), Source("approvals", "all of them in the ledger")
    if ask is None:
        gap = f"GitHub was not asked who approved {len(wanted):,} commits"
        return tuple(permissions), Source("approvals", "not asked", (gap,))
    newest = sorted(wanted, key=lambda commit: -wanted[commit])
    gaps: list[str] = []
    known: dict[str, Approved] = {}
    for commit in newest[:most]:
        try:
            found = ask(commit)
        except GitiamError as error:
            gaps.append(f"{commit[:7]}: {error.message}")
            if len(gaps) == len(known) + 3:
                gaps.append("GitHub does not answer; the rest was not asked")
                break
            continue
        if found is not None:
            known[commit] = found
    if newest[most:]:
        gaps.append(f"{len(newest) - most:,} older commits were not asked about: choose fewer")
    rows = tuple(
        replace(row, approved=known[row.commit.id])
        if row.commit and row.commit.id in known and _lacks(row)
        else row
        for row in permissions
    )
    return rows, Source("approvals", "incomplete" if gaps else "asked of GitHub", tuple(gaps))


def _lacks(row: Permission) -> bool:
    return row.approved is None
