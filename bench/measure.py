"""Runs contestants in turn, each in a process of its own, and says what they took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

#: No single run may take longer, in seconds; it is killed, and the benchmark fails.
LIMIT = 900.0

#: How to start gitiam, by the same Python and from the same checkout as the benchmarks.
GITIAM = (sys.executable, "-m", "gitiam")


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took. Times are in seconds, CPU with all children.

    `memory` is in bytes: the peak of the largest process among the run and its children.
    """

    wall: float
    cpu: float
    memory: int
    output: str = field(repr=False)


@dataclass(frozen=True)
class Contestant:
    """A command line. `prepare` is told the number of the round before each, and is not measured.

    `check` looks at what a run printed, so that nothing is measured that did not do its work.
    """

    name: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[int], object] = lambda _number: None
    check: Callable[[str], bool] = lambda _output: True
    at_most: int = 1000


@dataclass(frozen=True)
class Score:
    """All samples of one contestant."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def wall(self) -> float:
        """The median."""
        return median(sample.wall for sample in self.samples)

    @property
    def cpu(self) -> float:
        """The median."""
        return median(sample.cpu for sample in self.samples)

    @property
    def memory(self) -> int:
        """The most of all rounds."""
        return max(sample.memory for sample in self.samples)


def race(
    contestants: Sequence[Contestant], rounds: int, say: Callable[[str], None], *, warm: bool
) -> dict[str, Score]:
    """Every contestant once a round, so that a machine that slows down slows all of them.

    Each round begins with another. `warm` runs each once before, uncounted.
    """
    samples: dict[str, list[Sample]] = {contestant.name: [] for contestant in contestants}
    for number in range(-1 if warm else 0, rounds):
        first = number % len(contestants)
        for contestant in (*contestants[first:], *contestants[:first]):
            if number < contestant.at_most:
                contestant.prepare(number)
                sample = run(contestant)
                say(f"{contestant.name}: {sample.wall:.2f} s")
                if number >= 0:
                    samples[contestant.name].append(sample)
    return {name: Score(name, tuple(found)) for name, found in samples.items()}


def run(contestant: Contestant) -> Sample:
    """One run; RuntimeError when it fails, takes too long, or did not do what it should."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(contestant.arguments),
            cwd=contestant.folder,
            env=environment_of(contestant),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        limit = threading.Timer(LIMIT, process.kill)
        limit.start()
        # Not process.wait(): this alone tells what just this process and its children took.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        limit.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode or not contestant.check(text):
        raise RuntimeError(f"{contestant.name} ended with {process.returncode}:\n{text[-4000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, text)


def environment_of(contestant: Contestant) -> dict[str, str]:
    """All that a contestant sees of the machine."""
    return {**os.environ, **_IMPORTS, **contestant.environment}


_IMPORTS = {"PYTHONPATH": str(Path(__file__).parents[1])}
