"""The same hunt, led by what each input reaches in the code."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.fuzzing.hunt import Hunt
from tests.fuzzing.mutation import mutated
from tests.fuzzing.seeds import Seed, seeds


def guided(hunt: Hunt, seconds: float, seed: int) -> None:
    """Lets libFuzzer choose; it ends the process, so the summary is printed on the way."""
    import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

    known = seeds()
    others = [one.raw for one in known]

    def mutate(data: bytes, max_size: int, number: int) -> bytes:
        random = Random(number)
        if random.random() < 0.2:
            return bytes(atheris.Mutate(data, len(data) + 64)[:max_size])
        parsed = Seed.of(data)
        return Seed(parsed.sort, mutated(parsed.raw, random, others)).input[:max_size]

    def play(data: bytes) -> None:
        hunt.one(data)
        if hunt.arena.executions % 1000 == 0:
            print(hunt.summary, flush=True)

    with tempfile.TemporaryDirectory(prefix="gitiam-seeds-") as folder:
        for number, one in enumerate(known):
            (Path(folder) / f"{number:04}").write_bytes(one.input)
        arguments = [
            *(sys.argv[0], folder, f"-max_total_time={int(seconds)}", f"-seed={seed + 1}"),
            *("-max_len=300000", "-len_control=0", "-timeout=0", "-rss_limit_mb=0"),
            *(f"-artifact_prefix={folder}/", "-report_slow_units=1000"),
        ]
        atheris.Setup(arguments, play, custom_mutator=mutate)
        with contextlib.suppress(SystemExit):
            atheris.Fuzz()
