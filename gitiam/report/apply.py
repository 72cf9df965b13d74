"""What an apply or a plan did, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gitiam.outcomes import Result
from gitiam.report.layout import Style, columns, counted, plain, printable


def as_json(results: Sequence[Result], unchanged: int) -> str:
    """`{"applied": [{account, principal, reasons, …}], "unchanged": N, "failed": [{…, error}]}`."""
    body = {
        "applied": [r.as_json() for r in results if r.error is None],
        "unchanged": unchanged,
        "failed": [r.as_json() for r in results if r.error is not None],
    }
    return json.dumps(body, indent=2)


def as_text(results: Sequence[Result], unchanged: int, style: Style = plain) -> str:
    """A table of the modules, the errors in full below it, and a line that sums up."""
    rows = [
        (
            "failed" if result.error else "applied",
            str(result.change.key),
            f"{result.seconds:.1f} s",
            printable("; ".join(result.change.reasons)),
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
            name = style(str(result.change.key), "failed")
            lines += ["", f"{name}: {printable(str(result.error))}"]
    return "\n".join([*lines, *([""] if lines else []), _summary(results, unchanged)])


def _summary(results: Sequence[Result], unchanged: int) -> str:
    failed = sum(result.error is not None for result in results)
    parts = [f"{len(results) - failed} applied", f"{unchanged:,} unchanged"]
    if failed:
        parts.append(f"{failed} failed")
    return ", ".join(parts)


def plan_as_json(results: Sequence[Result], unchanged: int) -> str:
    """`{"planned": [{…, resources: [{action, address}]}], "unchanged": N, "failed": […]}`."""
    planned = [
        result.as_json()
        | {
            "resources": [
                {"action": p.action, "address": p.address} for p in result.outcome.planned
            ]
        }
        for result in results
        if result.error is None
    ]
    failed = [result.as_json() for result in results if result.error is not None]
    return json.dumps({"planned": planned, "unchanged": unchanged, "failed": failed}, indent=2)


def plan_as_text(results: Sequence[Result], unchanged: int, style: Style = plain) -> str:
    """Each pending module with what Terraform would do in it."""
    lines: list[str] = []
    for result in results:
        reasons = printable("; ".join(result.change.reasons))
        lines.append(f"{style(str(result.change.key), 'module')}  {reasons}")
        if result.error is not None:
            lines.append(f"  {style('failed', 'failed')}: {printable(str(result.error))}")
        lines += [
            f"  {style(p.action, p.action)} {printable(p.address)}" for p in result.outcome.planned
        ]
        if result.error is None and not result.outcome.planned:
            lines.append("  nothing to do; an apply records it")
    return "\n".join(
        [*lines, f"{counted(len(results), 'module')} pending, {unchanged:,} unchanged"]
    )
