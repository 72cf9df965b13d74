"""Apply many changed principals in one run, and plan a whole estate."""

from __future__ import annotations

from bench.contenders import BARE, contenders
from bench.measure import race
from bench.plan import Plan
from bench.report import Aim, Outcome

FEW, MANY, PLANNED = 20, 200, 1000
QUICK = (2, 4, 6)
ROUNDS = 5
#: Runs of half a minute, and of more.
LONG_ROUNDS, LONGEST_ROUNDS = 3, 1


def many(plan: Plan) -> Outcome:
    """Each round changes all of them."""
    few, lots, planned = QUICK if plan.quick else (FEW, MANY, PLANNED)
    one, some, all_ = "1 changed", f"{few} changed", f"{lots} changed"
    plain, plans = f"{few} changed, host off", f"plan of {planned:,}"
    with contenders(plan) as everybody:
        contestants = [
            everybody.gitiam(one, "one", 1),
            everybody.gitiam(some, "some", few, changed=few),
            everybody.gitiam(
                plain, "plain", few, "--no-provider-host", changed=few, at_most=LONGEST_ROUNDS
            ),
            everybody.gitiam(all_, "lots", lots, changed=lots, at_most=LONG_ROUNDS),
            everybody.planned(plans, "planned", planned),
            everybody.bare(BARE, "bare-as-is", {}),
        ]
        scores = race(contestants, plan.rounds or ROUNDS, plan.say, warm=False)
    wall = {name: score.wall for name, score in scores.items()}
    further = (wall[some] - wall[one]) / (few - 1)
    return Outcome(
        name="many",
        about="many changed principals in one run",
        scores=list(scores.values()),
        base=BARE,
        aims=[
            Aim(
                "each further module at most 0.05 of bare Terraform",
                f"{further / wall[BARE]:.3f} ({further:.2f} s)",
                further <= 0.05 * wall[BARE],
            ),
            Aim(
                f"{lots} changed modules in 0.25 s each",
                f"{wall[all_] / lots:.2f} s",
                wall[all_] <= 0.25 * lots,
            ),
            Aim(
                f"a plan of {planned:,} modules in 4 minutes",
                f"{wall[plans]:.0f} s",
                wall[plans] < 240,
            ),
            Aim(
                f"with the host off, at most 0.55 of {few} bare runs one after another",
                f"{wall[plain] / (few * wall[BARE]):.2f}",
                wall[plain] <= 0.55 * few * wall[BARE],
            ),
        ],
    )
