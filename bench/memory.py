"""What a whole run takes of memory: gitiam, every Terraform and every provider together."""

from __future__ import annotations

import subprocess
import sys

from bench.contenders import contenders
from bench.measure import Contestant, environment_of
from bench.plan import Plan
from bench.report import MIB, Aim, Outcome
from bench.tree import TreeWatch

CHANGED, QUICK_CHANGED = 20, 4
#: In MiB: what is free, and bounds that leave less and less.
BOUNDS = (None, 2000, 1200, 800, 680)


def memory(plan: Plan) -> Outcome:
    """The same modules are changed and applied again and again, in less and less memory."""
    if sys.platform != "linux":
        raise RuntimeError("the memory of other processes can be read on Linux alone")
    changed = QUICK_CHANGED if plan.quick else CHANGED
    peaks: dict[int | None, int] = {}
    with contenders(plan) as everybody:
        contestant = everybody.gitiam("gitiam", "memory", changed, changed=changed)
        for number, bound in enumerate(BOUNDS):
            contestant.prepare(number)
            peaks[bound] = _peak(contestant, bound)
            plan.say(f"{_named(bound)}: {peaks[bound] / MIB:.0f} MiB")
    return Outcome(
        name="memory",
        about=f"{changed} changed principals; gitiam, Terraforms and providers together",
        scores=[],
        base="",
        aims=[
            Aim(_named(bound), f"{peaks[bound] / MIB:.0f} MiB", peaks[bound] <= bound * MIB)
            for bound in BOUNDS
            if bound is not None
        ],
        details={"peak MiB": {_named(b): f"{peak / MIB:.0f}" for b, peak in peaks.items()}},
    )


def _named(bound: int | None) -> str:
    return f"within {bound:,} MiB" if bound else "without a bound"


def _peak(contestant: Contestant, bound: int | None) -> int:
    """The most that one run took, in bytes; RuntimeError when it failed."""
    process = subprocess.Popen(
        [*contestant.arguments, *([f"--memory={bound}"] if bound else [])],
        cwd=contestant.folder,
        env=environment_of(contestant),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with TreeWatch(process.pid) as watch:
        output, _ = process.communicate()
    if process.returncode or not contestant.check(output):
        raise RuntimeError(f"gitiam ended with {process.returncode}:\n{output[-4000:]}")
    return watch.peak
