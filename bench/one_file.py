"""Judge one file in a large estate, as an editor or a pre-commit hook does; and mere starts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.generate import write_estate
from bench.measure import GITIAM, Contestant, race
from bench.plan import Plan
from bench.report import Aim, Outcome

SIZE = 10_000
QUICK_SIZE = 1_000
SMALL = 10
ROUNDS = 9
SECONDS = 1.0


def one_file(plan: Plan) -> Outcome:
    """Every round in fresh processes; the start of Python counts."""
    size = plan.sizes[0] if plan.sizes else QUICK_SIZE if plan.quick else SIZE
    judged = f"one file of {size:,}"
    contestants = [
        _validate(judged, plan.folder / "large", size),
        _validate(f"one file of {SMALL}", plan.folder / "small", SMALL),
        Contestant("gitiam --help", [*GITIAM, "--help"], plan.folder),
        Contestant("gitiam --version", [*GITIAM, "--version"], plan.folder),
        Contestant("python -c pass", [sys.executable, "-c", "pass"], plan.folder),
    ]
    scores = race(contestants, plan.rounds or ROUNDS, plan.say, warm=True)
    found = scores[judged]
    return Outcome(
        name="one-file",
        about=f"`gitiam validate FILE` in an estate of {size:,} requests, start included",
        scores=list(scores.values()),
        base=judged,
        aims=[Aim(f"{SECONDS:.0f} s at the most", f"{found.wall:.2f} s", found.wall < SECONDS)],
    )


def _validate(name: str, root: Path, size: int) -> Contestant:
    root.mkdir()
    file = write_estate(root, size, datetime.now(UTC).date())
    arguments = [*GITIAM, "-C", str(root), "validate", str(file)]
    return Contestant(name, arguments, root, check=lambda output: "1 file" in output)
