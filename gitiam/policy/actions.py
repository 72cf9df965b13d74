"""Patterns of actions: what belongs to them, quickly, however many there are.

A managed policy of AWS has hundreds of patterns and hangs on hundreds of principals, so a list of
patterns is taken apart once: into names, which are looked up, and patterns, which are tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from gitiam.policy.glob import is_glob, matches
from gitiam.policy.statement import Statement

_CACHE = 16_384


@lru_cache(_CACHE)
def action_matches(pattern: str, action: str) -> bool:
    """Whether `service:Name` belongs to a pattern. In the service, `*` alone is a wildcard."""
    pattern, action = pattern.lower(), action.lower()
    if not pattern.strip("*"):
        return True
    service, _, name = pattern.partition(":")
    own_service, _, own_name = action.partition(":")
    return (not service.strip("*") or service == own_service) and matches(name, own_name)


def names_action(statement: Statement, action: str) -> bool:
    """Whether the statement is about this one action, in any case."""
    if statement.not_actions:
        return not takes_action(statement.not_actions, action)
    return takes_action(statement.actions, action)


def takes_action(patterns: tuple[str, ...], action: str) -> bool:
    """Whether `service:Name` belongs to one of the patterns at least."""
    return _taken_apart(patterns).takes(action)


class Watched:
    """Actions by their full names; of each statement it is asked which of them it names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self._by_service: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for name in sorted(self.names):
            self._by_service[name.partition(":")[0].lower()][name.lower()] = name
        self._meant: dict[tuple[str, ...], frozenset[str]] = {}

    def named_by(self, statement: Statement) -> frozenset[str]:
        """Those that the statement is about."""
        if statement.not_actions:
            return self.names - self._meant_by(statement.not_actions)
        return self._meant_by(statement.actions)

    def _meant_by(self, patterns: tuple[str, ...]) -> frozenset[str]:
        if patterns not in self._meant:
            self._meant[patterns] = frozenset(self._of_patterns(patterns))
        return self._meant[patterns]

    def _of_patterns(self, patterns: Iterable[str]) -> Iterator[str]:
        """Most patterns are for services of which nothing is watched, or name one action."""
        for pattern in patterns:
            service, _, verb = pattern.lower().partition(":")
            if not service.strip("*"):
                yield from (name for name in self.names if action_matches(pattern, name))
            elif known := self._by_service.get(service):
                yield from _meant_among(known, verb, f"{service}:{verb}")


def _meant_among(known: Mapping[str, str], verb: str, pattern: str) -> Iterable[str]:
    """Names that belong to the pattern of one service; they stand by their small letters."""
    if is_glob(verb):
        return (name for lower, name in known.items() if action_matches(pattern, lower))
    return (known[pattern],) if pattern in known else ()


class _Patterns:
    """A list of patterns: those that name one action, in small letters, and the others.

    The others stand by the service that they are for; under `*` are those for any.
    """

    def __init__(self, patterns: tuple[str, ...]) -> None:
        lower = dict.fromkeys(pattern.lower() for pattern in patterns)
        self.exact = frozenset(pattern for pattern in lower if not is_glob(pattern))
        self._globs: defaultdict[str, list[str]] = defaultdict(list)
        for pattern in filter(is_glob, lower):
            service = pattern.partition(":")[0]
            self._globs[service if service.strip("*") else "*"].append(pattern)

    def takes(self, action: str) -> bool:
        lower = action.lower()
        if lower in self.exact:
            return True
        service = lower.partition(":")[0]
        own = (self._globs.get(service, ()), self._globs.get("*", ()))
        return any(action_matches(glob, lower) for globs in own for glob in globs)


@lru_cache(_CACHE)
def _taken_apart(patterns: tuple[str, ...]) -> _Patterns:
    return _Patterns(patterns)
