"""What an apply did, for people and for machines."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from gitiam.outcomes import Result
from gitiam.report.layout import Style, columns, plain, printable


def as_json(results: Sequence[Result], unchanged: int, left: int = 0) -> str:
    """`{"applied": [{account, …}], "unchanged": N, "left": N, "failed": [{…, error}]}`.

    `left` counts what is pending and was not tried, as `--only` or `--at-most` left it out.
    """
    body = {
        "applied": [r.as_json() for r in results if r.error is None],
        "unchanged": unchanged,
        "left": left,
        "failed": [r.as_json() for r in results if r.error is not None],
    }
    return json.dumps(body, indent=2)


def as_text(
    results: Sequence[Result], unchanged: int, style: Style = plain, *, left: int = 0
) -> str:
    """A table of the modules, the errors in full below it, and a line that sums up."""
    rows = [
        (
            "failed" if result.error else "applied",
            str(result.change.key),
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
    for result in results:
        if result.error is not None:
            name = str(result.change.key)
            # Some errors begin with the module that they are about: once is enough.
            said = re.sub(rf"\A{re.escape(name)}(?= )", "it", str(result.error))
            lines += ["", f"{style(name, 'failed')}: {printable(said)}"]
    return "\n".join([*lines, *([""] if lines else []), _summary(results, unchanged, left)])


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
