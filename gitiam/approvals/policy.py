"""What `approvals:` in `gitiam.yaml` asks for, as values. Names are lower-case throughout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gitiam.approvals.names import joined, login_of, team_of
from gitiam.findings import Risk


@dataclass(frozen=True, slots=True)
class Voters:
    """Whose approvals count: members of any of these teams (`org/team`), and these people.

    Nobody at all is allowed here, and means that nobody can approve.
    """

    teams: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()

    def names(self) -> tuple[str, ...]:
        """As CODEOWNERS has them: `@org/team`, then `@person`, sorted."""
        return tuple(f"@{name}" for name in (*sorted(self.teams), *sorted(self.people)))

    def __str__(self) -> str:
        """`@example/security or alice`."""
        teams = (f"@{team}" for team in sorted(self.teams))
        return joined((*teams, *sorted(self.people)), "or") or "nobody"

    def __or__(self, other: Voters) -> Voters:
        return Voters(self.teams | other.teams, self.people | other.people)


class Owners(StrEnum):
    """Whether those who own a principal must agree to what it gets."""

    OPTIONAL = "optional"
    WHERE_DECLARED = "where-declared"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Requirement:
    """So many approvals for requests from this risk on, in accounts of these tiers.

    No tiers stand for all; no voters for everybody with write permission. All requirements that
    match a request must be met: one more never makes approval easier.
    """

    count: int = 1
    voters: Voters | None = None
    risk: Risk = Risk.LOW
    tiers: tuple[str, ...] = ()
    owners: Owners = Owners.OPTIONAL

    def matches(self, risk: Risk | None, tiers: Iterable[str | None]) -> bool:
        """Whether it is meant for a request of this risk in accounts of these tiers.

        What is not known (None, or no tier at all) might be anything, and so matches.
        """
        if risk is not None and risk.rank < self.risk.rank:
            return False
        known = tuple(tiers) or (None,)
        return not self.tiers or any(tier is None or tier in self.tiers for tier in known)

    def __str__(self) -> str:
        """`high risk or more in accounts of tier critical`; what it is asked for."""
        risk = {Risk.LOW: "every request", Risk.CRITICAL: "critical risk"}
        what = risk.get(self.risk, f"{self.risk} risk or more")
        where = f" in accounts of tier {joined(self.tiers, 'or')}" if self.tiers else ""
        return what + where


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be approved without a person: requests within all of these bounds.

    `id` and `version` are recorded with what it approved, so that it can be looked up what the
    rule was then.
    """

    id: str
    version: int
    tiers: tuple[str, ...]
    access: frozenset[str]
    max_days: int
    max_risk: Risk = Risk.LOW

    def __str__(self) -> str:
        """`reads-in-sandboxes, version 2`."""
        return f"{self.id}, version {self.version}"


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """All of `approvals:`.

    `owners` says who speaks for an `owner:` that is no name on GitHub itself. `estate` is for all
    that is no request; None asks for what a critical request in every tier would need, since a
    change there decides what every request means. `emails` says whose a commit's address is where
    GitHub does not know; all in lower case. `since` is a commit of the main branch: what came up
    to it counts as approved when it is applied. `is_written` is whether `gitiam.yaml` says anything
    of this at all.
    """

    requirements: tuple[Requirement, ...] = (Requirement(2, risk=Risk.CRITICAL),)
    owners: Mapping[str, Voters] = field(default_factory=dict)
    estate: Requirement | None = None
    by_rule: tuple[Rule, ...] = ()
    emails: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    is_written: bool = field(default=False, compare=False)

    def speaks_for(self, owner: str) -> Voters | None:
        """Who may agree for this owner; None when nobody is known to."""
        named = self.owners.get(owner)
        if named is not None or not owner.startswith("@"):
            return named
        try:
            if "/" in owner:
                return Voters(teams=frozenset([team_of(owner)]))
            return Voters(people=frozenset([login_of(owner)]))
        except ValueError:
            return None
