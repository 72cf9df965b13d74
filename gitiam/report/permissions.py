"""Statements as lines that a person without JSON can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitiam.models import Condition
from gitiam.policy.statement import Statement


def lines_of(statements: Iterable[Statement]) -> Iterator[str]:
    """Each statement as `allow …`, `on …`, `if …` and `until …`; one action or resource a line."""
    for statement in statements:
        yield from _listed(statement.effect.lower(), statement.actions)
        yield from _listed(f"{statement.effect.lower()} all but", statement.not_actions)
        yield from _listed("  on", statement.resources)
        yield from _listed("  on all but", statement.not_resources)
        for kind, names in statement.principals:
            yield from _listed(f"  to {kind}", names)
        for kind, names in statement.not_principals:
            yield from _listed(f"  to all but {kind}", names)
        for condition in statement.conditions:
            yield f"  {_condition(condition)}"


def _listed(word: str, values: tuple[str, ...]) -> Iterator[str]:
    """The first value behind the word, the others below it."""
    for index, value in enumerate(values):
        yield f"{word if index == 0 else ' ' * len(word)} {value}"


def _condition(condition: Condition) -> str:
    values = " or ".join(condition.values)
    if condition.operator == "DateLessThan" and condition.key == "aws:CurrentTime":
        return f"until {values}"
    return f"if {condition.key} {condition.operator} {values}"
