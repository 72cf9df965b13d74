"""What a pull request needs: which approvals for which files, and which files a rule approves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gitiam.approvals.facts import ChangedRequest, Owned, PullRequest
from gitiam.approvals.names import shown
from gitiam.approvals.policy import ApprovalPolicy, Owners, Requirement, Rule, Voters
from gitiam.findings import Risk

#: Of every change: whatever else is configured, somebody else has looked at it.
ALWAYS = Requirement()
_EVERYTHING_ELSE = "what is no request"


@dataclass(frozen=True, slots=True)
class Need:
    """So many approvals by these voters (None: everybody with write permission), and what for.

    `hopeless` says why nobody can give them.
    """

    count: int
    voters: Voters | None
    reasons: tuple[str, ...]
    paths: tuple[str, ...]
    hopeless: str | None = None

    def __str__(self) -> str:
        """`2 approvals from @example/security`."""
        noun = "approval" if self.count == 1 else "approvals"
        return f"{self.count} {noun}" + (f" from {self.voters}" if self.voters else "")


@dataclass(frozen=True, slots=True)
class RuleApproval:
    """A file that a rule approves, without a person."""

    path: str
    rule: Rule


def needs_of(
    pull: PullRequest, policy: ApprovalPolicy
) -> tuple[tuple[Need, ...], tuple[RuleApproval, ...]]:
    """What must be approved by people, and what a rule approves; every changed file has a part."""
    needs: list[Need] = []
    approved = []
    for file in pull.requests:
        rule = _rule_for(file, pull, policy)
        if rule is not None:
            approved.append(RuleApproval(file.path, rule))
        else:
            needs += _of_request(file, policy)
    for path in pull.others:
        needs += _of_the_rest(path, policy)
    return _together(needs), tuple(approved)


def _rule_for(file: ChangedRequest, pull: PullRequest, policy: ApprovalPolicy) -> Rule | None:
    """The first rule that approves the file; none does for a stranger's proposal."""
    if not pull.person(pull.author).permission.may_write:
        return None
    return next((rule for rule in policy.by_rule if _covers(rule, file)), None)


def _covers(rule: Rule, file: ChangedRequest) -> bool:
    """Whether the file is known to stay within every bound of the rule.

    A file that gives nothing is left to people: what it takes away may have been a prohibition.
    """
    return (
        file.kind == "request"
        and file.risk is not None
        and file.risk.rank <= rule.max_risk.rank
        and bool(file.tiers)
        and all(tier in rule.tiers for tier in file.tiers)
        and bool(file.access)
        and file.access is not None
        and file.access <= rule.access
        and file.days is not None
        and file.days <= rule.max_days
    )


def _of_request(file: ChangedRequest, policy: ApprovalPolicy) -> Iterator[Need]:
    matching = [r for r in policy.requirements if r.matches(file.risk, file.tiers)]
    for requirement in matching or [ALWAYS]:
        yield _need(requirement, str(requirement), file.path)
    asked = {requirement.owners for requirement in matching}
    if asked & {Owners.REQUIRED, Owners.WHERE_DECLARED}:
        yield from _of_owners(file, policy, is_required=Owners.REQUIRED in asked)


def _of_owners(
    file: ChangedRequest, policy: ApprovalPolicy, *, is_required: bool
) -> Iterator[Need]:
    """One approval for each owner: an owner of one principal does not speak for another's."""
    if not file.owners and is_required:
        yield _nobody("the owners", "it is not known whose principals it is about", file.path)
    for owned in file.owners:
        if owned.owner is not None:
            yield _of_owner(owned, owned.owner, file.path, policy)
        elif is_required:
            why = f"{shown(owned.principal)} has no owner; declare it with `owner:`"
            yield _nobody("the owners", why, file.path)


def _of_owner(owned: Owned, owner: str, path: str, policy: ApprovalPolicy) -> Need:
    voters = policy.speaks_for(owner)
    if voters is None:
        why = f"nobody is named for the owner {shown(owner)}; name them under approvals.owners"
        return _nobody("the owners", why, path)
    return Need(1, voters, (f"the owner of {shown(owned.principal)}",), (path,))


def _of_the_rest(path: str, policy: ApprovalPolicy) -> Iterator[Need]:
    if policy.estate is not None:
        yield _need(policy.estate, _EVERYTHING_ELSE, path)
        return
    # No tier is known to be the one: a requirement for any of them matches.
    matching = [r for r in policy.requirements if r.matches(Risk.CRITICAL, ())]
    for requirement in matching or [ALWAYS]:
        yield _need(requirement, _EVERYTHING_ELSE, path)


def _need(requirement: Requirement, reason: str, path: str) -> Need:
    voters = requirement.voters
    if voters is not None and not (voters.teams or voters.people):
        return _nobody(reason, "nobody is named who may approve", path)
    return Need(max(requirement.count, 1), voters, (reason,), (path,))


def _nobody(reason: str, why: str, path: str) -> Need:
    return Need(1, Voters(), (reason,), (path,), hopeless=why)


def _together(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Needs of the same voters as one, with the highest count: who approves, approves the whole."""
    found: dict[tuple[Voters | None, str | None], Need] = {}
    for need in needs:
        key = need.voters, need.hopeless
        known = found.get(key)
        found[key] = need if known is None else _merged(known, need)
    return tuple(found.values())


def _merged(one: Need, other: Need) -> Need:
    return replace(
        one,
        count=max(one.count, other.count),
        reasons=tuple(dict.fromkeys((*one.reasons, *other.reasons))),
        paths=tuple(dict.fromkeys((*one.paths, *other.paths))),
    )
