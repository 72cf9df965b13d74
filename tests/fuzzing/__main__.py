"""`make fuzz`: files that nobody wrote, through the commands that read files.

Led by what they reach in the code where `atheris` is installed (`--guided`), else at random.
Whatever is found is printed once, and the input that did it is kept: name it to play it again.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzzing.hunt import Hunt


def main() -> int:
    """Fuzz for so many seconds; 1 when anything was found."""
    options = _options()
    if options.guided:
        _instrument()
    # Only now, as what is imported before is not seen.
    from tests.fuzzing.arena import Arena
    from tests.fuzzing.hunt import Hunt

    with tempfile.TemporaryDirectory(prefix="gitiam-fuzz-") as folder:
        hunt = Hunt(Arena(Path(folder) / "estate"), options.keep)
        if options.files:
            for file in options.files:
                hunt.one(file.read_bytes())
        elif options.guided:
            from tests.fuzzing.guided import guided

            guided(hunt, options.seconds, options.seed)
        else:
            _at_random(hunt, options.seconds, options.seed)
    print(hunt.summary)
    return int(bool(hunt.found))


def _instrument() -> None:
    if importlib.util.find_spec("atheris") is None:
        sys.exit("atheris is not installed; leave --guided out")
    import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

    with atheris.instrument_imports(include=["gitiam"]):
        import gitiam.cli.explain
        import gitiam.cli.main
        import gitiam.cli.render
        import gitiam.cli.validate
        import gitiam.load.schema
        import gitiam.validate.run  # noqa: F401


def _at_random(hunt: Hunt, seconds: float, seed: int) -> None:
    from tests.fuzzing.mutation import mutated
    from tests.fuzzing.seeds import Seed, seeds

    random = Random(seed)
    known = seeds()
    others = [one.raw for one in known]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        chosen = random.choice(known)
        hunt.one(Seed(chosen.sort, mutated(chosen.raw, random, others)).input)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="kept inputs, to be played again")
    parser.add_argument("--seconds", type=float, default=600, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--guided", action="store_true", help="by coverage; needs atheris")
    parser.add_argument("--keep", type=Path, default=Path(".fuzzing"), metavar="DIR")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
