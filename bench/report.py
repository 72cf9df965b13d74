"""What the benchmarks found, as tables for people and JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.measure import Score

MIB = 1024 * 1024


@dataclass(frozen=True)
class Aim:
    """What was wished for, and what came of it."""

    wish: str
    found: str
    met: bool

    @property
    def text(self) -> str:
        """On one line."""
        return f"{'met' if self.met else 'MISSED'}: {self.wish}; found {self.found}"


@dataclass(frozen=True)
class Outcome:
    """One benchmark. Ratios are to the score that `base` names."""

    name: str
    about: str
    scores: Sequence[Score]
    base: str
    aims: Sequence[Aim] = ()
    #: A second table: its rows, and in each what was measured → value, printed as it stands.
    details: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def as_text(outcome: Outcome) -> str:
    """One benchmark, for a terminal; the tables are Markdown's as well."""
    parts = ["", f"{outcome.name}: {outcome.about}", "", *_scores(outcome)]
    if outcome.details:
        parts += ["", *_details(outcome.details)]
    parts += ["", *(aim.text for aim in outcome.aims)] if outcome.aims else []
    return "\n".join(parts)


def as_json(machine: Mapping[str, str], outcomes: Iterable[Outcome]) -> str:
    """Everything, every single run included."""
    body = {"machine": dict(machine), "benchmarks": [_outcome_as_json(o) for o in outcomes]}
    return json.dumps(body, indent=2) + "\n"


def _scores(outcome: Outcome) -> list[str]:
    if not outcome.scores:
        return []
    base = next(score for score in outcome.scores if score.name == outcome.base)
    rows = [["", "wall s", "least … most", "CPU s", "peak MiB", "runs", f"of {base.name}"]]
    for score in outcome.scores:
        walls = [sample.wall for sample in score.samples]
        rows.append(
            [
                score.name,
                f"{score.wall:.2f}",
                f"{min(walls):.2f} … {max(walls):.2f}",
                f"{score.cpu:.2f}",
                f"{score.memory / MIB:.0f}",
                f"{len(walls)}",
                f"{score.wall / base.wall:.2f}",
            ]
        )
    return table(rows)


def _details(details: Mapping[str, Mapping[str, str]]) -> list[str]:
    heads = list(dict.fromkeys(head for row in details.values() for head in row))
    return table(
        [["", *heads], *([name, *(row.get(h, "") for h in heads)] for name, row in details.items())]
    )


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table: names to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return [_line(row, widths) for row in (rows[0], rule, *rows[1:])]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first = row[0].ljust(widths[0])
    rest = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
    return f"| {' | '.join([first, *rest])} |"


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "about": outcome.about,
        "base": outcome.base,
        "scores": {
            score.name: {
                "wall": score.wall,
                "cpu": score.cpu,
                "memory": score.memory,
                "runs": [{"wall": s.wall, "cpu": s.cpu, "memory": s.memory} for s in score.samples],
            }
            for score in outcome.scores
        },
        "details": {name: dict(row) for name, row in outcome.details.items()},
        "aims": [{"wish": a.wish, "found": a.found, "met": a.met} for a in outcome.aims],
    }
