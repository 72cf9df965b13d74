"""Asks for their review those whose approval is missing, and nobody who could not give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gitiam.approvals.facts import PullRequest
from gitiam.approvals.names import is_bot, joined, same
from gitiam.review.github.asking import GitHubError
from gitiam.review.github.client import Hub
from gitiam.review.github.pulls import Pull

#: Whoever is one of so many leaves it to the others.
MOST = 15


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked; teams are `@org/team`.

    `refused` are those whom GitHub does not let be asked, as they cannot see the repository or the
    token cannot see them, and `elsewhere` teams of another organisation.
    """

    asked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """Whom somebody else has to ask."""
        if not self.refused:
            return ()
        return (f"Could not be asked for a review: {joined(self.refused)}.",)


def ask_reviewers(hub: Hub, pull: Pull, teams: Iterable[str], people: Iterable[str]) -> Asked:
    """Ask the teams (`org/team`) and people whom the policy names for what is still needed.

    Nobody is asked who has been, or who has reviewed the newest commit; whose review was of an
    older one is asked again, once. A team is left alone while anybody has reviewed the newest
    commit: only GitHub knows whether that was for the team.
    """
    ours = f"{hub.address.owner.lower()}/"
    every = sorted({team.lower() for team in teams})
    slugs = [team.removeprefix(ours) for team in every if team.startswith(ours)]
    elsewhere = tuple(f"@{team}" for team in every if not team.startswith(ours))
    reviewed = _have_reviewed(pull.facts)
    free_teams = [slug for slug in slugs if f"@{slug}" not in pull.asked and not reviewed]
    out = frozenset(_cannot(pull.facts)) | reviewed | pull.asked
    free = [one for one in sorted(set(map(same, people))) if one not in out and not is_bot(one)]
    refused = _ask(hub, pull.number, free[:MOST], free_teams)
    names = (*free[:MOST], *(f"@{ours}{slug}" for slug in free_teams))
    refusals = tuple(name.replace("@", f"@{ours}") for name in refused)
    return Asked(tuple(one for one in names if one not in refusals), refusals, elsewhere)


def _have_reviewed(facts: PullRequest) -> frozenset[str]:
    """Who has reviewed what would be merged, in whatever sense."""
    author = same(facts.author)
    names = (same(one.person) for one in facts.reviews if same(one.commit) == same(facts.head))
    return frozenset(name for name in names if name != author and not is_bot(name))


def _cannot(facts: PullRequest) -> Iterator[str]:
    """Whose approval would not count."""
    yield same(facts.author)
    for commit in facts.commits:
        yield from map(same, commit.authors)
    yield from map(same, facts.pushers)
    yield same(facts.last_pusher or "")
    for file in facts.requests:
        yield from map(same, file.requesters)
    for person in facts.people:
        if not person.permission.is_unknown and not person.permission.may_write:
            yield same(person.login)


def _ask(hub: Hub, number: int, people: list[str], teams: list[str]) -> list[str]:
    """All at once; where GitHub minds, in ever smaller parts. Returns those it minds, `@` teams."""
    if not people and not teams:
        return []
    wanted: dict[str, Any] = {"reviewers": people, "team_reviewers": teams}
    try:
        at = f"/repos/{hub.name}/pulls/{number}/requested_reviewers"
        hub.send("POST", at, {name: those for name, those in wanted.items() if those})
    except GitHubError as error:
        if error.status != 422:
            raise
        if len(people) + len(teams) == 1:
            return [*people, *(f"@{team}" for team in teams)]
        parts = [(people, []), ([], teams)] if people and teams else _one_by_one(people, teams)
        return [name for part in parts for name in _ask(hub, number, *part)]
    return []


def _one_by_one(people: list[str], teams: list[str]) -> list[tuple[list[str], list[str]]]:
    return [([one], []) for one in people] + [([], [one]) for one in teams]
