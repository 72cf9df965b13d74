"""How risky access is, and what an estate makes of it: values alone.

`RiskPolicy` is what `gitiam.yaml` says of it, `Assessment` what comes of one file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitiam.findings import Risk
from gitiam.models import AccessLevel

#: Stands beside AWS's access levels for what a file gives and nobody can say what it is: a managed
#: policy that gitiam cannot read, an action that its catalogue does not know.
UNREAD = "unread"
#: Every name that a table of weights may hold.
LEVELS = (*AccessLevel, UNREAD)

DEFAULT_ACCESS: Mapping[str, Risk] = {
    AccessLevel.LIST: Risk.LOW,
    AccessLevel.READ: Risk.LOW,
    AccessLevel.TAGGING: Risk.LOW,
    AccessLevel.WRITE: Risk.MEDIUM,
    AccessLevel.PERMISSIONS_MANAGEMENT: Risk.HIGH,
    UNREAD: Risk.HIGH,
}
DEFAULT_EXPIRY: Mapping[Risk, int] = {Risk.HIGH: 90, Risk.CRITICAL: 30}


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """What access is worth, by level and by the tier of the account, and what its length adds.

    `tiers` holds only what is said of a tier; for the rest `access` holds. `duration` says how
    risky access is at the least when it lasts longer than so many days; None are those of access
    that never ends. `break_glass` holds globs over `ACCOUNT/KIND/NAME` of the principals that are
    for emergencies.
    """

    access: Mapping[str, Risk] = field(default_factory=lambda: dict(DEFAULT_ACCESS))
    tiers: Mapping[str, Mapping[str, Risk]] = field(default_factory=dict)
    duration: Mapping[int | None, Risk] = field(default_factory=lambda: {180: Risk.MEDIUM})
    break_glass: tuple[str, ...] = ()

    def weight(self, level: str, tier: str) -> Risk:
        """How risky access of this level is in an account of this tier."""
        return self.tiers.get(tier, {}).get(level) or self.access[level]

    def of_duration(self, days: int | None) -> Risk:
        """How risky access is at the least for lasting so many days; None: for ever."""
        passed = [risk for most, risk in self.duration.items() if _is_longer(days, most)]
        return max(passed, key=lambda risk: risk.rank, default=Risk.LOW)


def _is_longer(days: int | None, most: int | None) -> bool:
    return days is None or (most is not None and days > most)


@dataclass(frozen=True, slots=True)
class Access:
    """What a reason of access is about; `where` is `in prod`, or more words."""

    levels: tuple[str, ...]
    services: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that makes a file risky: how risky, and a sentence that says what and where.

    `name` is what it is called among others; `brief` and `sentence` say the same as `text` in fewer
    words: where a finding stands beside it, and where none does. Empty: nothing shorter is needed.
    """

    risk: Risk
    text: str
    name: str = field(default="", compare=False)
    brief: str = field(default="", compare=False)
    sentence: str = field(default="", compare=False)
    access: Access | None = field(default=None, compare=False)

    @property
    def title(self) -> str:
        """The rule, or the sort of access, for which there is the reason."""
        return self.name or self.text

    @property
    def beside_findings(self) -> str:
        """What it is where the findings are told, too."""
        return self.brief or self.text

    @property
    def alone(self) -> str:
        """What it is where no finding is told."""
        return self.sentence or self.text


@dataclass(frozen=True, slots=True)
class Assessment:
    """How risky one file is, and why: `reasons` begin with the gravest.

    `levels` are the access levels of what it gives, `unread` among them for what nobody can read.
    """

    path: str
    risk: Risk
    reasons: tuple[Reason, ...] = ()
    levels: frozenset[str] = frozenset()

    @property
    def known_levels(self) -> frozenset[str] | None:
        """The levels; None where nobody can say them all."""
        return None if UNREAD in self.levels else self.levels

    @property
    def decisive(self) -> tuple[Reason, ...]:
        """The reasons for which it is this risky, and no less."""
        return tuple(reason for reason in self.reasons if reason.risk is self.risk)
