"""Judge policies by every rule, beside the tools that do nothing else; and one changed request."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median
from typing import Any

from bench.corpus import MANAGED, Policies, write_policies
from bench.generate import write_estate
from bench.measure import GITIAM, Contestant, Score, race
from bench.plan import Plan
from bench.report import MIB, Aim, Outcome
from bench.rivals import RIVALS, install

ROUNDS = 3
QUICK_POLICIES = 60
MILLISECONDS = 2.0
SIZE, QUICK_SIZE = 10_000, 1_000
SECONDS = 1.5


def checks(plan: Plan) -> Outcome:
    """Every round in fresh processes, whose peak of memory is their own."""
    rounds = plan.rounds or ROUNDS
    sets = write_policies(plan.folder, QUICK_POLICIES if plan.quick else None)
    contestants = _judges(plan, sets)
    scores = race(contestants, rounds, plan.say, warm=True)
    size = plan.sizes[0] if plan.sizes else QUICK_SIZE if plan.quick else SIZE
    changed = race(_changed(plan, size), rounds, plan.say, warm=True)
    found = _milliseconds(scores[_named("gitiam", MANAGED)])
    one = changed[_one(size)].wall
    return Outcome(
        name="checks",
        about=f"every rule over {_counted(sets)}; one changed request among {size:,}",
        scores=[*scores.values(), *changed.values()],
        base=_named("gitiam", MANAGED),
        aims=[
            Aim(f"{MILLISECONDS:.0f} ms a policy", f"{found:.2f} ms", found < MILLISECONDS),
            Aim(f"{SECONDS} s for one changed request", f"{one:.2f} s", one < SECONDS),
        ],
        details={name: _details(score) for name, score in scores.items()},
    )


def _counted(sets: list[Policies]) -> str:
    return " and ".join(f"{one.count:,} policies ({one.name})" for one in sets)


def _named(tool: str, policies: str) -> str:
    return f"{tool}, {policies}"


def _judges(plan: Plan, sets: list[Policies]) -> list[Contestant]:
    """gitiam, and the tools that can be installed."""
    here = Path(__file__).parent
    found = [
        Contestant(
            _named("gitiam", one.name),
            [GITIAM[0], str(here / "judge_gitiam.py"), str(one.requests)],
            plan.folder,
            check=_has_done(one),
        )
        for one in sets
    ]
    for rival in RIVALS:
        python = install(rival, plan.folder, plan.say)
        if python is None:
            continue
        found += [
            Contestant(
                _named(rival.name, one.name),
                [str(python), "-W", "ignore", str(here / rival.module), str(one.documents)],
                plan.folder,
                environment={"PYTHONPATH": ""},
                check=_has_done(one),
            )
            for one in sets
        ]
    return found


def _has_done(policies: Policies) -> Callable[[str], bool]:
    return lambda output: bool(_facts(output)["policies"] == policies.count)


def _facts(output: str) -> dict[str, Any]:
    """The last line: others may be warnings."""
    facts: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return facts


def _milliseconds(score: Score) -> float:
    """For one policy, of the policies of a run; of the runs the median."""
    return 1000 * median(fmean(_facts(sample.output)["seconds"]) for sample in score.samples)


def _details(score: Score) -> dict[str, str]:
    runs = [_facts(sample.output) for sample in score.samples]
    seconds = median(sum(run["seconds"]) for run in runs)
    middle = median(median(run["seconds"]) for run in runs)
    return {
        "ms a policy": f"{_milliseconds(score):.2f}",
        "median": f"{1000 * middle:.2f}",
        "slowest": f"{1000 * median(max(run['seconds']) for run in runs):.0f}",
        "findings": f"{runs[0]['findings']:,}",
        "findings a second": f"{runs[0]['findings'] / seconds:,.0f}",
        "peak MiB": f"{score.memory / MIB:.0f}",
        "failed": f"{runs[0].get('failed', 0)}",
    }


def _one(size: int) -> str:
    return f"validate PATH, one of {size:,}"


def _changed(plan: Plan, size: int) -> list[Contestant]:
    """An estate of which one request differs from what stands in another folder."""
    root, before = plan.folder / "estate", plan.folder / "before"
    root.mkdir()
    file = write_estate(root, size, datetime.now(UTC).date())
    shutil.copytree(root / "requests", before)
    file.write_text(file.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    command = [*GITIAM, "-C", str(root), "validate"]
    return [
        Contestant(_one(size), [*command, str(file)], root, check=lambda text: "1 file" in text),
        Contestant(
            f"validate --against, one of {size:,}",
            [*command, "--against", str(before)],
            root,
            check=lambda text: "files" in text,
        ),
    ]
