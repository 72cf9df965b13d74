"""Load, judge and render a whole estate, in memory and to disk."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from statistics import median

from bench.generate import write_estate
from bench.measure import GITIAM, Contestant, Score, race
from bench.plan import Plan
from bench.report import MIB, Aim, Outcome

SIZE = 10_000
QUICK_SIZE = 1_000
ROUNDS = 5
#: Making some 30,000 files keeps the disk busy longer than gitiam.
DISK_ROUNDS = 3
SECONDS = 5.0
MEBIBYTES = 400


def estate(plan: Plan) -> Outcome:
    """Every round in fresh processes; the start of Python counts."""
    size = plan.sizes[0] if plan.sizes else QUICK_SIZE if plan.quick else SIZE
    root = plan.folder / "estate"
    root.mkdir()
    write_estate(root, size, datetime.now(UTC).date())
    out = plan.folder / "modules"
    stages = [sys.executable, "-m", "bench.stages", str(root)]
    in_memory = [
        Contestant("in memory", stages, plan.folder),
        Contestant("gitiam validate", [*GITIAM, "-C", str(root), "validate"], plan.folder),
    ]
    to_disk = [
        Contestant(
            "written to disk",
            [*stages, str(out)],
            plan.folder,
            prepare=lambda _number: shutil.rmtree(out, ignore_errors=True),
            at_most=DISK_ROUNDS,
        ),
        Contestant("written again", [*stages, str(out)], plan.folder),
    ]
    # Apart, as the disk is still busy when whoever wrote to it has ended.
    races = (
        race(each, plan.rounds or ROUNDS, plan.say, warm=True) for each in (in_memory, to_disk)
    )
    scores = {name: score for scores in races for name, score in scores.items()}
    found = scores["in memory"]
    facts = json.loads(found.samples[0].output)
    return Outcome(
        name="estate",
        about=f"{size:,} requests, {facts['files']:,} files, {facts['modules']:,} modules",
        scores=list(scores.values()),
        base="in memory",
        aims=[
            Aim(f"{SECONDS:.0f} s at the most", f"{found.wall:.2f} s", found.wall < SECONDS),
            Aim(
                f"{MEBIBYTES} MiB at the most",
                f"{found.memory / MIB:.0f} MiB",
                found.memory < MEBIBYTES * MIB,
            ),
        ],
        details={name: _stages(scores[name]) for name in ("in memory", "written to disk")},
    )


def _stages(score: Score) -> dict[str, str]:
    """Median seconds of each stage; the rest of the wall time is the start and end of Python."""
    rounds = [json.loads(sample.output)["seconds"] for sample in score.samples]
    return {f"{stage} s": f"{median(r[stage] for r in rounds):.2f}" for stage in rounds[0]}
