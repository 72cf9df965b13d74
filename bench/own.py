"""What gitiam itself takes beside Terraform: `gitiam changes` with one module pending.

That is all that an apply does before it starts Terraform. Once as it is after an apply, when only
the changed file has to be looked at, and once with nothing remembered, as at the very first time.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from bench.generate import write_estate
from bench.measure import GITIAM, Contestant, race, run
from bench.plan import Plan
from bench.report import Aim, Outcome

SIZES = (1, 100, 1_000, 10_000)
QUICK_SIZES = (1, 100)
ROUNDS = 7
#: Of a look with nothing remembered.
COLD_ROUNDS = 3
SECONDS = 1.0

_EXPIRES = re.compile(r"expires: ([0-9-]+)")
_PENDING = '"unchanged"'
_MORE = "\n# looked at in round {number}\n"


def own(plan: Plan) -> Outcome:
    """Every round in fresh processes; each changes the file anew, so that it has to be judged."""
    sizes = plan.sizes or (QUICK_SIZES if plan.quick else SIZES)
    contestants = [c for size in sizes for c in _contestants(plan, size)]
    scores = race(contestants, plan.rounds or ROUNDS, plan.say, warm=True)
    slowest = scores[_warm(sizes[-1])].wall
    return Outcome(
        name="own",
        about="`gitiam changes` with one module pending, start included",
        scores=list(scores.values()),
        base=_warm(sizes[-1]),
        aims=[Aim(f"{SECONDS:.0f} s at the most", f"{slowest:.2f} s", slowest < SECONDS)],
    )


def _warm(size: int) -> str:
    return f"estate of {size:,}"


def _contestants(plan: Plan, size: int) -> list[Contestant]:
    """An estate that has been applied, but for a change in one file."""
    root = plan.folder / f"of{size}"
    root.mkdir()
    state = {"XDG_STATE_HOME": str(plan.folder / "state")}
    file = write_estate(root, size, datetime.now(UTC).date())
    seed = (GITIAM[0], "-m", "bench.seed_ledger", str(root))
    plan.say(f"ledger of {size:,}: {run(Contestant('seed', seed, plan.folder)).wall:.1f} s")
    text = _another(file.read_text(encoding="utf-8"))

    def change(number: int) -> None:
        file.write_text(text + _MORE.format(number=number), encoding="utf-8")

    command = [*GITIAM, "-C", str(root), "changes", "--format", "json"]
    # Exit code 11 says that something is pending; the measurement wants 0.
    shell = ["/bin/sh", "-c", '"$@"; test $? -eq 11', "sh", *command]

    def contestant(name: str, cache: str, at_most: int) -> Contestant:
        return Contestant(
            name,
            shell,
            root,
            environment={**state, "GITIAM_CACHE": cache},
            prepare=change,
            check=lambda output: _PENDING in output and 1 <= output.count('"account"') <= 2,
            at_most=at_most,
        )

    return [
        contestant(_warm(size), "on", 1_000),
        contestant(f"estate of {size:,}, nothing remembered", "off", COLD_ROUNDS),
    ]


def _another(text: str) -> str:
    """The same request until the day before: its modules are pending."""
    found = _EXPIRES.search(text)
    assert found is not None, text
    earlier = date.fromisoformat(found[1]) - timedelta(days=1)
    return text.replace(found[0], f"expires: {earlier}")
