"""Who takes part in a pull request, what they may do, and which teams they are in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gitiam.approvals.facts import Permission, Person, PullRequest, ReviewState
from gitiam.approvals.names import is_bot, same
from gitiam.review.github.asking import GitHubError, asking
from gitiam.review.github.client import Hub


def people_of(hub: Hub, pull: PullRequest, teams: frozenset[str]) -> tuple[Person, ...]:
    """The author, and everybody whose review can count; `teams` are those that matter, `org/team`.

    Whatever cannot be asked stays unknown, and helps nobody.
    """
    members = _members(hub, teams if _approvers(pull) else ())
    return tuple(
        Person(login, permission_of(hub, login), _of(login, members), is_app=is_bot(login))
        for login in _takers(pull)
    )


def permission_of(hub: Hub, login: str) -> Permission:
    """What somebody may do in the repository; each person is asked about once in a run."""
    known = hub.permissions
    if same(login) not in known:
        known[same(login)] = _asked(hub, login)
    return known[same(login)]


def _asked(hub: Hub, login: str) -> Permission:
    if is_bot(login):
        return Permission.UNKNOWN
    try:
        with asking(f"say what {login} may do"):
            return Permission(hub.repository.get_collaborator_permission(login))
    except GitHubError:
        return Permission.UNKNOWN


def _of(login: str, members: Mapping[str, frozenset[str]] | None) -> frozenset[str] | None:
    if members is None:
        return None
    return frozenset(team for team, those in members.items() if same(login) in those)


def _approvers(pull: PullRequest) -> list[str]:
    return [one.person for one in pull.reviews if one.state is ReviewState.APPROVED]


def _takers(pull: PullRequest) -> list[str]:
    """The author first, and those whose review has an opinion; each once."""
    opinions = (one.person for one in pull.reviews if one.state is not ReviewState.COMMENTED)
    found: dict[str, str] = {}
    for login in (pull.author, *opinions):
        if login:
            found.setdefault(same(login), login)
    return list(found.values())


def _members(hub: Hub, teams: Iterable[str]) -> dict[str, frozenset[str]] | None:
    """Who is in each team; None where that cannot be asked of one of them."""
    found = {}
    for team in sorted(teams):
        organisation, _, slug = team.partition("/")
        try:
            if team not in hub.members:
                listed = hub.listed(f"/orgs/{organisation}/teams/{slug}/members", for_teams=True)
                hub.members[team] = frozenset(same(str(one["login"])) for one in listed)
            found[team] = hub.members[team]
        except (GitHubError, KeyError):
            return None
    return found
