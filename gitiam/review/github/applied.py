"""Each pull request is told what became of it: a comment, at a pace that GitHub bears.

GitHub takes 80 writes a minute and 500 an hour, and a thousand requests an hour of a workflow's
token. So a run writes so many comments and no more; run again with the same files, it goes on, as
what stands there already costs no write.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from gitiam.review.github.client import Hub
from gitiam.review.github.merges import pull_that_brought
from gitiam.review.github.sticky import write_comment

MOST_WRITES = 300
#: In seconds, after each write.
PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """How many comments were written, how many said it already, and which pulls were put off."""

    written: int
    unchanged: int
    put_off: tuple[int, ...]


def pulls_of(hub: Hub, commits: Mapping[str, str]) -> dict[str, int]:
    """For each file the pull request that brought its commit; each commit is asked for once."""
    known = {commit: pull_that_brought(hub, commit) for commit in sorted(set(commits.values()))}
    return {
        file: number for file, commit in commits.items() if (number := known[commit]) is not None
    }


def tell_pulls(hub: Hub, marker: str, texts: Mapping[int, str]) -> Told:
    """Write each text to its pull request, in the order given, while the bound allows it."""
    written = unchanged = 0
    put_off = []
    for number, text in texts.items():
        if written >= MOST_WRITES:
            put_off.append(number)
            continue
        done = write_comment(hub, hub.repository.get_issue(number), marker, text)
        if done.did == "unchanged":
            unchanged += 1
            continue
        written += 1
        time.sleep(PAUSE)
    return Told(written, unchanged, tuple(put_off))
