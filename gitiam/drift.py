"""Drift as values: where live IAM and the estate differ, and what could not be compared.

`gitiam.sync.drift.comparison` finds them, `gitiam.report.drift` tells of them; neither knows the
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitiam.policy.statement import Document

Value = str | int | Mapping[str, str] | None


class DriftKind(StrEnum):
    """What sort of difference, the most dangerous first.

    `expired`: live, and only an expired request asks for it. `unmanaged`: live, and nothing asks
    for it. `changed`: live, but not as asked for. `missing`: asked for, and not live.
    """

    EXPIRED = "expired"
    UNMANAGED = "unmanaged"
    CHANGED = "changed"
    MISSING = "missing"

    @property
    def rank(self) -> int:
        """0 for the most dangerous."""
        return list(DriftKind).index(self)


class Aspect(StrEnum):
    """Which part of a principal or policy differs."""

    PRINCIPAL = "principal"
    POLICY = "policy"
    INLINE = "inline-policy"
    ATTACHMENT = "attachment"
    MEMBERSHIP = "membership"
    TRUST = "trust-policy"
    BOUNDARY = "permissions-boundary"
    PATH = "path"
    DESCRIPTION = "description"
    MAX_SESSION = "max-session"
    TAGS = "tags"

    @property
    def words(self) -> str:
        """For people: `inline policy`."""
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class DriftItem:
    """One difference.

    `principal` is `role/NAME` and the like, or `policy/NAME`; `name` says which inline policy,
    which group, or the ARN of which managed policy. `missing` are statements that are asked for and
    not live, `extra` those that are live and not asked for. For a plain value, `expected` is what
    the estate asks for and `found` what is live. `origins` are the files that ask or asked for it.
    `pending` says that its module is not applied yet, and that the apply takes the difference away.
    What is `unmanaged` is never pending.
    """

    account: str
    principal: str
    kind: DriftKind
    aspect: Aspect
    name: str = ""
    missing: Document = ()
    extra: Document = ()
    expected: Value = None
    found: Value = None
    origins: tuple[str, ...] = ()
    pending: bool = False

    @property
    def what(self) -> str:
        """For people: `inline policy gitiam`."""
        return f"{self.aspect.words} {self.name}".strip()

    @property
    def order(self) -> tuple[str, str, int, str, str]:
        """Sorts by place, then danger."""
        return (self.account, self.principal, self.kind.rank, self.aspect, self.name)


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """Something that could not be compared: a whole account, a part of one, or a file."""

    what: str
    reason: str
    account: str = ""
    principal: str = ""

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Sorts by place."""
        return (self.account, self.principal, self.what, self.reason)


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What a comparison found. `read_at` tells of each account that was read when that was.

    `ignored` counts what the estate's `drift.ignore` kept out of `items`.
    """

    items: tuple[DriftItem, ...]
    unread: tuple[UnreadPart, ...]
    read_at: Mapping[str, datetime]
    ignored: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether everything was compared, and nothing differs."""
        return not self.items and not self.unread and bool(self.read_at)

    def counts(self) -> dict[DriftKind, int]:
        """How many items there are of each kind, zeros included."""
        found = Counter(item.kind for item in self.items)
        return {kind: found[kind] for kind in DriftKind}


def in_order(items: Iterable[DriftItem]) -> tuple[DriftItem, ...]:
    """The items as reports show them."""
    return tuple(sorted(items, key=lambda item: item.order))
