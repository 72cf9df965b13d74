"""The patterns of IAM policies, as languages: `*` is any text, `?` any one character.

Every function is exact, compares case as it stands, and takes time polynomial in its arguments,
whatever they hold: there is no backtracking that a hostile pattern could blow up.
Results are cached, because a run asks the same few thousand questions again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_STARS = re.compile(r"\*{2,}")
_CACHE = 32_768


def is_glob(text: str) -> bool:
    """Whether a wildcard stands in the text."""
    return "*" in text or "?" in text


@lru_cache(_CACHE)
def matches(pattern: str, text: str) -> bool:
    """Whether the text, in which nothing is a wildcard, belongs to the pattern."""
    if not is_glob(pattern):
        return pattern == text
    head, *rest = pattern.split("*")
    if not rest:
        return len(head) == len(text) and _fits(head, text, 0)
    *middle, tail = rest
    end = len(text) - len(tail)
    if end < len(head) or not (_fits(head, text, 0) and _fits(tail, text, end)):
        return False
    at = len(head)
    for piece in middle:
        found = _find(piece, text, at, end)
        if found is None:
            return False
        at = found + len(piece)
    return True


def _fits(piece: str, text: str, at: int) -> bool:
    """Whether a piece without `*` stands at this place."""
    if "?" not in piece:
        return text.startswith(piece, at)
    return all(p in ("?", c) for p, c in zip(piece, text[at : at + len(piece)], strict=True))


def _find(piece: str, text: str, start: int, end: int) -> int | None:
    """The first place of a piece without `*` in `text[start:end]`; the first is always the best."""
    if "?" not in piece:
        found = text.find(piece, start, end)
        return None if found < 0 else found
    places = range(start, end - len(piece) + 1)
    return next((at for at in places if _fits(piece, text, at)), None)


class _Automaton:
    """A pattern; its states are the bits of an integer, bit i for "i symbols are done with"."""

    __slots__ = ("accepts", "any", "chars", "size", "stars", "symbols")

    def __init__(self, pattern: str) -> None:
        self.symbols = _STARS.sub("*", pattern)
        self.size = len(self.symbols)
        self.accepts = 1 << self.size
        self.stars = self.any = 0
        self.chars: dict[str, int] = {}
        for place, symbol in enumerate(self.symbols):
            if symbol == "*":
                self.stars |= 1 << place
            elif symbol == "?":
                self.any |= 1 << place
            else:
                self.chars[symbol] = self.chars.get(symbol, 0) | 1 << place

    def close(self, states: int) -> int:
        """Add what is reached by letting a `*` stand for nothing."""
        return states | (states & self.stars) << 1

    def step(self, states: int, symbol: str) -> int:
        """The closed states after one character; `?` is one that no pattern names."""
        takers = self.any | self.chars.get(symbol, 0)
        return self.close((states & takers) << 1 | states & self.stars)

    def settle(self, states: int) -> int:
        """The states that matter after very many characters that no pattern names; 0 for none.

        Whatever survives, has passed a `*`. The last `*` that can be reached outdoes all before it,
        since whatever matches the pattern from an earlier one, matches it from there.
        """
        reached = states
        while True:
            more = reached | self.step(reached, "?")
            if more == reached:
                break
            reached = more
        stars = reached & self.stars
        if not stars:
            return 0
        last = 1 << (stars.bit_length() - 1)
        settled = self.close(last)
        for _ in range(self.size):
            settled |= (settled & self.any) << 1
        return settled


@lru_cache(4096)
def _automaton(pattern: str) -> _Automaton:
    return _Automaton(pattern)


@lru_cache(_CACHE)
def intersects(a: str, b: str) -> bool:
    """Whether some text belongs to both patterns."""
    if not is_glob(a):
        return matches(b, a)
    if not is_glob(b):
        return matches(a, b)
    automaton = _automaton(b)
    states = automaton.close(1)
    for symbol in _STARS.sub("*", a):
        if symbol == "*":
            # Anything that b wants next may stand here: every state from the first on is reached.
            states = (automaton.accepts << 1) - (states & -states)
        elif symbol == "?":
            states = automaton.close((states & ~automaton.stars) << 1 | states & automaton.stars)
        else:
            states = automaton.step(states, symbol)
        states &= (automaton.accepts << 1) - 1
        if not states:
            return False
    return bool(states & automaton.accepts)


@lru_cache(_CACHE)
def includes(outer: str, inner: str) -> bool:
    """Whether every text that belongs to `inner` belongs to `outer`.

    It is enough to try characters for the wildcards of `inner` that `outer` does not name, and, for
    each `*`, no character or very many: if `outer` takes both, it takes every number between. (Let
    `P*Q` be `outer`, cut at the `*` that took the many; with fewer, a match of the shorter text
    gives the end of P or the start of Q, whichever leaves room, and the match of the longer text
    gives the other.) After very many characters only `size` different sets of states are possible,
    so the search visits (stars of `inner`) x (stars of `outer`) sets at the most.
    """
    if outer == inner or outer == "*":
        return True
    if not is_glob(inner):
        return matches(outer, inner)
    if "*" not in outer and "*" in inner:
        return False
    automaton = _automaton(outer)
    symbols = _STARS.sub("*", inner)
    todo = [(0, automaton.close(1))]
    seen = set(todo)
    while todo:
        place, states = todo.pop()
        for at in range(place, len(symbols)):
            if symbols[at] != "*":
                states = automaton.step(states, symbols[at])
                if not states:
                    return False
                continue
            branch = (at + 1, automaton.settle(states))
            if not branch[1]:
                return False
            if branch not in seen:
                seen.add(branch)
                todo.append(branch)
        if not states & automaton.accepts:
            return False
    return True


def covered(pattern: str, by: Iterable[str]) -> bool:
    """Whether one of the patterns includes this one."""
    return any(includes(outer, pattern) for outer in by)
