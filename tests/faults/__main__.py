"""`make faults`: enumerate the points, play them, and print what became of each sort."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import tests.conftest  # noqa: F401  (nobody's own settings)
from gitiam.sync.aws.emulator import Emulator
from tests.faults.judgement import Reference
from tests.faults.points import Point, points_of, sample
from tests.faults.scenarios import SCENARIOS
from tests.faults.trial import Verdict, attempt, trace

#: A server that has seen many accounts grows slow.
_TRIALS_PER_SERVER = 60


def main() -> int:
    """Play the points; 1 when anything is wrong."""
    options = _options()
    wanted = [s.name for s in SCENARIOS if not options.scenario or s.name in options.scenario]
    with Emulator() as emulator, ThreadPoolExecutor(options.n) as pool:
        traced = dict(zip(wanted, pool.map(lambda n: trace(n, emulator), wanted), strict=True))
    everything = [p for name, (seen, _) in traced.items() for p in points_of(name, seen)]
    chosen = [p for p in everything if options.only in str(p)]
    if not options.all:
        chosen = sample(chosen, options.sample, options.seed)
    print(f"{len(everything)} points in {len(traced)} scenarios; {len(chosen)} of them now")
    if options.list:
        print(*chosen, sep="\n")
        return 0
    known = _known(options.json) if options.resume else {}
    verdicts = [known[str(p)] for p in chosen if str(p) in known]
    left = [p for p in chosen if str(p) not in known]
    references = {name: reference for name, (_, reference) in traced.items()}
    _play(left, references, options, verdicts)
    print(table(verdicts))
    return int(any(v["outcome"] == "WRONG" for v in verdicts))


def _play(
    points: Sequence[Point],
    references: dict[str, Reference],
    options: argparse.Namespace,
    verdicts: list[dict[str, Any]],
) -> None:
    """Each in turn, a few at a time; what is done is kept as it comes."""
    local, lock, numbers = threading.local(), threading.Lock(), count(1)

    def play(point: Point) -> None:
        if getattr(local, "left", 0) == 0:
            if hasattr(local, "emulator"):
                local.emulator.stop()
            local.emulator, local.left = Emulator().start(), _TRIALS_PER_SERVER
        local.left -= 1
        try:
            verdict = attempt(point, references[point.scenario], local.emulator)
        except Exception as error:  # the harness itself: told, and the others go on
            wrong = [f"the harness: {type(error).__name__}: {error}"]
            verdict = Verdict(str(point), point.scenario, point.kind, hits=1, wrong=wrong)
        with lock:
            verdicts.append(verdict.as_json())
            retried = f", {verdict.retried} more tries" if verdict.retried else ""
            needed = f", {verdict.needed}" if verdict.needed else ""
            print(
                f"[{next(numbers)}/{len(points)}] {point}: {verdict.outcome}"
                f" ({verdict.seconds} s{retried}{needed})",
                *(f"    {text}" for text in verdict.wrong),
                sep="\n",
                flush=True,
            )
            _keep(options.json, verdicts)

    with ThreadPoolExecutor(options.n) as pool:
        list(pool.map(play, points))
    # Servers that threads still have end with this process.


def table(verdicts: Sequence[dict[str, Any]]) -> str:
    """How many points of each kind ended how; then of each scenario; then what is wrong."""
    lines = [*_rows("fault", verdicts), "", *_rows("scenario", verdicts), ""]
    reached = {v["point"] for v in verdicts if v["hits"]}
    wrong = [v for v in verdicts if v["outcome"] == "WRONG"]
    lines.append(f"{len(reached)} distinct points reached, {len(wrong)} wrong")
    for verdict in wrong:
        lines += [verdict["point"], *(f"    {text}" for text in verdict["wrong"])]
    return "\n".join(lines)


_OUTCOMES = ("passed by itself", "told", "killed", "not reached", "WRONG")


def _rows(head: str, verdicts: Sequence[dict[str, Any]]) -> Iterable[str]:
    field = "kind" if head == "fault" else head
    counts = Counter((v[field], v["outcome"]) for v in verdicts)
    yield f"{head:18}" + "".join(f"{outcome:>18}" for outcome in _OUTCOMES)
    for name in dict.fromkeys(sorted(v[field] for v in verdicts)):
        yield f"{name:18}" + "".join(f"{counts[name, outcome]:18}" for outcome in _OUTCOMES)


def _known(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None or not path.exists():
        return {}
    body = json.loads(path.read_text(encoding="utf-8"))
    return {v["point"]: v for v in body["points"] if v["outcome"] != "WRONG"}


def _keep(path: Path | None, verdicts: Sequence[dict[str, Any]]) -> None:
    if path is not None:
        body = {"points": sorted(verdicts, key=lambda v: v["point"])}
        path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("-n", type=int, default=2, help="so many at once")
    parser.add_argument("--sample", type=int, default=260, help="so many points, of every sort")
    parser.add_argument("--seed", default="", help="draw other points")
    parser.add_argument("--all", action="store_true", help="every point")
    parser.add_argument("--only", default="", help="points in whose name this stands")
    parser.add_argument("--scenario", action="append", help="this scenario; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the points, and play none")
    parser.add_argument("--json", type=Path, help="keep what became of each point in this file")
    parser.add_argument("--resume", action="store_true", help="leave out what --json has as right")
    return parser.parse_args()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
