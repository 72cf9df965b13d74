"""`python -m bench`: measure, and print ratios from one run."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.apply import apply
from bench.checks import checks
from bench.estate import estate
from bench.machine import facts
from bench.many import many
from bench.memory import memory
from bench.one_file import one_file
from bench.own import own
from bench.plan import Plan
from bench.report import Outcome, as_json, as_text

#: In the order in which they run.
BENCHMARKS: dict[str, Callable[[Plan], Outcome]] = {
    "estate": estate,
    "one-file": one_file,
    "checks": checks,
    "own": own,
    "apply": apply,
    "many": many,
    "memory": memory,
}


def main() -> None:
    """Run the benchmarks that were named, or all."""
    parser = _parser()
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name}; there are {', '.join(BENCHMARKS)}")
    machine = facts()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    outcomes = []
    for name, benchmark in BENCHMARKS.items():
        if options.names and name not in options.names:
            continue
        with tempfile.TemporaryDirectory(prefix="gitiam-bench-") as folder:
            plan = Plan(
                folder=Path(folder),
                say=_saying(name),
                rounds=options.rounds,
                sizes=tuple(options.sizes),
                quick=options.quick,
            )
            outcomes.append(benchmark(plan))
        print(as_text(outcomes[-1]), flush=True)
        if options.json:
            options.json.write_text(as_json(machine, outcomes), encoding="utf-8")


def _saying(name: str) -> Callable[[str], None]:
    """Tells on standard error how far a benchmark is."""
    return lambda text: print(f"{name}: {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=0, metavar="N", help="instead of the usual")
    parser.add_argument(
        "--size",
        dest="sizes",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="requests (estate, one-file, checks, own) or principals (apply; more than one)",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: does it still work?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run there as well")
    return parser


if __name__ == "__main__":
    main()
