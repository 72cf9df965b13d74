"""What a rule may look at: the whole estate at one instant, and indexes built at most once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.desired.compute import resolver_of
from gitiam.desired.grants import Access, GrantError, Resolver
from gitiam.desired.state import DesiredState
from gitiam.load.estate import Estate
from gitiam.models import Declaration, Request, SharedPolicy
from gitiam.snapshot import Snapshot

File = Request | Declaration | SharedPolicy

T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """The estate, the catalogue, the instant, and the desired state that follows from them.

    `proposed` holds the paths that are being proposed now; what is not in it stands in the tree
    already, was judged when it came, and is not blamed for the mere passing of time. `snapshots`
    are live accounts by name, where they are at hand.
    """

    estate: Estate
    catalog: Catalog
    now: datetime
    state: DesiredState
    proposed: frozenset[str] = frozenset()
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    _built: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    _access: dict[tuple[str, int, str], Access | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def files(self) -> tuple[File, ...]:
        """Every file that could be read, whatever its kind."""
        estate = self.estate
        return (*estate.declarations, *estate.policies, *estate.requests)

    @cached_property
    def by_path(self) -> dict[str, File]:
        """The same, by path."""
        return {file.source.path: file for file in self.files}

    @cached_property
    def live(self) -> tuple[Request, ...]:
        """The requests that give something at this instant."""
        return tuple(r for r in self.estate.requests if not r.is_expired(self.now))

    def is_judged(self, file: File) -> bool:
        """Whether rules look at this file: not at requests that expired where they stand."""
        if not isinstance(file, Request) or not file.is_expired(self.now):
            return True
        return file.path in self.proposed

    def accounts_of(self, file: File) -> tuple[Account, ...]:
        """The accounts of a file that exist, each once, in its order."""
        known = self.estate.config.accounts
        return tuple(known[name] for name in dict.fromkeys(file.accounts) if name in known)

    def precedence(self, path: str) -> tuple[bool, str]:
        """Sorts files that are in each other's way: what stands already before the proposed."""
        return (path in self.proposed, path)

    def reporters(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Of files at fault together, those to say so at: the proposed ones, or the first."""
        ordered = sorted(paths)
        return tuple(p for p in ordered if p in self.proposed) or tuple(ordered[:1])

    @cached_property
    def unresolved(self) -> frozenset[str]:
        """The files of which something could not be turned into access."""
        return frozenset(item.path for item in self.state.unresolved)

    def may_not_resolve(self, file: File) -> bool:
        """Whether a grant of this file may be one that cannot be turned into access."""
        path = file.source.path
        return path in self.unresolved or (
            isinstance(file, Request) and file.is_expired(self.now)  # not part of the state
        )

    @cached_property
    def resolver(self) -> Resolver:
        """What turns grants into access."""
        return resolver_of(self.estate, self.catalog)

    def access(self, file: Request | SharedPolicy, index: int, account: Account) -> Access | None:
        """What one grant gives in one account; None when it cannot be said."""
        key = (file.source.path, index, account.name)
        if key not in self._access:
            self._access[key] = self._find_access(file, index, account)
        return self._access[key]

    def _find_access(
        self, file: Request | SharedPolicy, index: int, account: Account
    ) -> Access | None:
        try:
            return self.resolver.access(file.grants[index : index + 1], account)
        except GrantError:
            return None

    def once(self, build: Callable[[Context], T]) -> T:
        """What `build` makes of this context, at the first call: the indexes of single rules."""
        if build not in self._built:
            self._built[build] = build(self)
        built: T = self._built[build]
        return built
