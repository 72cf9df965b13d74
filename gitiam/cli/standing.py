"""Where the approval of a pull request stands: what it changes, and what GitHub says of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gitiam.cli.common import EstateContext
from gitiam.cli.telling import Proposal

if TYPE_CHECKING:
    from gitiam.approvals.changed import File
    from gitiam.approvals.facts import ChangedRequest, PullRequest
    from gitiam.approvals.policy import ApprovalPolicy
    from gitiam.approvals.standing import Standing
    from gitiam.report.told import Told
    from gitiam.review.github.client import Hub
    from gitiam.review.github.pulls import Pull


def changed_requests(found: Proposal, told: Sequence[Told]) -> tuple[ChangedRequest, ...]:
    """What an approval must know of every file that differs; `told` is of these, in their order."""
    from gitiam.approvals.changed import changed_request

    here, before = found.estate, found.before
    now, then = _files(here), _files(before)
    declarations = [*here.estate.declarations, *before.estate.declarations]
    return tuple(
        changed_request(
            path,
            *_versions(path, then, now, found),
            declarations=declarations,
            accounts=here.config.accounts,
            risk=one.risk,
            access=one.assessment.known_levels if one.assessment else None,
            now=here.now,
        )
        for path, one in zip(found.paths, told, strict=True)
    )


def standing_on(
    hub: Hub, pull: Pull, requests: Iterable[ChangedRequest], policy: ApprovalPolicy
) -> Standing:
    """The reviews of the pull request, judged by this policy."""
    from gitiam.approvals.needs import needs_of
    from gitiam.approvals.standing import standing_of
    from gitiam.review.github.people import people_of

    facts = with_files(pull, requests)
    needs, _ = needs_of(facts, policy)
    teams = frozenset(team for need in needs if need.voters for team in need.voters.teams)
    return standing_of(replace(facts, people=people_of(hub, facts, teams)), policy)


def with_files(pull: Pull, requests: Iterable[ChangedRequest]) -> PullRequest:
    """The facts with the requests that it changes; whatever else it touches is the rest."""
    known = tuple(requests)
    paths = {one.path for one in known}
    others = tuple(path for path in pull.paths if path not in paths)
    return replace(pull.facts, requests=known, others=others)


def _files(context: EstateContext) -> dict[str, File]:
    estate = context.estate
    every: tuple[File, ...] = (*estate.requests, *estate.declarations, *estate.policies)
    return {one.source.path: one for one in every}


def _versions(
    path: str, then: dict[str, File], now: dict[str, File], found: Proposal
) -> tuple[File | None, File | None]:
    """As it was and as it becomes; neither, where one of them is there and cannot be read."""
    for files, context in ((then, found.before), (now, found.estate)):
        if path in context.tree.files and path not in files:
            return None, None
    return then.get(path), now.get(path)
