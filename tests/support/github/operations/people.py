"""Who is who, and who is in which team."""

from __future__ import annotations

import time

from tests.support.github import shapes
from tests.support.github.call import Call
from tests.support.github.messages import Answer, not_found
from tests.support.github.routes import Book
from tests.support.github.state import Team

answers = Book()

LIMIT = 5000


@answers("GET", "/user")
def me(call: Call) -> Answer:
    """An app's own token belongs to nobody: it has no answer to this."""
    return Answer(200, shapes.full_user(call, call.user))


@answers("GET", "/users/{username}", "metadata:read")
def somebody(call: Call) -> Answer:
    user = call.world.users.get(call.values["username"])
    if user is None or user.gone:
        raise not_found()
    return Answer(200, shapes.full_user(call, user))


@answers("GET", "/rate_limit", "metadata:read")
def rate_limit(call: Call) -> Answer:
    used = call.token.used if call.token else 0
    left = {"limit": LIMIT, "used": used, "remaining": LIMIT - used, "reset": int(time.time() + 60)}
    return Answer(200, {"resources": {"core": left, "search": left}, "rate": left})


def _team(call: Call) -> Team:
    """The team of the path. 404 for whoever is not in the organisation."""
    org, slug = call.values["org"], call.values["team_slug"]
    team = call.world.teams.get((org, slug))
    sees = call.token and (
        call.token.permissions is not None or call.user.login in call.world.members(org)
    )
    if team is None or not sees:
        raise not_found()
    return team


@answers("GET", "/orgs/{org}/teams/{team_slug}", "members:read")
def team(call: Call) -> Answer:
    it = _team(call)
    org = call.world.org(it.org)
    whole = shapes.full_user(call, org)
    counts = {"members_count": len(it.members), "repos_count": 0}
    dates = {"created_at": whole["created_at"], "updated_at": whole["updated_at"]}
    base = f"{call.url}/orgs/{org.login}"
    of_org = {
        **{name: whole[name] for name in ("login", "id", "node_id", "avatar_url", "html_url")},
        **{f"{name}_url": f"{base}/{name}" for name in ("events", "hooks", "issues", "repos")},
        **{name: whole[name] for name in ("created_at", "updated_at", "public_gists")},
        **{name: whole[name] for name in ("followers", "following", "public_repos")},
        "url": base,
        "members_url": base + "/members{/member}",
        "public_members_url": base + "/public_members{/member}",
        "description": None,
        "has_organization_projects": False,
        "has_repository_projects": False,
        "type": "Organization",
        "archived_at": None,
    }
    return Answer(200, shapes.team(call, it) | counts | dates | {"organization": of_org})


@answers("GET", "/orgs/{org}/teams/{team_slug}/members", "members:read")
def members(call: Call) -> Answer:
    role = call.asked("role", "all")
    return call.page(
        [
            shapes.user(call, call.world.user(login))
            for login, held in sorted(_team(call).members.items())
            if role in ("all", held)
        ]
    )


@answers("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}", "members:read")
def membership(call: Call) -> Answer:
    it, login = _team(call), call.values["username"]
    if login not in it.members:
        raise not_found()
    url = f"{call.url}/organizations/{call.world.org(it.org).id}/team/{it.id}/memberships/{login}"
    return Answer(200, {"url": url, "role": it.members[login], "state": "active"})
