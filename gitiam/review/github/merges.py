"""Which pull request brought a commit to the main branch."""

from __future__ import annotations

from gitiam.review.github.asking import asking
from gitiam.review.github.client import Hub


def pull_that_brought(hub: Hub, commit: str) -> int | None:
    """The number of the one that was merged as this very commit; None where there is none.

    What was merged by rebasing has this of its last commit alone: of the ones before it nobody saw
    what they hold.
    """
    found = hub.listed(f"/repos/{hub.name}/commits/{commit}/pulls", pages=1)
    with asking(f"say which pull request brought {commit[:7]}"):
        numbers = [
            int(one["number"])
            for one in found
            if one["merged_at"]
            and one["merge_commit_sha"] == commit
            and one["base"]["ref"] == one["base"]["repo"]["default_branch"]
            # A commit may be known from a copy of the repository, with pull requests of its own.
            and str(one["base"]["repo"]["full_name"]).casefold() == hub.name.casefold()
        ]
    return numbers[0] if len(numbers) == 1 else None
