"""Packing: many statements into as few documents as AWS's limits allow, without reshuffling.

Every item has a priority that depends on nothing but its own name, and items choose their home in
that order: the first in their own order of preference that still has room. So a new item can only
displace items of lower priority, around the places that it took; the others stay where they were.
Homes that come after the first are preferred in an order of each item's own (rendezvous hashing),
so that one more home draws a share from each of the others instead of shifting all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from gitiam.policy.statement import EMPTY_SIZE, Statement, statement_text

_SID_NUMBER = len("n999")


@dataclass(frozen=True)
class Item:
    """A statement and the name of what it came from; items of one origin keep together."""

    origin: str
    statement: Statement

    @cached_property
    def text(self) -> str:
        """The statement as documents hold it."""
        return statement_text(self.statement)

    @property
    def size(self) -> int:
        """Its characters, with the comma that may follow and the number that its Sid may get."""
        return len(self.text) + 1 + _SID_NUMBER


@dataclass(frozen=True, slots=True)
class Packing:
    """Which items stand in the inline policy, and which in each managed one; none of them empty."""

    inline: tuple[Item, ...]
    managed: tuple[tuple[Item, ...], ...]


class DoesNotFit(Exception):
    """No packing within the limits was found. `size` and `room` are in characters."""

    def __init__(self, size: int, room: int) -> None:
        super().__init__(f"{size:,} characters do not fit into {room:,}")
        self.size = size
        self.room = room


def pack(items: Iterable[Item], inline_room: int, managed_room: int, managed_most: int) -> Packing:
    """Inline first, then the fewest managed policies; DoesNotFit if `managed_most` are too few."""
    rooms = (inline_room - EMPTY_SIZE, managed_room - EMPTY_SIZE)
    pieces = [piece for item in items for piece in _pieces(item, rooms[managed_most > 0])]
    if sum(piece.size for piece in pieces) <= rooms[0]:
        return _packing([pieces])
    by_priority = sorted(pieces, key=lambda i: (_hash(i.origin), i.origin, repr(i.statement)))
    for count in range(managed_most + 1):
        homes = _place(by_priority, rooms, count)
        if homes is not None:
            return _packing(homes)
    # Nothing stable fits, so it must be tight: full to the brim, the largest first.
    homes = _pour(sorted(by_priority, key=lambda i: -i.size), rooms, managed_most)
    if homes is None:
        raise _does_not_fit(pieces, inline_room, managed_room, managed_most)
    return _packing(homes)


def _does_not_fit(
    pieces: Sequence[Item], inline_room: int, managed_room: int, managed_most: int
) -> DoesNotFit:
    """The piece that no document can hold, where that is the reason; else all of them together."""
    largest = max(piece.size for piece in pieces) + EMPTY_SIZE
    one = max(inline_room, managed_room if managed_most else 0)
    if largest > one:
        return DoesNotFit(largest, one)
    everything = sum(piece.size for piece in pieces) + EMPTY_SIZE
    return DoesNotFit(everything, inline_room + managed_most * managed_room)


def _place(items: Sequence[Item], rooms: tuple[int, int], managed: int) -> list[list[Item]] | None:
    """Home 0 is the inline policy. None when one item finds no room."""
    left = [rooms[0]] + [rooms[1]] * managed
    homes: list[list[Item]] = [[] for _ in left]
    for item in items:
        home = next((h for h in _preferences(item.origin, managed) if item.size <= left[h]), None)
        if home is None:
            return None
        left[home] -= item.size
        homes[home].append(item)
    return homes


def _pour(items: Sequence[Item], rooms: tuple[int, int], managed: int) -> list[list[Item]] | None:
    """Like `_place`, but an item that fits nowhere whole is cut to fill what room there is."""
    left = [rooms[0]] + [rooms[1]] * managed
    homes: list[list[Item]] = [[] for _ in left]
    for item in items:
        rest: Item | None = item
        whole = next((home for home, room in enumerate(left) if item.size <= room), None)
        for home in range(len(left)) if whole is None else [whole]:
            piece, rest = _cut(rest, left[home]) if rest else (None, None)
            if piece:
                left[home] -= piece.size
                homes[home].append(piece)
        if rest:
            return None
    return homes


def _preferences(origin: str, managed: int) -> list[int]:
    if managed < 2:
        return list(range(managed + 1))
    return [0, *sorted(range(1, managed + 1), key=lambda home: _hash(f"{home}:{origin}"))]


def _packing(homes: list[list[Item]]) -> Packing:
    inline, *managed = (_numbered(sorted(home, key=_reading_order)) for home in homes)
    return Packing(inline, tuple(home for home in managed if home))


def _numbered(home: Iterable[Item]) -> tuple[Item, ...]:
    """A Sid may stand once in a document: the second of one Sid becomes `…n2`, and so on."""
    seen: dict[str, int] = {}
    numbered = []
    for item in home:
        sid = item.statement.sid
        seen[sid] = count = seen.get(sid, 0) + 1
        if sid and count > 1:
            item = Item(item.origin, item.statement.but(sid=f"{sid}n{count}"))
        numbered.append(item)
    return tuple(numbered)


def _reading_order(item: Item) -> tuple[str, str, str]:
    return (item.origin, item.statement.sid, repr(item.statement))


def _pieces(item: Item, room: int) -> list[Item]:
    """The item, or its halves until each fits into one document."""
    field, values = _alternatives(item.statement)
    if item.size <= room or len(values) < 2:
        return [item]
    middle = len(values) // 2
    return [
        piece
        for half in (values[:middle], values[middle:])
        for piece in _pieces(_with(item, field, half), room)
    ]


def _cut(item: Item, room: int) -> tuple[Item | None, Item | None]:
    """The largest piece of the item that fits, and what is left of it."""
    if item.size <= room:
        return item, None
    field, values = _alternatives(item.statement)
    fitting = bisect_right(
        range(1, len(values)), room, key=lambda n: _with(item, field, values[:n]).size
    )
    if not fitting:
        return None, item
    return _with(item, field, values[:fitting]), _with(item, field, values[fitting:])


def _alternatives(statement: Statement) -> tuple[str, tuple[str, ...]]:
    """The list along which a statement may be cut, and its name; `Not…` lists are none."""
    lists = {"resources": statement.resources, "actions": statement.actions}
    field = max(lists, key=lambda name: (len(lists[name]) > 1, sum(map(len, lists[name]))))
    return field, lists[field]


def _with(item: Item, field: str, values: tuple[str, ...]) -> Item:
    if field == "resources":
        return Item(item.origin, item.statement.but(resources=values))
    return Item(item.origin, item.statement.but(actions=values))


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()[:8]
