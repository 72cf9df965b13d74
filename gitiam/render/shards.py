"""Pending changes → shards that machines can apply side by side, each in the usual order.

What needs another pending module to be applied before it, or after it, is in the same shard: so no
shard waits for another, and inside a shard the order of kinds does the rest. Only what is made or
destroyed binds: to attach a policy that exists already, nobody has to wait for its own change.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace

from gitiam.errors import GitiamError
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Change

#: A job matrix of GitHub has no more.
MOST = 256
#: In bytes, of a shard's names: Linux lets one variable of the environment have 128 KiB.
ROOM = 100 << 10

#: The files of a module that name what must be there before it.
_NAMING = ("main.tf", "policies/trust.json")
_QUOTED = re.compile(r'"([^"\\]*)"')


def shards(changes: Sequence[Change], count: int) -> list[list[Change]]:
    """At most `count` shards, none empty, about equally large; the same for the same changes.

    Each is in the order of applying. What nobody can apply is in none. GitiamError where one would
    be too long for the variable that hands it on.
    """
    groups = sorted(
        _connected([change for change in changes if change.blocked is None]),
        key=lambda group: (-len(group), group[0].module.order),
    )
    found = _dealt(groups, count)
    if not _fit(found):
        raise _too_long(groups, count)
    return [sorted(shard, key=lambda change: change.module.order) for shard in found]


def _dealt(groups: Sequence[Sequence[Change]], count: int) -> list[list[Change]]:
    """Each group to the shard that has the fewest changes so far."""
    found: list[list[Change]] = [[] for _ in range(min(count, MOST, len(groups)))]
    loads = [(0, number) for number in range(len(found))]
    heapify(loads)
    for group in groups:
        load, number = loads[0]
        found[number].extend(group)
        heapreplace(loads, (load + len(group), number))
    return found


def _fit(found: Sequence[Sequence[Change]]) -> bool:
    """Whether the names of each shard, with a space between two, have room."""
    return all(sum(len(str(c.key).encode()) + 1 for c in shard) <= ROOM for shard in found)


def _too_long(groups: Sequence[Sequence[Change]], count: int) -> GitiamError:
    """Says how many shards would do, if any number does."""
    enough = None
    if _fit(groups):
        enough = next((n for n in range(count + 1, MOST + 1) if _fit(_dealt(groups, n))), None)
    shards = f"{count} shards" if count > 1 else "one shard"
    return GitiamError(
        f"{shards} of what is pending would name more modules than a variable of the environment"
        f" has room for ({ROOM >> 10} KiB)",
        hint=f"Ask for {enough}: --shards {enough}"
        if enough
        else "Not even 256 are enough, or too many modules need each other: apply it in runs, with"
        " `gitiam apply --at-most N`",
    )


def _connected(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes in groups, each in order, so that none needs one of another group."""
    leader: dict[ModuleKey, ModuleKey] = {change.key: change.key for change in changes}

    def led_by(key: ModuleKey) -> ModuleKey:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for one, other in _bound(changes):
        leader[led_by(one)] = led_by(other)
    groups: defaultdict[ModuleKey, list[Change]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.module.order):
        groups[led_by(change.key)].append(change)
    return list(groups.values())


def _bound(changes: Sequence[Change]) -> Iterator[tuple[ModuleKey, ModuleKey]]:
    """Pairs of modules of which one needs the other."""
    made = {arn: change.key for change in changes if (arn := _made(change)) is not None}
    groups = {(key.account, key.name): key for key in made.values() if key.kind is Kind.GROUP}
    for change in changes if made else ():
        for name in _names(change):
            # By ARN, in whatever account; a group by its name as well, in its own.
            maker = made.get(name) or groups.get((change.key.account, name))
            if maker is not None:
                yield change.key, maker
    leaving = {c.key.account: c.key for c in changes if _leaves(c)}
    for change in changes if leaving else ():
        # Who used what goes is not known any more: any that changes may have.
        if change.key.account in leaving:
            yield change.key, leaving[change.key.account]


def _made(change: Change) -> str | None:
    """The ARN of what comes into being, or comes under another ARN; None where nothing does."""
    is_new = change.previous is None or change.destroys is not None
    return change.module.owns if is_new else None


def _leaves(change: Change) -> bool:
    """Whether something goes that others may have used."""
    return change.destroys is not None and change.key.kind in (Kind.POLICY, Kind.GROUP)


def _names(change: Change) -> Iterator[str]:
    """Every quoted text of the files that name what must be there before the module."""
    for name in _NAMING:
        yield from _QUOTED.findall(change.module.files.get(name, ""))
