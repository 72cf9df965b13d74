"""How two documents differ, permission by permission, for people to read.

This compares what is written, by meaning: wildcards are not expanded, so a permission that a
broader one already covers still shows as new. That is the safe way to err.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from gitiam.policy.statement import Document, Statement, merged


def difference(old: Iterable[Statement], new: Iterable[Statement]) -> tuple[Document, Document]:
    """What `new` has and `old` has not, and the other way round; each in few statements."""
    before, after = _permissions(old), _permissions(new)
    gained = merged(after[meaning] for meaning in after if meaning not in before)
    lost = merged(before[meaning] for meaning in before if meaning not in after)
    return gained, lost


def _permissions(statements: Iterable[Statement]) -> dict[Statement, Statement]:
    """Meaning → one action on one resource. `Not` lists cannot be taken apart, and stay whole."""
    return {single.meaning(): single for statement in statements for single in _singles(statement)}


def _singles(statement: Statement) -> Iterator[Statement]:
    plain = statement.but(sid="")
    nothing: list[tuple[str, ...]] = [()]
    actions = [(action,) for action in statement.actions] or nothing
    resources = [(resource,) for resource in statement.resources] or nothing
    for action, resource in product(actions, resources):
        yield plain.but(actions=action, resources=resource)
