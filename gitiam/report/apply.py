"""What an apply did, for people and for machines."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from gitiam.outcomes import Result
from gitiam.report.layout import Style, columns, plain, printable

#: More modules than this, with the same error, are counted and not named again.
_MOST_NAMES = 3


def as_json(
    results: Sequence[Result], unchanged: int, left: int = 0, at: datetime | None = None
) -> str:
    """`{"applied": [{account, …}], "unchanged": N, "left": N, "failed": [{…, error}], "at": T}`.

    `left` counts what is pending and was not tried, as `--only` or `--at-most` left it out.
    `at` is when the run ended, in UTC, where that is known.
    """
    body: dict[str, Any] = {
        "applied": [r.as_json() for r in results if r.error is None],
        "unchanged": unchanged,
        "left": left,
        "failed": [r.as_json() for r in results if r.error is not None],
    }
    if at is not None:
        body["at"] = at.astimezone(UTC).isoformat(timespec="seconds")
    return json.dumps(body, indent=2)


def as_text(
    results: Sequence[Result], unchanged: int, style: Style = plain, *, left: int = 0
) -> str:
    """A table of the modules, the errors in full below it, and a line that sums up."""
    rows = [
        (
            "failed" if result.error else "applied",
            printable(str(result.change.key)),
            f"{result.seconds:.1f} s",
            printable("; ".join(_said(result))),
        )
        for result in results
    ]
    lines = columns(rows) if rows else []
    lines = [
        style(line.split(" ", 1)[0], line.split(" ", 1)[0]) + line[line.index(" ") :]
        for line in lines
    ]
    for error, names in _errors(results).items():
        lines += ["", f"{style(_together(names), 'failed')}: {printable(error)}"]
    return "\n".join([*lines, *([""] if lines else []), _summary(results, unchanged, left)])


def _errors(results: Sequence[Result]) -> dict[str, list[str]]:
    """Each error once, with the modules that it is of."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result.error is not None:
            name = str(result.change.key)
            # Some errors begin with the module that they are about: once is enough.
            said = re.sub(rf"\A{re.escape(name)}(?= )", "it", str(result.error))
            found.setdefault(said, []).append(printable(name))
    return found


def _together(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{names[0]} and {len(names) - 1:,} others"


def _said(result: Result) -> Sequence[str]:
    """Why it was pending, and what else is to be said."""
    if result.outcome.by_another:
        return ("already applied by another run",)
    passed = [f"let through: {result.outcome.passed}"] if result.outcome.passed else []
    return [*result.change.reasons, *result.outcome.notes, *passed]


def _summary(results: Sequence[Result], unchanged: int, left: int) -> str:
    failed = sum(result.error is not None for result in results)
    others = sum(result.outcome.by_another for result in results)
    parts = [f"{len(results) - failed - others} applied", f"{unchanged:,} unchanged"]
    if others:
        parts.insert(1, f"{others} applied by another run")
    if failed:
        parts.append(f"{failed} failed")
    if left:
        parts.append(f"{left:,} left pending")
    return ", ".join(parts)
