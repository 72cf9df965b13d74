"""Apply one changed principal: gitiam in estates that grow, bare Terraform, one root for all."""

from __future__ import annotations

from bench.contenders import BARE, GO_SETTINGS, contenders
from bench.measure import race
from bench.plan import Plan
from bench.report import Aim, Outcome

SIZES = (1, 100, 1000, 10_000)
QUICK_SIZES = (1, 10)
#: The single root that gitiam is held against; to fill a larger one would take very long.
LARGEST_ROOT = 1000
ROUNDS = 5

TUNED = f"{BARE}, GOGC={GO_SETTINGS['GOGC']}"
FORGETFUL = "gitiam, estate of 1, nothing remembered"
PLAIN = "gitiam, estate of 1, host off"


def apply(plan: Plan) -> Outcome:
    """Each round changes what it applies, so there is always just one thing to do."""
    sizes = plan.sizes or (QUICK_SIZES if plan.quick else SIZES)
    most = max(size for size in sizes if size <= LARGEST_ROOT)
    with contenders(plan) as everybody:
        contestants = [
            *(everybody.gitiam(_gitiam(size), f"ours{size}", size) for size in sizes),
            everybody.gitiam(FORGETFUL, "forgetful", 1, cache="off"),
            everybody.gitiam(PLAIN, "plainly", 1, "--no-provider-host"),
            everybody.bare(BARE, "bare-as-is", {}),
            everybody.bare(TUNED, "bare-tuned", GO_SETTINGS),
            everybody.single_root(most),
        ]
        scores = race(contestants, plan.rounds or ROUNDS, plan.say, warm=False)
    ours = {size: scores[_gitiam(size)].wall for size in sizes}
    bare, plain = scores[BARE].wall, scores[PLAIN].wall
    slowest = max(ours.values())
    one_root = scores[f"one root for {most:,}"].wall
    return Outcome(
        name="apply",
        about="one changed principal",
        scores=list(scores.values()),
        base=BARE,
        aims=[
            Aim(
                "at most 0.4 of bare Terraform, in any estate",
                f"{slowest / bare:.2f}",
                slowest <= 0.4 * bare,
            ),
            Aim(
                f"as fast among {sizes[-1]:,} as among {sizes[0]:,}, give or take a tenth",
                f"{ours[sizes[-1]] / ours[sizes[0]]:.2f} of it",
                ours[sizes[-1]] <= 1.1 * ours[sizes[0]],
            ),
            Aim(
                f"ten times faster than one root for {most:,}",
                f"{one_root / ours[most]:.1f} times",
                one_root >= 10 * ours[most],
            ),
            Aim("with the host off, at most 1.0 of bare", f"{plain / bare:.2f}", plain <= bare),
        ],
    )


def _gitiam(size: int) -> str:
    return f"gitiam, estate of {size:,}"
