"""`approvals:` in `gitiam.yaml`: its shape, and what contradicts itself in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gitiam.approvals.names import LOGIN, login_of, team_of
from gitiam.approvals.policy import ApprovalPolicy, Owners, Requirement, Rule, Voters
from gitiam.findings import Finding, Fix, Risk, Severity
from gitiam.load.document import Document
from gitiam.load.fields import OneOrMany, Strict
from gitiam.load.governance import Tier
from gitiam.load.problems import RULE
from gitiam.models import Step
from gitiam.nearest import nearest_text


def _somebody(value: Any) -> Any:
    """An empty list would be taken for "anybody" by one reader and for "nobody" by another."""
    if value is None:
        raise ValueError("names nobody; name somebody, or take the key out")
    return value


def _person(text: str) -> str:
    login_of(text)
    return text


_People = Annotated[
    OneOrMany[Annotated[str, AfterValidator(_person)]] | None, BeforeValidator(_somebody)
]
# Which organisation a team without one belongs to is said elsewhere: `team_problems` looks at that.
_Teams = Annotated[OneOrMany[str] | None, BeforeValidator(_somebody)]
_Tiers = OneOrMany[Tier]
_Count = Annotated[int, Field(ge=1, le=10)]
_Email = Annotated[str, Field(pattern=r"^[!-?A-~]{1,100}@[!-?A-~]{1,150}\z")]


class _Voters(Strict):
    teams: _Teams = None
    people: _People = None

    def voters(self, organization: str | None) -> Voters | None:
        """Whom it names; None when it has neither key."""
        if self.teams is None and self.people is None:
            return None
        return Voters(
            teams=frozenset(team_of(team, organization) for team in self.teams or ()),
            people=frozenset(map(login_of, self.people or ())),
        )


class _OwnerVoters(_Voters):
    @model_validator(mode="after")
    def _somebody(self) -> _OwnerVoters:
        if self.teams is None and self.people is None:
            raise ValueError("give `teams`, `people` or both")
        return self


class _Counted(_Voters):
    count: _Count = Requirement().count

    @model_validator(mode="after")
    def _enough(self) -> _Counted:
        if not self.model_fields_set:
            raise ValueError("says nothing; give `count`, `teams` or `people`")
        if self.teams is None and self.people is not None:
            there = len({login_of(name) for name in self.people})
            if there < self.count:
                noun = "person" if there == 1 else "people"
                raise ValueError(f"{self.count} approvals cannot come from {there} {noun}")
        return self

    def value(self, organization: str | None) -> Requirement:
        return Requirement(self.count, self.voters(organization))


class _Needed(_Counted):
    risk: Risk = Requirement().risk
    tiers: _Tiers | None = None
    owners: Owners = Requirement().owners

    def value(self, organization: str | None) -> Requirement:
        return replace(
            super().value(organization),
            risk=self.risk,
            tiers=tuple(self.tiers or ()),
            owners=self.owners,
        )


class _ByRule(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}\z")]
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    max_risk: Literal["low", "medium"] = "low"
    tiers: _Tiers
    access: OneOrMany[Literal["list", "read", "write", "tagging"]]
    max_days: Annotated[int, Field(ge=1, le=366)]

    def value(self) -> Rule:
        return Rule(
            id=self.id,
            version=self.version,
            tiers=tuple(self.tiers),
            access=frozenset(self.access),
            max_days=self.max_days,
            max_risk=Risk(self.max_risk),
        )


_DEFAULT = [_Needed(count=r.count, risk=r.risk) for r in ApprovalPolicy().requirements]


class ApprovalsFile(Strict):
    """Who must approve what."""

    organization: Annotated[str, Field(pattern=rf"^{LOGIN}\z")] | None = None
    needed: Annotated[list[_Needed], Field(min_length=1, max_length=100)] = _DEFAULT
    owners: dict[Annotated[str, Field(min_length=1, max_length=256)], _OwnerVoters] = {}
    estate: _Counted | None = None
    by_rule: Annotated[list[_ByRule], Field(max_length=100)] = []
    since: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?\z")] | None = None
    emails: dict[_Email, Annotated[str, AfterValidator(_person)]] = {}

    def value(self) -> ApprovalPolicy:
        """The policy as it travels; only where `approval_problems` found nothing."""
        org = self.organization
        owners = {name: entry.voters(org) or Voters() for name, entry in self.owners.items()}
        return ApprovalPolicy(
            requirements=tuple(entry.value(org) for entry in self.needed),
            owners=owners,
            estate=self.estate.value(org) if self.estate else None,
            by_rule=tuple(entry.value() for entry in self.by_rule),
            since=self.since,
            is_written=bool(self.model_fields_set),
            emails={email.lower(): login_of(login) for email, login in self.emails.items()},
        )


def approval_problems(
    approvals: ApprovalsFile, tiers: Set[str], document: Document
) -> Iterator[Finding]:
    """What has the right shape and yet cannot be meant."""
    yield from _bad_teams(approvals, document)
    yield from _strange_tiers(approvals, tiers, document)
    yield from _same_rule_twice(approvals.by_rule, document)
    yield from _same_email_twice(approvals, document)


def _bad_teams(approvals: ApprovalsFile, document: Document) -> Iterator[Finding]:
    for steps, voters in _all_voters(approvals):
        for index, team in enumerate(voters.teams or ()):
            try:
                team_of(team, approvals.organization)
            except ValueError as error:
                yield _error(document, (*steps, "teams", index), str(error))


def _all_voters(approvals: ApprovalsFile) -> Iterator[tuple[tuple[Step, ...], _Voters]]:
    for index, needed in enumerate(approvals.needed):
        yield ("approvals", "needed", index), needed
    for name, owner in approvals.owners.items():
        yield ("approvals", "owners", name), owner
    if approvals.estate is not None:
        yield ("approvals", "estate"), approvals.estate


def _strange_tiers(
    approvals: ApprovalsFile, known: Set[str], document: Document
) -> Iterator[Finding]:
    """A requirement for a tier that is misspelled would ask nobody."""
    entries: Sequence[tuple[str, Sequence[_Needed | _ByRule]]] = (
        ("needed", approvals.needed),
        ("by_rule", approvals.by_rule),
    )
    for key, those in entries:
        for index, entry in enumerate(those):
            for at, tier in enumerate(entry.tiers or ()):
                if tier not in known:
                    yield _strange_tier(
                        tier, known, ("approvals", key, index, "tiers", at), document
                    )


def _strange_tier(
    tier: str, known: Set[str], steps: tuple[Step, ...], document: Document
) -> Finding:
    near = nearest_text(tier, sorted(known), 0.6)
    hint = f"did you mean `{near}`?" if near else f"there are {', '.join(sorted(known))}"
    place = document.place(*steps)
    fix = Fix(f"write `{near}`", place, near) if near else None
    message = f"no account is of the tier `{tier}`; {hint}"
    return Finding(RULE, Severity.ERROR, place, message, fix)


def _same_rule_twice(rules: Sequence[_ByRule], document: Document) -> Iterator[Finding]:
    """What was approved is recorded with the rule's id: it must lead to one rule."""
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        if rule.id in seen:
            message = f"a rule `{rule.id}` stands above; give this one an id of its own"
            yield _error(document, ("approvals", "by_rule", index, "id"), message)
        seen.add(rule.id)


def _same_email_twice(approvals: ApprovalsFile, document: Document) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for email in approvals.emails:
        first = seen.setdefault(email.lower(), email)
        if first != email:
            place = document.place_of_key("approvals", "emails", email)
            message = f"`{email}` and `{first}` are one address; keep one"
            yield Finding(RULE, Severity.ERROR, place, message)


def _error(document: Document, steps: tuple[Step, ...], message: str) -> Finding:
    return Finding(RULE, Severity.ERROR, document.place(*steps), message)
